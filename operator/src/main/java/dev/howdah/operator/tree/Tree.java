// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writes and compares JSON trees.
public final class Tree {
  private Tree() {}

  /// A map from alternating keys and values; a null value leaves its key out.
  public static ObjectNode map(@Nullable Object... keysAndValues) {
    ObjectNode map = Json.object();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      Object value = keysAndValues[i + 1];
      if (value != null && keysAndValues[i] instanceof String key) {
        map.set(key, node(value));
      }
    }
    return map;
  }

  /// A list; null values are left out.
  public static ArrayNode list(@Nullable Object... values) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (Object value : values) {
      if (value != null) {
        list.add(node(value));
      }
    }
    return list;
  }

  /// A list of the values of a collection.
  public static ArrayNode listOf(Collection<?> values) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    values.forEach(value -> list.add(node(value)));
    return list;
  }

  /// A typed value as a tree; absent stays absent.
  public static @Nullable JsonNode of(@Nullable Object value) {
    return value == null ? null : Json.mapper().valueToTree(value);
  }

  private static JsonNode node(Object value) {
    return switch (value) {
      case JsonNode tree -> tree;
      case String text -> JsonNodeFactory.instance.textNode(text);
      case Integer number -> JsonNodeFactory.instance.numberNode(number);
      case Long number -> JsonNodeFactory.instance.numberNode(number);
      case Boolean flag -> JsonNodeFactory.instance.booleanNode(flag);
      case Map<?, ?> map -> {
        ObjectNode tree = Json.object();
        map.forEach((key, inner) -> tree.set(String.valueOf(key), node(inner)));
        yield tree;
      }
      case Collection<?> items -> listOf(items);
      default -> Json.mapper().valueToTree(value);
    };
  }

  /// Where `live` lacks something of `wanted`: the path and both values, for a person; empty when
  /// nothing is lacking. What `live` has beyond it doesn't matter, except in lists, which must have
  /// the same length.
  public static Optional<String> firstLack(JsonNode wanted, JsonNode live) {
    return Optional.ofNullable(lack("", wanted, live));
  }

  private static @Nullable String lack(String path, JsonNode wanted, JsonNode live) {
    if (wanted instanceof ObjectNode object) {
      for (Map.Entry<String, JsonNode> entry : object.properties()) {
        String inner = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
        String found = lack(inner, entry.getValue(), live.path(entry.getKey()));
        if (found != null) {
          return found;
        }
      }
      return null;
    }
    if (wanted instanceof ArrayNode array) {
      if (array.size() != live.size()) {
        return "%s has %d entries instead of %d".formatted(path, live.size(), array.size());
      }
      for (int i = 0; i < array.size(); i++) {
        String found = lack(path + "[" + i + "]", array.get(i), live.path(i));
        if (found != null) {
          return found;
        }
      }
      return null;
    }
    if (wanted.equals(live)
        || (wanted.isNull() && live.isMissingNode())
        || (wanted.isTextual() && wanted.asText().isEmpty() && live.isMissingNode())
        || (wanted.isBoolean() && !wanted.asBoolean() && live.isMissingNode())
        || (wanted.isNumber() && live.isNumber() && wanted.asText().equals(live.asText()))) {
      return null;
    }
    return "%s is %s instead of %s".formatted(path, shown(live), shown(wanted));
  }

  private static String shown(JsonNode value) {
    return value.isMissingNode() ? "not set" : abbreviated(value.toString());
  }

  private static String abbreviated(String text) {
    return text.length() > 60 ? text.substring(0, 57) + "…" : text;
  }

  /// The smallest merge patch that makes `live` say what `wanted` says about the given fields; a
  /// field that `wanted` lacks is removed. Empty when they agree.
  public static Optional<ObjectNode> mergePatch(
      ObjectNode wanted, JsonNode live, Collection<String> fields) {
    ObjectNode patch = Json.object();
    for (String field : fields) {
      JsonNode now = live.path(field);
      JsonNode then = wanted.path(field);
      if (then.isMissingNode() || then.isNull()) {
        if (!now.isMissingNode() && !now.isNull()) {
          patch.putNull(field);
        }
      } else if (then instanceof ObjectNode thenMap && now instanceof ObjectNode nowMap) {
        mergePatch(thenMap, nowMap, union(thenMap, nowMap))
            .ifPresent(inner -> patch.set(field, inner));
      } else if (!sameNumber(then, now) && !then.equals(now)) {
        patch.set(field, then);
      }
    }
    return patch.isEmpty() ? Optional.empty() : Optional.of(patch);
  }

  private static boolean sameNumber(JsonNode a, JsonNode b) {
    return a.isIntegralNumber() && b.isIntegralNumber() && a.asLong() == b.asLong();
  }

  private static List<String> union(ObjectNode a, ObjectNode b) {
    var names = new ArrayList<String>();
    a.fieldNames().forEachRemaining(names::add);
    b.fieldNames()
        .forEachRemaining(name -> {
          if (!a.has(name)) {
            names.add(name);
          }
        });
    return names;
  }

  /// A map of texts; what isn't a text is left out.
  public static Map<String, String> texts(JsonNode map) {
    if (map.isEmpty()) {
      return Map.of();
    }
    var texts = new LinkedHashMap<String, String>();
    map.properties()
        .forEach(entry -> {
          if (entry.getValue().isTextual()) {
            texts.put(entry.getKey(), entry.getValue().asText());
          }
        });
    return Map.copyOf(texts);
  }

  /// The entry of a list whose `key` is `value`, or a missing node.
  public static JsonNode named(JsonNode list, String key, String value) {
    for (JsonNode item : list) {
      if (item.path(key).asText("").equals(value)) {
        return item;
      }
    }
    return MissingNode.getInstance();
  }
}
