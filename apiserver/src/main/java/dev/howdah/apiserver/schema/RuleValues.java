// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.cel.Values;
import dev.howdah.apiserver.schema.Schema.ListType;
import dev.howdah.apiserver.schema.Schema.Type;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.AbstractList;
import java.util.AbstractMap;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// JSON values as the values of rules, typed by their schema. Objects and lists are views: only
/// what a rule looks at is converted.
final class RuleValues {
  private RuleValues() {}

  static Object of(JsonNode value, Schema schema) {
    return switch (value) {
      case ObjectNode object -> new ObjectView(object, schema);
      case ArrayNode array -> list(array, schema);
      default -> scalar(value, schema);
    };
  }

  private static Object list(ArrayNode array, Schema schema) {
    var view = new ListView(array, schema.itemsOrAny());
    return schema.listType() == ListType.ATOMIC
        ? view
        : new Values.KeyedList(view, schema.listMapKeys());
  }

  private static Object scalar(JsonNode value, Schema schema) {
    if (value.isNull()) {
      return Values.NULL;
    }
    if (value.isBoolean()) {
      return value.asBoolean();
    }
    if (value.isNumber()) {
      var whole = value.canConvertToExactIntegral() && value.canConvertToLong();
      return whole && schema.type() != Type.NUMBER
          ? (Object) value.longValue()
          : value.doubleValue();
    }
    return text(value.asText(), schema.format());
  }

  private static Object text(String text, String format) {
    try {
      return switch (format) {
        case "date-time", "datetime" -> instant(text);
        case "date" -> LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC);
        case "duration" -> duration(text);
        case "byte" -> new Values.Bytes(Base64.getDecoder().decode(text));
        default -> text;
      };
    } catch (DateTimeException | IllegalArgumentException e) {
      return text;
    }
  }

  private static Instant instant(String text) {
    return OffsetDateTime.parse(text.toUpperCase(Locale.ROOT)).toInstant();
  }

  private static Object duration(String text) {
    var parsed = Values.duration(text);
    return parsed == null ? text : parsed;
  }

  private static final class ListView extends AbstractList<Object> {
    private final ArrayNode array;
    private final Schema items;

    ListView(ArrayNode array, Schema items) {
      this.array = array;
      this.items = items;
    }

    @Override
    public Object get(int index) {
      return of(array.get(index), items);
    }

    @Override
    public int size() {
      return array.size();
    }
  }

  private static final class ObjectView extends AbstractMap<Object, Object> {
    private final ObjectNode object;
    private final Schema schema;

    ObjectView(ObjectNode object, Schema schema) {
      this.object = object;
      this.schema = schema;
    }

    @Override
    public @Nullable Object get(Object key) {
      var value = key instanceof String name ? object.get(name) : null;
      return value == null ? null : of(value, schema.fieldOrAny((String) key));
    }

    @Override
    public boolean containsKey(Object key) {
      return key instanceof String name && object.has(name);
    }

    @Override
    public Set<Map.Entry<Object, Object>> entrySet() {
      var entries = new LinkedHashSet<Map.Entry<Object, Object>>();
      for (var entry : object.properties()) {
        entries.add(
            new SimpleImmutableEntry<>(
                entry.getKey(), of(entry.getValue(), schema.fieldOrAny(entry.getKey()))));
      }
      return entries;
    }

    @Override
    public int size() {
      return object.size();
    }
  }

  /// The item of an older list that is the same by its keys, or absent.
  static @Nullable JsonNode counterpart(@Nullable JsonNode old, JsonNode item, Schema list) {
    if (old == null || list.listType() != ListType.MAP) {
      return null;
    }
    List<String> keys = list.listMapKeys();
    for (var candidate : old) {
      if (keys.stream().allMatch(key -> JsonValues.same(candidate.get(key), item.get(key)))) {
        return candidate;
      }
    }
    return null;
  }
}
