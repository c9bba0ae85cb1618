// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.schema.JsonValues;
import dev.howdah.apiserver.schema.Schema;
import dev.howdah.apiserver.schema.Schema.ListType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// Values seen as the units that can be owned: which fields they have, how two differ, and a value
/// without some of its fields. An atomic list or map is one unit, like a scalar.
final class Ownership {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private Ownership() {}

  /// Whether the value is one unit where both sides are what they are (or absent).
  static boolean isLeaf(Schema schema, @Nullable JsonNode a, @Nullable JsonNode b) {
    var granular = isGranular(schema, a) || isGranular(schema, b);
    // Empty on both sides counts as a leaf, to tell empty from absent.
    return !granular || (isNothing(a) && isNothing(b));
  }

  private static boolean isGranular(Schema schema, @Nullable JsonNode value) {
    return switch (value) {
      case ObjectNode _ -> !schema.atomicMap() && !schema.opaque();
      case ArrayNode _ -> schema.listType() != ListType.ATOMIC;
      case null, default -> false;
    };
  }

  private static boolean isNothing(@Nullable JsonNode value) {
    return value == null || value.isNull() || (value.isContainerNode() && value.isEmpty());
  }

  /// The units of a value.
  static FieldSet fieldsOf(JsonNode value, Schema schema) {
    var result = new FieldSet();
    collect(value, schema, List.of(), result);
    return result;
  }

  private static void collect(
      JsonNode value, Schema schema, List<PathElement> path, FieldSet into) {
    if (!isGranular(schema, value)) {
      if (!path.isEmpty()) {
        into.insert(path);
      }
    } else if (value instanceof ObjectNode object) {
      for (var entry : object.properties()) {
        var name = entry.getKey();
        var at = join(path, PathElement.field(name));
        collect(entry.getValue(), schema.fieldOrAny(name), at, into);
        var child = entry.getValue();
        if (child.isNull()
            || (child.isObject() && child.isEmpty())
            || !schema.properties().containsKey(name)) {
          into.insert(at);
        }
      }
    } else {
      items(value, schema)
          .forEach((element, items) -> {
            var at = join(path, element);
            if (items.size() == 1) {
              collect(items.getFirst(), schema.itemsOrAny(), at, into);
            }
            into.insert(at);
          });
    }
  }

  /// The items of an associative list by key; more than one where a list has duplicates.
  static SequencedMap<PathElement, List<JsonNode>> items(@Nullable JsonNode list, Schema schema) {
    var result = new LinkedHashMap<PathElement, List<JsonNode>>();
    if (list instanceof ArrayNode array) {
      for (var item : array) {
        result.computeIfAbsent(PathElement.item(schema, item), _ -> new ArrayList<>()).add(item);
      }
    }
    return result;
  }

  static List<PathElement> join(List<PathElement> path, PathElement element) {
    var result = new ArrayList<PathElement>(path.size() + 1);
    result.addAll(path);
    result.add(element);
    return result;
  }

  /// The units in which two values differ.
  record Difference(FieldSet added, FieldSet modified, FieldSet removed) {
    FieldSet addedOrModified() {
      return added.union(modified);
    }

    /// Without what the writer cannot change.
    Difference without(FieldSet ignored) {
      return ignored.isEmpty()
          ? this
          : new Difference(
              added.without(ignored), modified.without(ignored), removed.without(ignored));
    }
  }

  static Difference compare(JsonNode before, JsonNode after, Schema schema) {
    var result = new Difference(new FieldSet(), new FieldSet(), new FieldSet());
    compare(withStructs(before, schema), withStructs(after, schema), schema, List.of(), result);
    return result;
  }

  /// With the empty objects that are always there in Kubernetes' built-in kinds, whose Go structs
  /// hold other structs by value: nobody adds them, so nobody owns them.
  private static JsonNode withStructs(JsonNode value, Schema schema) {
    return switch (value) {
      case ObjectNode object -> {
        var result = NODES.objectNode();
        for (var entry : object.properties()) {
          result.set(
              entry.getKey(), withStructs(entry.getValue(), schema.fieldOrAny(entry.getKey())));
        }
        for (var property : schema.properties().entrySet()) {
          var inner = property.getValue();
          if (inner.isStruct() && !(result.get(property.getKey()) instanceof ObjectNode)) {
            result.set(property.getKey(), withStructs(NODES.objectNode(), inner));
          }
        }
        yield result;
      }
      case ArrayNode array -> {
        var result = NODES.arrayNode(array.size());
        array.forEach(item -> result.add(withStructs(item, schema.itemsOrAny())));
        yield result;
      }
      default -> value;
    };
  }

  private static void compare(
      @Nullable JsonNode before,
      @Nullable JsonNode after,
      Schema schema,
      List<PathElement> path,
      Difference into) {
    if (isLeaf(schema, before, after)) {
      if (path.isEmpty()) {
        return;
      }
      if (before != null && after != null && !JsonValues.same(before, after)) {
        into.modified().insert(path);
      }
    } else if (before instanceof ArrayNode || after instanceof ArrayNode) {
      compareItems(before, after, schema, path, into);
    } else {
      var names = new LinkedHashSet<String>();
      names(before, names);
      names(after, names);
      for (var name : names) {
        compare(
            before == null ? null : before.get(name),
            after == null ? null : after.get(name),
            schema.fieldOrAny(name),
            join(path, PathElement.field(name)),
            into);
      }
    }
    if (!path.isEmpty() && before == null) {
      into.added().insert(path);
    } else if (!path.isEmpty() && after == null) {
      into.removed().insert(path);
    }
  }

  private static void names(@Nullable JsonNode object, LinkedHashSet<String> into) {
    if (object instanceof ObjectNode fields) {
      fields.fieldNames().forEachRemaining(into::add);
    }
  }

  private static void compareItems(
      @Nullable JsonNode before,
      @Nullable JsonNode after,
      Schema schema,
      List<PathElement> path,
      Difference into) {
    var old = items(before, schema);
    var fresh = items(after, schema);
    var all = new LinkedHashSet<>(old.keySet());
    all.addAll(fresh.keySet());
    for (var element : all) {
      var was = old.getOrDefault(element, List.of());
      var is = fresh.getOrDefault(element, List.of());
      var at = join(path, element);
      if (was.size() <= 1 && is.size() <= 1) {
        compare(first(was), first(is), schema.itemsOrAny(), at, into);
      } else if (was.size() > 1 && is.size() > 1) {
        if (!JsonValues.same(NODES.arrayNode().addAll(was), NODES.arrayNode().addAll(is))) {
          into.modified().insert(at);
        }
      } else if (was.size() > 1) {
        compare(null, first(is), schema.itemsOrAny(), at, into);
        into.removed().insert(at);
      } else {
        compare(first(was), null, schema.itemsOrAny(), at, into);
        into.added().insert(at);
      }
    }
  }

  private static @Nullable JsonNode first(List<JsonNode> items) {
    return items.isEmpty() ? null : items.getFirst();
  }

  /// The value without the given units. A container that loses its last content becomes null.
  static JsonNode remove(JsonNode value, FieldSet gone, Schema schema) {
    if (gone.isEmpty() || !isGranular(schema, value)) {
      return value;
    }
    if (value instanceof ObjectNode object) {
      var kept = NODES.objectNode();
      for (var entry : object.properties()) {
        var element = PathElement.field(entry.getKey());
        if (!gone.hasMember(element)) {
          var below = gone.below(element);
          kept.set(
              entry.getKey(),
              below == null
                  ? entry.getValue()
                  : remove(entry.getValue(), below, schema.fieldOrAny(entry.getKey())));
        }
      }
      return kept.isEmpty() ? NODES.nullNode() : kept;
    }
    var kept = NODES.arrayNode();
    for (var item : value) {
      var element = PathElement.item(schema, item);
      if (!gone.hasMember(element)) {
        var below = gone.below(element);
        kept.add(below == null ? item : remove(item, below, schema.itemsOrAny()));
      }
    }
    return kept.isEmpty() ? NODES.nullNode() : kept;
  }

  /// Both values merged; where both have a unit, `applied` wins. Lists take the order of `applied`
  /// for the items it has.
  static JsonNode merge(@Nullable JsonNode live, @Nullable JsonNode applied, Schema schema) {
    if (live == null || applied == null || isLeaf(schema, live, applied)) {
      return applied != null ? applied : live != null ? live : NODES.nullNode();
    }
    if (isNothing(applied)) {
      return live;
    }
    if (live instanceof ObjectNode || applied instanceof ObjectNode) {
      if (!(live instanceof ObjectNode old) || !(applied instanceof ObjectNode fresh)) {
        return applied;
      }
      var result = NODES.objectNode();
      for (var entry : old.properties()) {
        var name = entry.getKey();
        result.set(name, merge(entry.getValue(), fresh.get(name), schema.fieldOrAny(name)));
      }
      for (var entry : fresh.properties()) {
        if (!old.has(entry.getKey())) {
          result.set(entry.getKey(), entry.getValue());
        }
      }
      return result;
    }
    return mergeItems(live, applied, schema);
  }

  private static ArrayNode mergeItems(JsonNode live, JsonNode applied, Schema schema) {
    var old = items(live, schema);
    var fresh = items(applied, schema);
    var result = NODES.arrayNode();
    var rest = new ArrayList<>(fresh.keySet());
    var done = new HashSet<PathElement>();
    for (var element : old.keySet()) {
      if (!fresh.containsKey(element)) {
        old.get(element).forEach(result::add);
      } else if (!done.contains(element)) {
        // Up to the next item both have: first the new ones that come before it in `applied`.
        var next = firstShared(rest, old);
        if (element.equals(next)) {
          take(rest, element, old, fresh, schema, result, done);
        }
      }
    }
    while (!rest.isEmpty()) {
      take(rest, rest.getFirst(), old, fresh, schema, result, done);
    }
    return result;
  }

  private static @Nullable PathElement firstShared(
      List<PathElement> rest, SequencedMap<PathElement, List<JsonNode>> old) {
    return rest.stream().filter(old::containsKey).findFirst().orElse(null);
  }

  /// Takes the items of `applied` up to and with `last`.
  private static void take(
      List<PathElement> rest,
      PathElement last,
      SequencedMap<PathElement, List<JsonNode>> old,
      SequencedMap<PathElement, List<JsonNode>> fresh,
      Schema schema,
      ArrayNode result,
      HashSet<PathElement> done) {
    while (!rest.isEmpty()) {
      var element = rest.removeFirst();
      var before = old.getOrDefault(element, List.of());
      var base = before.size() == 1 ? before.getFirst() : null;
      result.add(merge(base, first(fresh.getOrDefault(element, List.of())), schema.itemsOrAny()));
      done.add(element);
      if (element.equals(last)) {
        return;
      }
    }
  }
}
