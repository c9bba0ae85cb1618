// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// Fills in the defaults of a schema, as an API server does before anything else.
public final class SchemaDefaults {
  private SchemaDefaults() {}

  /// Changes the tree in place. A field that is null where a default exists counts as absent.
  public static void fill(JsonNode node, Schema schema) {
    if (!schema.defaultsBelow()) {
      return;
    }
    Schema values = schema.values();
    Schema items = schema.items();
    if (node instanceof ObjectNode object) {
      schema.properties().forEach((name, property) -> fillField(object, name, property));
      if (values != null) {
        object.forEach(value -> fill(value, values));
      }
    } else if (node.isArray() && items != null) {
      node.forEach(item -> fill(item, items));
    }
  }

  private static void fillField(ObjectNode object, String name, Schema property) {
    JsonNode value = object.get(name);
    JsonNode standard = property.defaultValue();
    if (standard != null && (value == null || value.isNull())) {
      value = standard.deepCopy();
      object.set(name, value);
    }
    if (value != null) {
      fill(value, property);
    }
  }
}
