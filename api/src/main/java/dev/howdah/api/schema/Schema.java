// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A structural schema: what a value may be, as a CRD says it, without its rules in CEL.
///
/// @param properties the fields of an object
/// @param values the schema of a map's values
/// @param items the schema of a list's items
/// @param listKeys the fields that tell the items of a list apart
public record Schema(
    Type type,
    String format,
    Map<String, Schema> properties,
    @Nullable Schema values,
    @Nullable Schema items,
    List<String> required,
    Set<String> oneOf,
    @Nullable Pattern pattern,
    Bounds bounds,
    List<String> listKeys,
    boolean set,
    @Nullable JsonNode defaultValue,
    boolean defaultsBelow) {

  /// What kind of value it is.
  public enum Type {
    OBJECT,
    ARRAY,
    STRING,
    INTEGER,
    NUMBER,
    BOOLEAN,
    INT_OR_STRING
  }

  /// Bounds of numbers, and of the sizes of texts, lists and maps; the widest where none are given.
  public record Bounds(
      long minimum, long maximum, int minLength, int maxLength, int minItems, int maxItems) {
    static Bounds of(JsonNode node) {
      return new Bounds(
          node.path("minimum").asLong(Long.MIN_VALUE),
          node.path("maximum").asLong(Long.MAX_VALUE),
          node.path("minLength").asInt(0),
          node.path("maxLength").asInt(Integer.MAX_VALUE),
          node.path("minItems").asInt(0),
          node.path("maxItems").asInt(node.path("maxProperties").asInt(Integer.MAX_VALUE)));
    }
  }

  /// Reads the JSON form of a schema.
  public static Schema of(JsonNode node) {
    Map<String, Schema> properties = new LinkedHashMap<>();
    node.path("properties")
        .properties()
        .forEach(entry -> properties.put(entry.getKey(), of(entry.getValue())));
    Schema values = node.has("additionalProperties") ? of(node.get("additionalProperties")) : null;
    Schema items = node.has("items") ? of(node.get("items")) : null;
    boolean below =
        properties.values().stream()
                .anyMatch(child -> child.defaultValue != null || child.defaultsBelow)
            || (values != null && values.defaultsBelow)
            || (items != null && items.defaultsBelow);
    return new Schema(
        typeOf(node),
        node.path("format").asText(""),
        properties,
        values,
        items,
        texts(node.path("required")),
        new LinkedHashSet<>(texts(node.path("enum"))),
        node.has("pattern") ? Pattern.compile(node.get("pattern").asText()) : null,
        Bounds.of(node),
        texts(node.path("x-kubernetes-list-map-keys")),
        node.path("x-kubernetes-list-type").asText("").equals("set"),
        node.get("default"),
        below);
  }

  private static Type typeOf(JsonNode node) {
    if (node.path("x-kubernetes-int-or-string").asBoolean(false)) {
      return Type.INT_OR_STRING;
    }
    return switch (node.path("type").asText()) {
      case "object" -> Type.OBJECT;
      case "array" -> Type.ARRAY;
      case "string" -> Type.STRING;
      case "integer" -> Type.INTEGER;
      case "number" -> Type.NUMBER;
      case "boolean" -> Type.BOOLEAN;
      default -> throw new IllegalStateException("a schema without a type: " + node);
    };
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(item -> texts.add(item.asText()));
    return List.copyOf(texts);
  }
}
