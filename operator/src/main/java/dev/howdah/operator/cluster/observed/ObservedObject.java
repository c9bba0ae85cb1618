// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;

/// An object that is only compared with what it should be.
public record ObservedObject(Meta meta, String kind, ObjectNode tree) {
  /// Reads it. Field ownership is not kept, of the status only the addresses of a load balancer.
  public static ObservedObject of(ObjectNode object) {
    ObjectNode tree = object.deepCopy();
    if (tree.path("metadata") instanceof ObjectNode metadata) {
      metadata.remove("managedFields");
    }
    JsonNode balancer = tree.path("status").path("loadBalancer");
    tree.remove("status");
    if (!balancer.isEmpty()) {
      tree.withObject("/status").set("loadBalancer", balancer);
    }
    return new ObservedObject(Meta.of(object), object.path("kind").asText(""), tree);
  }

  /// Reads one whose status counts.
  public static ObservedObject withStatus(ObjectNode object) {
    ObjectNode tree = object.deepCopy();
    if (tree.path("metadata") instanceof ObjectNode metadata) {
      metadata.remove("managedFields");
    }
    return new ObservedObject(Meta.of(object), object.path("kind").asText(""), tree);
  }

  public String name() {
    return Json.name(tree);
  }
}
