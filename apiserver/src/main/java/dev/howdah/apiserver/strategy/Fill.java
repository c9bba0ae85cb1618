// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// Sets fields that are absent. A null counts as absent.
final class Fill {
  private Fill() {}

  static void text(ObjectNode node, String field, String value) {
    if (!node.hasNonNull(field)
        || (node.get(field).isTextual() && node.get(field).asText().isEmpty())) {
      node.put(field, value);
    }
  }

  static void number(ObjectNode node, String field, long value) {
    if (!node.hasNonNull(field)) {
      if (value == (int) value) {
        node.put(field, (int) value);
      } else {
        node.put(field, value);
      }
    }
  }

  static void flag(ObjectNode node, String field, boolean value) {
    if (!node.hasNonNull(field)) {
      node.put(field, value);
    }
  }

  /// An object, made if absent.
  static ObjectNode object(ObjectNode node, String field) {
    return node.get(field) instanceof ObjectNode found ? found : node.putObject(field);
  }

  /// An object that is there, or an empty one that belongs to nothing.
  static ObjectNode existing(JsonNode node, String field) {
    return node.path(field) instanceof ObjectNode found
        ? found
        : com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode();
  }

  /// The objects of a list; none when it is absent.
  static List<ObjectNode> items(JsonNode node, String field) {
    return node.path(field) instanceof ArrayNode list
        ? list.valueStream()
            .filter(ObjectNode.class::isInstance)
            .map(ObjectNode.class::cast)
            .toList()
        : List.of();
  }
}
