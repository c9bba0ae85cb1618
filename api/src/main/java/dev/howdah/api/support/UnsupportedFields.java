// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.rules.Defaults;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The fields of a resource that a person has set, that are kept, and that have no effect yet.
public final class UnsupportedFields {
  private UnsupportedFields() {}

  /// Their paths, such as `spec.backup.barmanObjectStore`; a field stands for all that is in it.
  public static List<String> of(ObjectNode resource) {
    return new ArrayList<>(reasons(resource).keySet());
  }

  /// The paths, and why each has no effect yet.
  public static Map<String, String> reasons(ObjectNode resource) {
    Map<String, String> found = new LinkedHashMap<>();
    String kind = resource.path("kind").asText("");
    collect(kind, "spec", resource.path("spec"), standard(resource).path("spec"), found);
    return found;
  }

  /// What the resource would hold without any wish: those values are nobody's wish.
  private static JsonNode standard(ObjectNode resource) {
    ObjectNode empty = JsonNodeFactory.instance.objectNode();
    empty.set("apiVersion", resource.path("apiVersion"));
    empty.set("kind", resource.path("kind"));
    empty.set("metadata", resource.path("metadata"));
    empty.putObject("spec");
    return Defaults.apply(empty);
  }

  private static void collect(
      String kind, String path, JsonNode node, JsonNode standard, Map<String, String> found) {
    for (var field : node.properties()) {
      String at = path + "." + field.getKey();
      JsonNode value = field.getValue();
      JsonNode usual = standard.path(field.getKey());
      if (isNothing(value) || value.equals(usual)) {
        continue;
      }
      String name = kind + "." + at;
      boolean later = SupportTable.of(name).map(support -> !support.isSupported()).orElse(false);
      if (later) {
        if (value.isObject() && !wished(value, usual)) {
          continue;
        }
        found.put(at, SupportTable.of(name).map(Support::reason).orElse(""));
      } else if (value.isObject() && SupportTable.distinguishesBelow(name)) {
        collect(kind, at, value, usual, found);
      }
    }
  }

  /// Whether an object holds anything but what it would hold anyway.
  private static boolean wished(JsonNode value, JsonNode usual) {
    for (var field : value.properties()) {
      JsonNode other = usual.isObject() ? usual.path(field.getKey()) : MissingNode.getInstance();
      if (!isNothing(field.getValue()) && !field.getValue().equals(other)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isNothing(JsonNode value) {
    return value.isNull()
        || (value.isContainerNode() && value.isEmpty())
        || (value.isTextual() && value.asText().isEmpty());
  }
}
