// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.cluster.AffinityConfiguration;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.Json;
import dev.howdah.operator.tree.Tree;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// On which nodes pods may run and how they keep apart.
final class Placement {
  private static final int WEIGHT = 100;
  private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
  private static final String PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

  private Placement() {}

  /// Fills in all fields of a pod's specification that concern scheduling.
  static void place(Blueprint blueprint, ObjectNode podSpec) {
    var spec = blueprint.spec();
    AffinityConfiguration wanted = spec.affinity();
    ObjectNode affinity = affinity(blueprint, wanted);
    if (!affinity.isEmpty()) {
      podSpec.set("affinity", affinity);
    }
    if (wanted != null && !wanted.nodeSelector().isEmpty()) {
      podSpec.set("nodeSelector", Tree.of(wanted.nodeSelector()));
    }
    if (wanted != null && !wanted.tolerations().isEmpty()) {
      podSpec.set("tolerations", Tree.of(wanted.tolerations()));
    }
    if (!spec.topologySpreadConstraints().isEmpty()) {
      podSpec.set("topologySpreadConstraints", Tree.of(spec.topologySpreadConstraints()));
    }
    if (spec.schedulerName() != null) {
      podSpec.put("schedulerName", spec.schedulerName());
    }
    if (spec.priorityClassName() != null) {
      podSpec.put("priorityClassName", spec.priorityClassName());
    }
  }

  private static ObjectNode affinity(Blueprint blueprint, @Nullable AffinityConfiguration wanted) {
    ObjectNode affinity = Json.object();
    if (wanted != null) {
      set(affinity, "nodeAffinity", Tree.of(wanted.nodeAffinity()));
      set(
          affinity,
          "podAffinity",
          Tree.of(
              wanted.additionalPodAffinity() == null
                  ? wanted.podAffinity()
                  : wanted.additionalPodAffinity()));
    }
    ObjectNode apart = Json.object();
    if (wanted == null || !Boolean.FALSE.equals(wanted.enablePodAntiAffinity())) {
      addOwn(blueprint, wanted, apart);
    }
    if (wanted != null) {
      append(apart, Tree.of(wanted.additionalPodAntiAffinity()));
      append(apart, Tree.of(wanted.podAntiAffinity()));
    }
    if (!apart.isEmpty()) {
      affinity.set("podAntiAffinity", apart);
    }
    return affinity;
  }

  private static void addOwn(
      Blueprint blueprint, @Nullable AffinityConfiguration wanted, ObjectNode apart) {
    String key =
        wanted == null || wanted.topologyKey() == null || wanted.topologyKey().isEmpty()
            ? "kubernetes.io/hostname"
            : wanted.topologyKey();
    ObjectNode term =
        Tree.map(
            "labelSelector",
            Tree.map(
                "matchExpressions",
                Tree.list(
                    in(Labels.CLUSTER, blueprint.name()),
                    in(Labels.POD_ROLE, Labels.POD_ROLE_INSTANCE))),
            "topologyKey",
            key);
    if (wanted != null && "required".equals(wanted.podAntiAffinityType())) {
      apart.set(REQUIRED, Tree.list(term));
    } else {
      apart.set(PREFERRED, Tree.list(Tree.map("weight", WEIGHT, "podAffinityTerm", term)));
    }
  }

  private static ObjectNode in(String key, String value) {
    return Tree.map("key", key, "operator", "In", "values", Tree.list(value));
  }

  private static void append(ObjectNode apart, @Nullable JsonNode further) {
    if (further == null) {
      return;
    }
    for (String list : List.of(REQUIRED, PREFERRED)) {
      if (!further.path(list).isEmpty()) {
        ArrayNode terms =
            apart.path(list) instanceof ArrayNode there ? there : apart.putArray(list);
        further.path(list).forEach(terms::add);
      }
    }
  }

  private static void set(ObjectNode object, String field, @Nullable JsonNode value) {
    if (value != null && !value.isEmpty()) {
      object.set(field, value);
    }
  }
}
