// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import dev.howdah.operator.tree.Tree;
import java.util.Map;

/// What every object has: identity, labels, annotations, owner.
///
/// @param owner UID of the controlling owner, empty without one
/// @param ownerKind its kind, empty without one
public record Meta(
    String namespace,
    String name,
    String uid,
    String version,
    Map<String, String> labels,
    Map<String, String> annotations,
    String owner,
    String ownerKind,
    boolean deleting) {
  /// Reads them from an object.
  public static Meta of(JsonNode object) {
    JsonNode metadata = object.path("metadata");
    JsonNode controller = Tree.named(metadata.path("ownerReferences"), "controller", "true");
    return new Meta(
        Json.namespace(object),
        Json.name(object),
        Json.uid(object),
        Json.resourceVersion(object),
        Tree.texts(metadata.path("labels")),
        Tree.texts(metadata.path("annotations")),
        controller.path("uid").asText(""),
        controller.path("kind").asText(""),
        metadata.has("deletionTimestamp"));
  }

  /// A label's value, empty where it is missing.
  public String label(String key) {
    return labels.getOrDefault(key, "");
  }

  /// An annotation's value, empty where it is missing.
  public String annotation(String key) {
    return annotations.getOrDefault(key, "");
  }
}
