// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.operator.tree.Tree;
import dev.howdah.operator.work.Key;

/// A Cluster as it stands on the server: its specification and status are kept as trees, since
/// records drop fields they don't know.
public record ObservedCluster(Meta meta, long generation, ObjectNode spec, ObjectNode status) {
  /// Reads it; `metadata.managedFields` is not kept.
  public static ObservedCluster of(ObjectNode object) {
    return new ObservedCluster(
        Meta.of(object),
        object.path("metadata").path("generation").asLong(0),
        child(object, "spec"),
        child(object, "status"));
  }

  private static ObjectNode child(ObjectNode object, String name) {
    JsonNode value = object.path(name);
    return value instanceof ObjectNode tree ? tree : Json.object();
  }

  public Key key() {
    return new Key(meta.namespace(), meta.name());
  }

  public String name() {
    return meta.name();
  }

  public String namespace() {
    return meta.namespace();
  }

  /// A text of the status, empty where it is missing.
  public String status(String field) {
    return status.path(field).asText("");
  }

  public String currentPrimary() {
    return status("currentPrimary");
  }

  public String targetPrimary() {
    return status("targetPrimary");
  }

  public String phase() {
    return status("phase");
  }

  /// Enough of the object to write an event about it.
  public ObjectNode reference() {
    ObjectNode object = Json.object();
    object.put("apiVersion", "postgresql.cnpg.io/v1").put("kind", "Cluster");
    object
        .putObject("metadata")
        .put("namespace", meta.namespace())
        .put("name", meta.name())
        .put("uid", meta.uid());
    return object;
  }

  /// A condition of the status, or a missing node.
  public JsonNode condition(String type) {
    return Tree.named(status.path("conditions"), "type", type);
  }

  /// Reads a part of the object into a typed value.
  ///
  /// @throws IllegalArgumentException saying which field doesn't fit
  public static <T> T typed(JsonNode tree, Class<T> type) {
    try {
      return Json.mapper().treeToValue(tree, type);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e.getOriginalMessage(), e);
    }
  }
}
