// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.schema.Schema;
import dev.howdah.apiserver.schema.Schema.ListType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/// Checks of the body of an apply, which must fit the schema before it can be merged.
final class AppliedObject {
  private AppliedObject() {}

  static void check(ObjectNode applied, Schema schema, String apiVersion) {
    var given = applied.path("apiVersion").asText();
    var kind = (given.contains("/") ? "" : "/") + given + ", Kind=" + applied.path("kind").asText();
    if (!given.equals(apiVersion)) {
      throw PatchFailure.badRequest("invalid object type: " + kind);
    }
    var metadata = applied.path("metadata");
    if (metadata.has("managedFields") && !metadata.path("managedFields").isNull()) {
      throw PatchFailure.badRequest("metadata.managedFields must be nil");
    }
    var errors = new ArrayList<String>();
    check(applied, schema, "", errors);
    if (!errors.isEmpty()) {
      throw PatchFailure.internal(
          "failed to create typed patch object (%s/%s; %s): %s"
              .formatted(
                  metadata.path("namespace").asText(),
                  metadata.path("name").asText(),
                  kind,
                  errors.size() == 1
                      ? errors.getFirst()
                      : "errors:\n  " + String.join("\n  ", errors)));
    }
  }

  private static void check(JsonNode value, Schema schema, String path, List<String> errors) {
    if (value.isNull() || schema.opaque()) {
      return;
    }
    switch (schema.type()) {
      case OBJECT -> checkObject(value, schema, path, errors);
      case ARRAY -> checkList(value, schema, path, errors);
      case STRING -> expect(value.isTextual(), "string", value, path, errors);
      case INTEGER, NUMBER ->
          expect(value.isNumber(), "numeric (int or float)", value, path, errors);
      case BOOLEAN -> expect(value.isBoolean(), "boolean", value, path, errors);
      case ANY -> {
        if (value instanceof ObjectNode && !schema.properties().isEmpty()) {
          checkObject(value, schema, path, errors);
        }
      }
    }
  }

  private static void expect(
      boolean fits, String type, JsonNode value, String path, List<String> errors) {
    if (!fits) {
      errors.add("%s: expected %s, got %s".formatted(path, type, inGo(type, value)));
    }
  }

  /// The value in the words of the original, which differ by type.
  private static String inGo(String type, JsonNode value) {
    return switch (type) {
      case "string" -> "&value.valueUnstructured{Value:%s}".formatted(value);
      case "boolean" -> "&{%s}".formatted(value.asText());
      default ->
          switch (value.getNodeType()) {
            case STRING -> "string";
            case BOOLEAN -> "bool";
            case OBJECT -> "map[string]interface {}";
            case ARRAY -> "[]interface {}";
            default -> value.toString();
          };
    };
  }

  private static void checkObject(JsonNode value, Schema schema, String path, List<String> errors) {
    if (!(value instanceof ObjectNode object)) {
      errors.add("%s: expected map, got %s".formatted(path, value));
      return;
    }
    var free =
        schema.preservesUnknownFields()
            || (schema.properties().isEmpty() && schema.additionalProperties() == null);
    for (var entry : object.properties()) {
      var at = path + "." + entry.getKey();
      var declared = schema.field(entry.getKey());
      if (declared != null) {
        check(entry.getValue(), declared, at, errors);
      } else if (!free) {
        errors.add(at + ": field not declared in schema");
      }
    }
  }

  private static void checkList(JsonNode value, Schema schema, String path, List<String> errors) {
    if (!(value instanceof ArrayNode list)) {
      errors.add("%s: expected list, got %s".formatted(path, value));
      return;
    }
    var seen = new HashSet<PathElement>();
    for (var i = 0; i < list.size(); i++) {
      var at = path + "[" + i + "]";
      if (schema.listType() != ListType.ATOMIC) {
        PathElement element;
        try {
          element = PathElement.item(schema, list.get(i));
        } catch (PatchFailure e) {
          errors.add("%s: element %d: %s".formatted(path, i, e.getMessage()));
          continue;
        }
        at = path + element.display();
        if (!seen.add(element)) {
          errors.add("%s: duplicate entries for key %s".formatted(path, element.display()));
        }
      }
      check(list.get(i), schema.itemsOrAny(), at, errors);
    }
  }

  /// Nulls that are no values mean absent; containers that were emptied by removal are null.
  static void dropNulls(JsonNode value, Schema schema) {
    switch (value) {
      case ObjectNode object -> {
        object
            .properties()
            .removeIf(
                each -> each.getValue().isNull() && !schema.fieldOrAny(each.getKey()).keepsNull());
        object
            .properties()
            .forEach(each -> dropNulls(each.getValue(), schema.fieldOrAny(each.getKey())));
      }
      case ArrayNode array -> array.forEach(each -> dropNulls(each, schema.itemsOrAny()));
      default -> {}
    }
  }
}
