// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// Sets the defaults that a structural schema declares.
final class Defaulting {
  private Defaulting() {}

  /// Sets absent fields, and those that are null where null is not a value.
  static void apply(JsonNode value, Schema schema) {
    switch (value) {
      case ObjectNode object -> {
        schema.properties().forEach((name, declared) -> set(object, name, declared));
        var values = schema.additionalProperties();
        if (values != null && !values.keepsNull()) {
          object
              .properties()
              .removeIf(each ->
                  each.getValue().isNull() && !schema.properties().containsKey(each.getKey()));
        }
        for (var field : object.properties()) {
          var declared = schema.field(field.getKey());
          if (declared != null) {
            apply(field.getValue(), declared);
          }
        }
      }
      case ArrayNode array -> array.forEach(item -> apply(item, schema.itemsOrAny()));
      default -> {}
    }
  }

  private static void set(ObjectNode object, String name, Schema declared) {
    var initial = declared.defaultValue();
    var current = object.get(name);
    if (current != null && current.isNull() && !declared.nullable()) {
      // A null that is no value counts as absent, with or without a default.
      object.remove(name);
      current = null;
    }
    if (current == null && initial != null) {
      object.set(name, initial.deepCopy());
    }
  }
}
