// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import dev.howdah.api.names.EventReasons;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.api.names.Phases;
import dev.howdah.api.names.SecretKeys;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.desired.SecretNames;
import dev.howdah.operator.cluster.desired.UserSecrets;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.ObservedSecret;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The Secrets with the passwords of the application and of the superuser.
final class UsersPlan {
  private UsersPlan() {}

  static void decide(ClusterView view, Draft draft) {
    SecretNames.application(view.blueprint()).ifPresent(app -> application(view, app, draft));
    superuser(view, draft);
  }

  private static void application(ClusterView view, SecretNames.Application app, Draft draft) {
    ObservedSecret there = view.secrets().get(app.secret());
    boolean isSuperuser = app.owner().equals(ObjectNames.SUPERUSER);
    if (app.given()) {
      check(view, app.secret(), app.owner(), "spec.bootstrap", there, draft);
      return;
    }
    var brought = view.blueprint().spec().superuserSecret();
    String source = isSuperuser && brought != null ? brought.name() : "";
    ObservedSecret from = view.secrets().get(source);
    if (!source.isEmpty() && (from == null || !from.keys().contains(SecretKeys.PASSWORD))) {
      return; // said where the superuser's Secret is looked at
    }
    String version = from == null ? "" : source + "@" + from.meta().version();
    boolean stale =
        from != null
            && there != null
            && !version.equals(there.meta().annotation(UserSecrets.PASSWORD_FROM));
    if (there == null || (stale && there.meta().owner().equals(view.cluster().meta().uid()))) {
      draft.add(
          new Action.MakeUserSecret(
              app.secret(),
              Labels.USER_APP,
              app.owner(),
              app.database(),
              source,
              there == null
                  ? "the application needs its password"
                  : "the password in Secret " + source + " may have changed"));
    }
  }

  private static void superuser(ClusterView view, Draft draft) {
    var spec = view.blueprint().spec();
    String generated = ObjectNames.superuserSecret(view.cluster().name());
    ObservedSecret there = view.secrets().get(generated);
    if (spec.superuserSecret() != null && !spec.superuserSecret().name().isEmpty()) {
      String name = spec.superuserSecret().name();
      check(
          view,
          name,
          ObjectNames.SUPERUSER,
          "spec.superuserSecret",
          view.secrets().get(name),
          draft);
      boolean used =
          spec.enableSuperuserAccess()
              || SecretNames.application(view.blueprint())
                  .map(app -> app.owner().equals(ObjectNames.SUPERUSER))
                  .orElse(false);
      if (!used) {
        draft.warn(
            EventReasons.LENIENT_READING,
            "spec.superuserSecret is set, but without spec.enableSuperuserAccess: true nobody can log in as postgres over"
                + " the network; set it, or remove spec.superuserSecret");
      }
      return;
    }
    if (spec.enableSuperuserAccess() && there == null) {
      draft.add(
          new Action.MakeUserSecret(
              generated,
              Labels.USER_SUPERUSER,
              ObjectNames.SUPERUSER,
              "*",
              "",
              "spec.enableSuperuserAccess asks for it"));
    } else if (!spec.enableSuperuserAccess()
        && there != null
        && there.meta().owner().equals(view.cluster().meta().uid())) {
      draft.delete(
          Resource.SECRETS,
          there.meta(),
          "",
          Action.Guard.NONE,
          "spec.enableSuperuserAccess is off");
    }
  }

  /// A Secret that was brought along needs two keys, and the right name in one of them. The type
  /// doesn't matter.
  private static void check(
      ClusterView view,
      String secret,
      String user,
      String field,
      @Nullable ObservedSecret there,
      Draft draft) {
    String message = "";
    if (there == null) {
      message =
          "Secret %s (%s) doesn't exist in namespace %s; create it with the keys username and password"
              .formatted(secret, field, view.cluster().namespace());
    } else if (!there.keys().contains(SecretKeys.USERNAME)
        || !there.keys().contains(SecretKeys.PASSWORD)) {
      message =
          "Secret %s (%s) lacks the key %s; it needs username and password"
              .formatted(
                  secret,
                  field,
                  there.keys().contains(SecretKeys.USERNAME)
                      ? SecretKeys.PASSWORD
                      : SecretKeys.USERNAME);
    } else if (!there.user().equals(user)) {
      message =
          "Secret %s (%s) names user \"%s\", but it must be \"%s\"; correct its key username"
              .formatted(secret, field, there.user(), user);
    }
    if (message.isEmpty()) {
      return;
    }
    draft.warn(there == null ? "SecretNotFound" : "InvalidSecret", message);
    draft.lookAgain(Duration.ofSeconds(10));
    if (!view.initialized()) {
      draft.phase(Phases.CANNOT_CREATE_OBJECTS, message);
    }
  }
}
