// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.finding;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.List;

/// A place in a resource: the node there, which may be missing, and the path that leads to it.
/// Reading never fails, whatever the shape of the tree.
public record Place(JsonNode node, String path) {
  private static final int SHOWN_TREE = 2000;

  public static Place root(JsonNode node) {
    return new Place(node, "");
  }

  /// The field of this name.
  public Place at(String field) {
    return new Place(node.path(field), path.isEmpty() ? field : path + "." + field);
  }

  /// The field at the end of several names, such as `at("spec", "storage")`.
  public Place at(String first, String... rest) {
    Place place = at(first);
    for (String field : rest) {
      place = place.at(field);
    }
    return place;
  }

  /// The entry of a map, whose key may hold dots and slashes.
  public Place entry(String key) {
    return new Place(node.path(key), path + "[" + key + "]");
  }

  /// The items of a list; none where this is no list.
  public List<Place> items() {
    if (!node.isArray()) {
      return List.of();
    }
    List<Place> items = new ArrayList<>(node.size());
    for (int i = 0; i < node.size(); i++) {
      items.add(new Place(node.get(i), path + "[" + i + "]"));
    }
    return items;
  }

  /// The keys of a map; none where this is no map.
  public List<String> keys() {
    List<String> keys = new ArrayList<>();
    if (node.isObject()) {
      node.fieldNames().forEachRemaining(keys::add);
    }
    return keys;
  }

  /// Whether something is written here: neither missing nor null.
  public boolean present() {
    return !node.isMissingNode() && !node.isNull();
  }

  /// The text here; empty where there is none.
  public String text() {
    return node.isValueNode() && !node.isNull() ? node.asText() : "";
  }

  /// Whether there is text here that isn't empty.
  public boolean filled() {
    return !text().isEmpty();
  }

  public boolean isTrue() {
    return node.isBoolean() && node.booleanValue();
  }

  public boolean isFalse() {
    return node.isBoolean() && !node.booleanValue();
  }

  public long number(long otherwise) {
    return node.isIntegralNumber() && node.canConvertToLong() ? node.longValue() : otherwise;
  }

  /// The texts of a list.
  public List<String> texts() {
    return items().stream().map(Place::text).toList();
  }

  /// The same place without its value, which messages must not show.
  public Place concealed() {
    return new Place(MissingNode.getInstance(), path);
  }

  /// The value as a person wrote it, for messages.
  String shown() {
    if (node instanceof MissingNode || node.isNull()) {
      return "";
    }
    if (node.isValueNode()) {
      return node.asText();
    }
    return node.size() > SHOWN_TREE ? "" : node.isEmpty() ? node.toString() : "";
  }
}
