// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/// A set of paths to fields, as a tree: what one writer owns. Members are the paths that end here;
/// a path and a longer one may both be in the set.
final class FieldSet {
  private static final String SELF = ".";

  private final TreeSet<PathElement> members = new TreeSet<>();
  private final TreeMap<PathElement, FieldSet> children = new TreeMap<>();

  /// A set of top-level fields.
  static FieldSet of(List<String> paths) {
    var result = new FieldSet();
    for (var path : paths) {
      var elements = new ArrayList<PathElement>();
      for (var name : path.split("\\.")) {
        elements.add(PathElement.field(name));
      }
      result.insert(elements);
    }
    return result;
  }

  /// Reads `fieldsV1`.
  static FieldSet parse(JsonNode fields) {
    var result = new FieldSet();
    for (var entry : fields.properties()) {
      if (entry.getKey().equals(SELF)) {
        continue;
      }
      var element = PathElement.parse(entry.getKey());
      var below = parse(entry.getValue());
      if (below.isEmpty() || entry.getValue().has(SELF)) {
        result.members.add(element);
      }
      if (!below.isEmpty()) {
        result.children.put(element, below);
      }
    }
    return result;
  }

  /// Writes `fieldsV1`.
  ObjectNode toJson() {
    var result = JsonNodeFactory.instance.objectNode();
    var all = new TreeSet<>(members);
    all.addAll(children.keySet());
    for (var element : all) {
      var below = children.get(element);
      var node = result.putObject(element.text());
      if (below != null && members.contains(element)) {
        node.putObject(SELF);
      }
      if (below != null) {
        node.setAll(below.toJson());
      }
    }
    return result;
  }

  /// Adds a path; for sets under construction only.
  void insert(List<PathElement> path) {
    var node = this;
    for (var element : path.subList(0, path.size() - 1)) {
      node = node.children.computeIfAbsent(element, _ -> new FieldSet());
    }
    node.members.add(path.getLast());
  }

  boolean isEmpty() {
    return members.isEmpty() && children.isEmpty();
  }

  /// Whether the path of one step is in the set.
  boolean hasMember(PathElement element) {
    return members.contains(element);
  }

  /// The paths below one step, without it; absent when there are none.
  @Nullable FieldSet below(PathElement element) {
    return children.get(element);
  }

  FieldSet union(FieldSet other) {
    var result = new FieldSet();
    result.members.addAll(members);
    result.members.addAll(other.members);
    result.children.putAll(children);
    other.children.forEach(
        (element, below) -> result.children.merge(element, below, FieldSet::union));
    return result;
  }

  FieldSet intersection(FieldSet other) {
    var result = new FieldSet();
    result.members.addAll(members);
    result.members.retainAll(other.members);
    return result.withChildrenOfBoth(this, other, FieldSet::intersection, false);
  }

  /// The paths that are not in the other set.
  FieldSet difference(FieldSet other) {
    var result = new FieldSet();
    result.members.addAll(members);
    result.members.removeAll(other.members);
    return result.withChildrenOfBoth(this, other, FieldSet::difference, true);
  }

  /// The paths that are neither in the other set nor below one of it.
  FieldSet without(FieldSet other) {
    var result = new FieldSet();
    result.members.addAll(members);
    result.members.removeAll(other.members);
    result.withChildrenOfBoth(this, other, FieldSet::without, true);
    result.children.keySet().removeAll(other.members);
    return result;
  }

  private FieldSet withChildrenOfBoth(
      FieldSet a, FieldSet b, BinaryOperator<FieldSet> operation, boolean keepOthers) {
    a.children.forEach((element, below) -> {
      var other = b.children.get(element);
      var kept = other != null ? operation.apply(below, other) : keepOthers ? below : null;
      if (kept != null && !kept.isEmpty()) {
        children.put(element, kept);
      }
    });
    return this;
  }

  /// With each declared field that is on the way to a path: what is removed with its last content.
  FieldSet withNamedFields(Schema schema) {
    var result = new FieldSet();
    result.members.addAll(members);
    children.forEach((element, below) -> {
      var inner = schema.itemsOrAny();
      if (element.isField()) {
        if (schema.properties().containsKey(element.fieldName())) {
          result.members.add(element);
        }
        inner = schema.fieldOrAny(element.fieldName());
      }
      result.children.put(element, below.withNamedFields(inner));
    });
    return result;
  }

  /// All paths, as messages show them: `.spec.containers[name="a"].image`.
  List<String> display() {
    var result = new ArrayList<String>();
    display("", result);
    return result;
  }

  private void display(String prefix, List<String> into) {
    members.forEach(element -> into.add(prefix + element.display()));
    children.forEach((element, below) -> below.display(prefix + element.display(), into));
  }

  @Override
  public String toString() {
    return toJson().toString();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FieldSet set
        && members.equals(set.members)
        && children.equals(set.children);
  }

  @Override
  public int hashCode() {
    return members.hashCode() * 31 + children.hashCode();
  }
}
