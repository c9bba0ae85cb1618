// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.node.ObjectNode;

/// Roles, ClusterRoles and their bindings.
final class RoleStrategy implements Strategy {
  private static final String GROUP = "rbac.authorization.k8s.io";
  private final boolean binding;
  private final boolean namespaced;

  RoleStrategy(boolean binding, boolean namespaced) {
    this.binding = binding;
    this.namespaced = namespaced;
  }

  @Override
  public void validateName(String name, Errors errors) {
    Names.pathSegment(name, errors);
  }

  @Override
  public boolean createsOnUpdate() {
    return true;
  }

  @Override
  public void defaults(ObjectNode object) {
    if (!binding) {
      if (!object.has("rules")) {
        object.putNull("rules");
      }
      return;
    }
    Fill.text(Fill.object(object, "roleRef"), "apiGroup", GROUP);
    for (var subject : Fill.items(object, "subjects")) {
      if (!subject.path("kind").asText().equals("ServiceAccount")) {
        Fill.text(subject, "apiGroup", GROUP);
      }
    }
  }

  @Override
  public void validate(ObjectNode object, Errors errors) {
    if (binding) {
      bindingRules(object, errors);
      return;
    }
    var index = 0;
    for (var rule : object.path("rules")) {
      var field = "rules[%d]".formatted(index++);
      if (rule.path("verbs").isEmpty()) {
        errors.required(field + ".verbs", "verbs must contain at least one value");
      }
      if (!rule.path("nonResourceURLs").isEmpty()) {
        if (namespaced) {
          errors.invalid(
              field + ".nonResourceURLs",
              rule.path("nonResourceURLs"),
              "namespaced rules cannot apply to non-resource URLs");
        }
        continue;
      }
      if (rule.path("apiGroups").isEmpty()) {
        errors.required(field + ".apiGroups", "resource rules must supply at least one api group");
      }
      if (rule.path("resources").isEmpty()) {
        errors.required(field + ".resources", "resource rules must supply at least one resource");
      }
    }
  }

  private void bindingRules(ObjectNode object, Errors errors) {
    var reference = object.path("roleRef");
    if (namespaced) {
      errors.oneOf("roleRef.kind", reference.path("kind"), "Role", "ClusterRole");
    } else {
      errors.oneOf("roleRef.kind", reference.path("kind"), "ClusterRole");
    }
    if (reference.path("name").asText("").isEmpty()) {
      errors.required("roleRef.name", "");
    }
    var index = 0;
    for (var subject : object.path("subjects")) {
      var field = "subjects[%d]".formatted(index++);
      if (subject.path("name").asText("").isEmpty()) {
        errors.required(field + ".name", "");
      }
      errors.oneOf(field + ".kind", subject.path("kind"), "ServiceAccount", "User", "Group");
      if (subject.path("kind").asText().equals("ServiceAccount")
          && subject.path("namespace").asText("").isEmpty()
          && !namespaced) {
        errors.required(field + ".namespace", "");
      }
    }
  }

  @Override
  public void validateUpdate(ObjectNode object, ObjectNode old, Errors errors) {
    if (binding) {
      var now = object.path("roleRef");
      if (!dev.howdah.apiserver.schema.JsonValues.same(now, old.path("roleRef"))) {
        errors.invalid("roleRef", now, "cannot change roleRef");
      }
    }
  }
}
