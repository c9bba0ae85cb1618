// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.validate.Validation;
import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// Applies manifests to an API server as `kubectl apply --server-side` does, under the field
/// manager `howdah`.
final class Applier {
  private static final Pattern UNKNOWN_FIELD =
      Pattern.compile("(\\.[^ :]+): field not declared in schema");
  private final KubeClient client;
  private final Consumer<String> say;
  private final Discovery discovery;

  Applier(KubeClient client, Consumer<String> say) {
    this.client = client;
    this.say = say;
    this.discovery = new Discovery(client);
  }

  /// Applies one after the other; a namespace that objects are in and that nobody has made is made.
  void apply(Manifests manifests) {
    for (var object : manifests.objects()) {
      var resource = discovery.resource(object);
      var target = object.deepCopy();
      if (resource.namespaced()) {
        if (Json.namespace(target).isEmpty()) {
          target.withObject("/metadata").put("namespace", client.namespace());
        }
        ensureNamespace(Json.namespace(target));
      }
      applyOne(resource, target);
    }
  }

  private void applyOne(Resource resource, ObjectNode target) {
    var name = resource.plural() + "/" + Json.name(target);
    var before = client.find(resource, Json.namespace(target), Json.name(target));
    try {
      var wanted = KubectlMerge.remembered(target);
      var after = client.apply(resource, wanted, KubectlMerge.FIELD_MANAGER, true);
      var unchanged =
          before
              .map(b -> Json.resourceVersion(b).equals(Json.resourceVersion(after)))
              .orElse(false);
      say.accept(name + (before.isEmpty() ? " created" : unchanged ? " unchanged" : " configured"));
      warn(target);
    } catch (KubeException e) {
      throw refused(target, e);
    }
  }

  /// What `kubectl apply` shows of the admission's warnings.
  private void warn(ObjectNode target) {
    Validation.of(target, null).stream()
        .filter(finding -> !finding.isError())
        .forEach(finding -> say.accept("  warning: " + finding.message()));
  }

  private static ProblemException refused(ObjectNode target, KubeException e) {
    var causes = new StringBuilder();
    for (var cause : e.details().path("causes")) {
      causes
          .append("\n  ")
          .append(cause.path("field").asText())
          .append(": ")
          .append(cause.path("message").asText());
    }
    var message = String.valueOf(e.getMessage());
    var field = UNKNOWN_FIELD.matcher(message);
    if (causes.isEmpty() && field.find()) {
      message =
          "%s is no field of it (kubectl explain %s lists what there is)"
              .formatted(
                  field.group(1),
                  target.path("kind").asText().toLowerCase(Locale.ROOT)
                      + field.group(1).replaceFirst("\\.[^.]*$", ""));
    }
    return new ProblemException(
        new Problem(
            "REFUSED",
            "%s %s was refused: %s%s"
                .formatted(
                    target.path("kind").asText(),
                    Json.name(target),
                    causes.isEmpty() ? message : "",
                    causes),
            "Objects that stand before it in the file were applied. Correct this one and run the"
                + " command again."),
        e);
  }

  private void ensureNamespace(String namespace) {
    if (client.find(Resource.NAMESPACES, "", namespace).isPresent()) {
      return;
    }
    try {
      client.create(Resource.NAMESPACES, Json.object(Resource.NAMESPACES, "", namespace));
      say.accept("namespaces/" + namespace + " created (the manifest uses it and doesn't make it)");
    } catch (KubeException e) {
      if (!e.isAlreadyExists()) { // somebody else was quicker
        throw e;
      }
    }
  }
}
