// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.JsonNode;

/// The rule that every place of a definition's schema says its type. A cluster refuses a definition
/// that breaks it, so that this server must too.
final class StructuralSchema {
  private StructuralSchema() {}

  /// Judges the schemas of all versions.
  static void check(JsonNode versions, Errors errors) {
    var schemas =
        versions.valueStream().map(v -> v.path("schema").path("openAPIV3Schema")).toList();
    if (schemas.stream().distinct().count() == 1) {
      root(schemas.getFirst(), "spec.validation.openAPIV3Schema", errors);
      return;
    }
    for (var i = 0; i < schemas.size(); i++) {
      root(schemas.get(i), "spec.versions[%d].schema.openAPIV3Schema".formatted(i), errors);
    }
  }

  private static void root(JsonNode schema, String at, Errors errors) {
    if (!schema.isObject()) {
      return; // its absence is another error
    }
    var type = schema.path("type").asText("");
    if (type.isEmpty()) {
      errors.required(at + ".type", "must not be empty at the root");
    } else if (!type.equals("object")) {
      errors.invalid(at + ".type", type, "must be object at the root");
    }
    parts(schema, at, errors);
  }

  private static void parts(JsonNode schema, String at, Errors errors) {
    for (var property : schema.path("properties").properties()) {
      var below = "%s.properties[%s]".formatted(at, property.getKey());
      place(property.getValue(), below, "must not be empty for specified object fields", errors);
    }
    if (schema.path("items").isObject()) {
      place(
          schema.path("items"),
          at + ".items",
          "must not be empty for specified array items",
          errors);
    }
    if (schema.path("additionalProperties").isObject()) {
      place(
          schema.path("additionalProperties"),
          at + ".additionalProperties",
          "must not be empty for specified object fields",
          errors);
    }
  }

  private static void place(JsonNode schema, String at, String missing, Errors errors) {
    if (schema.path("type").asText("").isEmpty()
        && !schema.path("x-kubernetes-int-or-string").asBoolean()
        && !schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
      errors.required(at + ".type", missing);
    }
    parts(schema, at, errors);
  }
}
