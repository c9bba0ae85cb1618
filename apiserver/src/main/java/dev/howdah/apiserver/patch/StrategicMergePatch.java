// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.schema.JsonValues;
import dev.howdah.apiserver.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Strategic merge patch: as a merge patch, but lists merge by the keys the schema names, and
/// directives (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) say
/// more. For built-in kinds only; custom resources answer 415.
public final class StrategicMergePatch {
  private static final String PATCH = "$patch";
  private static final String RETAIN_KEYS = "$retainKeys";
  private static final String ORDER = "$setElementOrder/";
  private static final String DELETE_PRIMITIVES = "$deleteFromPrimitiveList/";

  private StrategicMergePatch() {}

  /// Returns the object with the patch applied; neither argument is changed.
  public static ObjectNode apply(ObjectNode object, JsonNode patch, Schema schema) {
    if (!(patch instanceof ObjectNode fields)) {
      throw PatchFailure.badRequest("the body of a strategic merge patch must be a JSON object");
    }
    return mergeObject(object.deepCopy(), fields.deepCopy(), schema);
  }

  /// Changes and returns `original`, or returns another object that replaces it.
  private static ObjectNode mergeObject(ObjectNode original, ObjectNode patch, Schema schema) {
    var directive = patch.remove(PATCH);
    if (directive != null) {
      switch (directive.asText()) {
        case "replace" -> {
          return patch;
        }
        case "delete" -> {
          return JsonNodeFactory.instance.objectNode();
        }
        case "merge" -> {}
        default -> throw PatchFailure.badRequest("Unknown patch type found: " + directive.asText());
      }
    }
    retainKeys(original, patch);
    mergeOrderedLists(original, patch, schema);
    for (var entry : patch.properties()) {
      mergeField(original, entry.getKey(), entry.getValue(), schema);
    }
    return original;
  }

  private static void retainKeys(ObjectNode original, ObjectNode patch) {
    if (!(patch.remove(RETAIN_KEYS) instanceof ArrayNode kept)) {
      return;
    }
    var names = kept.valueStream().map(JsonNode::asText).toList();
    for (var entry : patch.properties()) {
      if (!names.contains(entry.getKey()) && !entry.getKey().startsWith("$")) {
        throw PatchFailure.badRequest(
            "%s: the field %s is in the patch but not in the list"
                .formatted(RETAIN_KEYS, entry.getKey()));
      }
    }
    original.retain(names);
  }

  private static void mergeField(ObjectNode original, String key, JsonNode value, Schema schema) {
    var deletes = key.startsWith(DELETE_PRIMITIVES);
    var name = deletes ? key.substring(DELETE_PRIMITIVES.length()) : key;
    var current = original.get(name);
    if (value.isNull()) {
      original.remove(name);
      return;
    }
    if (current == null) {
      if (!deletes) {
        original.set(name, withoutDirectives(value));
      }
      return;
    }
    var declared = schema.fieldOrAny(name);
    if (deletes && current instanceof ArrayNode list && value instanceof ArrayNode gone) {
      original.set(name, without(list, gone));
    } else if (current instanceof ObjectNode object && value instanceof ObjectNode nested) {
      original.set(
          name,
          declared.patchStrategies().contains("replace")
              ? withoutDirectives(nested)
              : mergeObject(object, nested, declared));
    } else if (current instanceof ArrayNode list && value instanceof ArrayNode items) {
      original.set(name, mergeList(list, items, declared));
    } else {
      original.set(name, withoutDirectives(value));
    }
  }

  private static ArrayNode without(ArrayNode list, ArrayNode gone) {
    var result = JsonNodeFactory.instance.arrayNode();
    for (var item : list) {
      if (gone.valueStream().noneMatch(each -> JsonValues.same(each, item))) {
        result.add(item);
      }
    }
    return result;
  }

  /// Merges lists whose final order the patch gives, and takes them out of the patch.
  private static void mergeOrderedLists(ObjectNode original, ObjectNode patch, Schema schema) {
    for (var directive : patch.propertyStream().map(Map.Entry::getKey).toList()) {
      if (!directive.startsWith(ORDER)) {
        continue;
      }
      var order = patch.remove(directive);
      var name = directive.substring(ORDER.length());
      var declared = schema.fieldOrAny(name);
      var deletion = patch.remove(DELETE_PRIMITIVES + name);
      if (deletion != null) {
        mergeField(original, DELETE_PRIMITIVES + name, deletion, schema);
      }
      var merged = original.get(name) instanceof ArrayNode list ? list : null;
      var before = merged == null ? JsonNodeFactory.instance.arrayNode() : merged.deepCopy();
      if (patch.get(name) instanceof ArrayNode items) {
        patch.remove(name);
        merged =
            merged == null
                ? (ArrayNode) withoutDirectives(items)
                : mergeList(merged, items, declared);
      }
      if (merged != null && order instanceof ArrayNode wanted) {
        original.set(name, ordered(merged, wanted, before, declared.patchMergeKey()));
      }
    }
  }

  private static ArrayNode mergeList(ArrayNode original, ArrayNode patch, Schema declared) {
    if (!declared.patchStrategies().contains("merge")) {
      return (ArrayNode) withoutDirectives(patch);
    }
    var key = declared.patchMergeKey();
    if (key.isEmpty()) {
      var merged = original.deepCopy();
      for (var item : patch) {
        if (merged.valueStream().noneMatch(each -> JsonValues.same(each, item))) {
          merged.add(item);
        }
      }
      return ordered(merged, patch, original, key);
    }
    var before = original.deepCopy();
    var merged = original;
    var items = JsonNodeFactory.instance.arrayNode();
    for (var item : patch) {
      switch (item.path(PATCH).asText()) {
        case "replace" -> merged = JsonNodeFactory.instance.arrayNode();
        case "delete" -> remove(merged, key, keyOf(item, key));
        case "", "merge" -> items.add(item);
        default -> throw PatchFailure.badRequest("Unknown patch type found: " + item.path(PATCH));
      }
    }
    for (var item : items) {
      mergeItem(merged, (ObjectNode) item, key, declared.itemsOrAny());
    }
    return ordered(merged, items, before, key);
  }

  private static void mergeItem(ArrayNode merged, ObjectNode item, String key, Schema declared) {
    var index = indexOf(merged, key, keyOf(item, key));
    if (index < 0) {
      merged.add(withoutDirectives(item));
    } else {
      merged.set(index, mergeObject((ObjectNode) merged.get(index), item, declared));
    }
  }

  private static void remove(ArrayNode list, String key, JsonNode value) {
    for (var index = indexOf(list, key, value); index >= 0; index = indexOf(list, key, value)) {
      list.remove(index);
    }
  }

  private static JsonNode keyOf(JsonNode item, String key) {
    var value = item.get(key);
    if (value == null) {
      throw PatchFailure.badRequest(
          "map: %s does not contain declared merge key: %s".formatted(item, key));
    }
    return value;
  }

  private static int indexOf(ArrayNode list, String key, JsonNode value) {
    for (var i = 0; i < list.size(); i++) {
      if (JsonValues.same(key.isEmpty() ? list.get(i) : list.get(i).get(key), value)) {
        return i;
      }
    }
    return -1;
  }

  /// Items named by `wanted` in its order, the others in the order of `live`, interleaved as `live`
  /// had them as far as both orders allow.
  private static ArrayNode ordered(ArrayNode merged, ArrayNode wanted, ArrayNode live, String key) {
    var others = new ArrayList<JsonNode>();
    var named = new ArrayList<JsonNode>();
    for (var item : merged) {
      (position(wanted, item, key) < 0 ? others : named).add(item);
    }
    named.sort((a, b) -> position(wanted, a, key) - position(wanted, b, key));
    others.sort((a, b) -> position(live, a, key) - position(live, b, key));
    return interleave(others, named, live, key);
  }

  private static ArrayNode interleave(
      List<JsonNode> others, List<JsonNode> named, ArrayNode live, String key) {
    var result = JsonNodeFactory.instance.arrayNode();
    var next = 0;
    for (var item : named) {
      var place = position(live, item, key);
      while (next < others.size()
          && place >= 0
          && position(live, others.get(next), key) >= 0
          && position(live, others.get(next), key) < place) {
        result.add(others.get(next++));
      }
      result.add(item);
    }
    others.subList(next, others.size()).forEach(result::add);
    return result;
  }

  private static int position(ArrayNode list, JsonNode item, String key) {
    var value = key.isEmpty() ? item : item.get(key);
    return value == null ? -1 : indexOf(list, key, value);
  }

  /// A value of a patch where there is nothing to merge it with: nulls and directives mean nothing.
  private static JsonNode withoutDirectives(@Nullable JsonNode value) {
    return switch (value) {
      case ObjectNode object -> {
        var kept = JsonNodeFactory.instance.objectNode();
        for (var entry : object.properties()) {
          if (!entry.getValue().isNull() && !entry.getKey().startsWith("$")) {
            kept.set(entry.getKey(), withoutDirectives(entry.getValue()));
          }
        }
        yield kept;
      }
      case ArrayNode array -> {
        var kept = JsonNodeFactory.instance.arrayNode();
        for (var item : array) {
          var directive = item.path(PATCH).asText();
          if (!directive.equals("delete") && !(directive.equals("replace") && item.size() == 1)) {
            kept.add(withoutDirectives(item));
          }
        }
        yield kept;
      }
      case null -> JsonNodeFactory.instance.nullNode();
      default -> value;
    };
  }
}
