// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/// Removes fields that a schema does not declare.
final class Pruning {
  private Pruning() {}

  /// Returns the paths of the removed fields.
  static List<String> prune(ObjectNode object, Schema schema) {
    var removed = new ArrayList<String>();
    prune(object, schema, "", removed);
    return removed;
  }

  private static void prune(JsonNode value, Schema schema, String path, List<String> removed) {
    switch (value) {
      case ObjectNode object -> pruneFields(object, schema, path, removed);
      case ArrayNode array -> {
        var items = schema.items();
        for (var i = 0; items != null && i < array.size(); i++) {
          prune(array.get(i), items, path + "[" + i + "]", removed);
        }
      }
      default -> {}
    }
  }

  private static void pruneFields(
      ObjectNode object, Schema schema, String path, List<String> removed) {
    var keeps = schema.preservesUnknownFields();
    for (var fields = object.properties().iterator(); fields.hasNext(); ) {
      var field = fields.next();
      var at = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
      var declared = schema.field(field.getKey());
      if (declared != null) {
        prune(field.getValue(), declared, at, removed);
      } else if (!keeps) {
        fields.remove();
        removed.add(at);
      }
    }
  }
}
