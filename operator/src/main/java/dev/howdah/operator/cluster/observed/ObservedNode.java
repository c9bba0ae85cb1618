// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.operator.tree.Tree;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// A node, as far as placement and proof of death go.
public record ObservedNode(
    String name,
    Map<String, String> labels,
    boolean unschedulable,
    Set<String> taints,
    boolean ready,
    String bootId) {
  /// The taint by which a person or a controller asserts that a node is off.
  public static final String OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

  /// Reads it.
  public static ObservedNode of(ObjectNode object) {
    var taints = new HashSet<String>();
    for (JsonNode taint : object.path("spec").path("taints")) {
      taints.add(taint.path("key").asText());
    }
    JsonNode status = object.path("status");
    return new ObservedNode(
        Json.name(object),
        Tree.texts(object.path("metadata").path("labels")),
        object.path("spec").path("unschedulable").asBoolean(false),
        Set.copyOf(taints),
        Tree.named(status.path("conditions"), "type", "Ready")
            .path("status")
            .asText("")
            .equals("True"),
        status.path("nodeInfo").path("bootID").asText(""));
  }
}
