// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.auth;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.Admission;
import dev.howdah.apiserver.json.Meta;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Nobody may hand out permissions that they do not have: neither in a role they write, nor by
/// binding one. On a cluster this is where an operator fails that lacks what it wants to give to
/// its pods.
public final class EscalationCheck implements Admission {
  private final Rbac rbac;

  public EscalationCheck(Rbac rbac) {
    this.rbac = rbac;
  }

  @Override
  public boolean handles(String group, String resource, String subresource) {
    return group.equals(Rbac.GROUP);
  }

  @Override
  public Verdict validate(Request request) {
    var object = request.object();
    if (object == null || request.user().in(dev.howdah.apiserver.User.MASTERS)) {
      return Allowed.of(object);
    }
    var binding = request.kind().endsWith("Binding");
    var wanted =
        binding
            ? rbac.rules(object.path("roleRef"), request.namespace())
            : Rule.listOf(object.path("rules"));
    if (!binding && same(wanted, request.oldObject())) {
      return Allowed.of(object);
    }
    if (binding && sameSubjects(object, request.oldObject())) {
      return Allowed.of(object);
    }
    if (mayAnyway(request, object, binding)) {
      return Allowed.of(object);
    }
    var missing = rbac.missing(request.user(), request.namespace(), wanted);
    if (missing.isEmpty()) {
      return Allowed.of(object);
    }
    return Denied.forbidden(
        "%s.%s \"%s\" is forbidden: user \"%s\" (groups=%s) is attempting to grant RBAC permissions not currently held:\n%s"
            .formatted(
                request.resource(),
                request.group(),
                Meta.name(object),
                request.user().name(),
                request.user().groups(),
                String.join("\n", missing.stream().map(Rule::toString).distinct().toList())));
  }

  private static boolean same(List<Rule> rules, @Nullable ObjectNode old) {
    return old != null && Rule.listOf(old.path("rules")).equals(rules);
  }

  private static boolean sameSubjects(ObjectNode object, @Nullable ObjectNode old) {
    return old != null
        && old.path("subjects").equals(object.path("subjects"))
        && old.path("roleRef").equals(object.path("roleRef"));
  }

  // Two verbs lift the rule on purpose: escalate on roles, bind on the role that is bound.
  private boolean mayAnyway(Request request, ObjectNode object, boolean binding) {
    if (!binding) {
      return rbac.allows(
          Access.to(
              request.user(),
              "escalate",
              Rbac.GROUP,
              request.resource(),
              request.namespace(),
              Meta.name(object)));
    }
    var role = object.path("roleRef");
    var cluster = role.path("kind").asText().equals("ClusterRole");
    return rbac.allows(
        Access.to(
            request.user(),
            "bind",
            Rbac.GROUP,
            cluster ? "clusterroles" : "roles",
            request.namespace(),
            role.path("name").asText()));
  }
}
