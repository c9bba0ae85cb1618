// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.patch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.schema.Schema;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// One step of the path to a field, in the form that `managedFields` writes it: `f:<name>`,
/// `k:{<key>:<value>}` for an item of a list with keys, `v:<value>` for an item of a set.
record PathElement(String text) implements Comparable<PathElement> {
  private static final JsonMapper JSON = new JsonMapper();

  static PathElement field(String name) {
    return new PathElement("f:" + name);
  }

  /// The step to an item of an associative list. Throws [PatchFailure] when the item lacks all
  /// keys.
  static PathElement item(Schema list, JsonNode item) {
    return switch (list.listType()) {
      case SET -> set(item);
      case MAP -> keyed(list, item);
      case ATOMIC -> throw new IllegalStateException("items of an atomic list have no path");
    };
  }

  private static PathElement set(JsonNode item) {
    if (item.isContainerNode() || item.isNull()) {
      throw PatchFailure.internal(
          "associative list without keys has an element that's not a scalar: " + item);
    }
    return new PathElement("v:" + write(canonical(item)));
  }

  private static PathElement keyed(Schema list, JsonNode item) {
    if (!(item instanceof ObjectNode object)) {
      throw PatchFailure.internal("associative list with keys may not have non-map elements");
    }
    var keys = new TreeMap<String, JsonNode>();
    for (var name : list.listMapKeys()) {
      var value = object.get(name);
      if (value == null) {
        value = list.itemsOrAny().fieldOrAny(name).defaultValue();
      }
      if (value != null) {
        keys.put(name, canonical(value));
      }
    }
    if (keys.isEmpty()) {
      throw PatchFailure.internal(
          "associative list with keys has an element that omits all key fields %s (and doesn't have default values for any key fields)"
              .formatted(list.listMapKeys()));
    }
    return new PathElement("k:" + write(JsonNodeFactory.instance.objectNode().setAll(keys)));
  }

  /// Reads what a client wrote, spaces and number formats aside.
  static PathElement parse(String text) {
    if (text.startsWith("f:")) {
      return new PathElement(text);
    }
    try {
      var value = JSON.readTree(text.substring(Math.min(2, text.length())));
      if (text.startsWith("v:")) {
        return new PathElement("v:" + write(canonical(value)));
      }
      if (text.startsWith("k:") && value instanceof ObjectNode keys) {
        var sorted = new TreeMap<String, JsonNode>();
        keys.properties().forEach(each -> sorted.put(each.getKey(), canonical(each.getValue())));
        return new PathElement("k:" + write(JsonNodeFactory.instance.objectNode().setAll(sorted)));
      }
      if (text.startsWith("i:")) {
        return new PathElement(text);
      }
    } catch (JsonProcessingException e) {
      throw PatchFailure.badRequest("malformed path element in managedFields: " + text);
    }
    throw PatchFailure.badRequest("unknown path element in managedFields: " + text);
  }

  private static JsonNode canonical(JsonNode value) {
    return value.isNumber() && value.canConvertToExactIntegral() && value.canConvertToLong()
        ? LongNode.valueOf(value.longValue())
        : value;
  }

  private static String write(JsonNode value) {
    return value.toString();
  }

  boolean isField() {
    return text.startsWith("f:");
  }

  /// The name of the field this step goes to.
  String fieldName() {
    return text.substring(2);
  }

  /// As in messages: `.name`, `[name="a"]`, `[="v"]`.
  String display() {
    if (isField()) {
      return "." + fieldName();
    }
    try {
      var value = JSON.readTree(text.substring(2));
      return switch (text.charAt(0)) {
        case 'k' ->
            value
                .propertyStream()
                .map(each -> each.getKey() + "=" + each.getValue())
                .collect(Collectors.joining(",", "[", "]"));
        case 'v' -> "[=" + value + "]";
        default -> "[" + value + "]";
      };
    } catch (JsonProcessingException e) {
      return "[" + text + "]";
    }
  }

  @Override
  public int compareTo(PathElement other) {
    return text.compareTo(other.text);
  }
}
