// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.operator.tree.Tree;

/// Security contexts that Kubernetes' `restricted` standard admits.
final class PodSecurity {
  private PodSecurity() {}

  /// Of the pod. One given by the user replaces it; user, group and seccomp profile are filled in
  /// where it leaves them out; no ids where the platform gives them.
  static ObjectNode pod(Blueprint blueprint) {
    var spec = blueprint.spec();
    ObjectNode ours = Json.object();
    if (!blueprint.settings().platformIds()) {
      ours.put("runAsUser", spec.postgresUid());
      ours.put("runAsGroup", spec.postgresGid());
      ours.put("fsGroup", spec.postgresGid());
    }
    ours.put("runAsNonRoot", true);
    ours.set("seccompProfile", seccomp(blueprint));
    if (!(Tree.of(spec.podSecurityContext()) instanceof ObjectNode given)) {
      return ours;
    }
    for (String field : new String[] {"runAsUser", "runAsGroup", "seccompProfile"}) {
      if (!given.has(field) && ours.has(field)) {
        given.set(field, ours.get(field));
      }
    }
    return given;
  }

  /// Of each container. One given by the user is laid over it, field by field.
  static ObjectNode container(Blueprint blueprint) {
    ObjectNode context =
        Tree.map(
            "capabilities",
            Tree.map("drop", Tree.list("ALL")),
            "privileged",
            false,
            "runAsNonRoot",
            true,
            "readOnlyRootFilesystem",
            true,
            "allowPrivilegeEscalation",
            false,
            "seccompProfile",
            seccomp(blueprint));
    if (Tree.of(blueprint.spec().securityContext()) instanceof ObjectNode given) {
      context.setAll(given);
    }
    return context;
  }

  private static JsonNode seccomp(Blueprint blueprint) {
    JsonNode given = Tree.of(blueprint.spec().seccompProfile());
    return given == null || given.equals(Json.object())
        ? Tree.map("type", "RuntimeDefault")
        : given;
  }
}
