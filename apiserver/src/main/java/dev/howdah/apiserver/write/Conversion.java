// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.write;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.resource.ResourceType;
import dev.howdah.apiserver.store.Stored;
import java.util.List;
import java.util.Map;

/// Turns objects from the version a client speaks into the one that is stored, and back.
///
/// Versions of custom resources differ in their `apiVersion` only (strategy `None`). Events have
/// two shapes, one per group, over the same objects.
public final class Conversion {
  private static final String NEW_EVENTS = "events.k8s.io";

  // Fields of core/v1 events and what events.k8s.io/v1 calls them.
  private static final Map<String, String> EVENT_FIELDS =
      Map.of(
          "involvedObject", "regarding",
          "message", "note",
          "source", "deprecatedSource",
          "firstTimestamp", "deprecatedFirstTimestamp",
          "lastTimestamp", "deprecatedLastTimestamp",
          "count", "deprecatedCount",
          "reportingComponent", "reportingController");

  private Conversion() {}

  /// Whether the stored form is not the one this type serves.
  public static boolean needed(ResourceType type) {
    return !type.apiVersion().equals(type.storageApiVersion());
  }

  /// The object as the type serves it; the tree is the caller's own.
  public static ObjectNode served(ResourceType type, Stored stored) {
    return served(type, stored.tree());
  }

  /// The same for a tree in the stored form.
  public static ObjectNode served(ResourceType type, ObjectNode tree) {
    if (!needed(type)) {
      return tree;
    }
    var made = type.group().equals(NEW_EVENTS) ? renamed(tree, EVENT_FIELDS) : tree;
    made.put("apiVersion", type.apiVersion());
    return made;
  }

  /// The object as JSON as the type serves it.
  public static byte[] servedJson(ResourceType type, Stored stored) {
    return needed(type) ? Json.bytes(served(type, stored)) : stored.json();
  }

  /// The object as it is to be stored.
  static ObjectNode stored(ResourceType type, ObjectNode tree) {
    if (!needed(type)) {
      return tree;
    }
    var made = tree;
    if (type.group().equals(NEW_EVENTS)) {
      var back = new java.util.HashMap<String, String>();
      EVENT_FIELDS.forEach((core, modern) -> back.put(modern, core));
      made = renamed(tree, back);
    }
    made.put("apiVersion", type.storageApiVersion());
    return made;
  }

  private static ObjectNode renamed(ObjectNode tree, Map<String, String> names) {
    for (var name : List.copyOf(names.keySet())) {
      var value = tree.remove(name);
      if (value != null) {
        tree.set(names.getOrDefault(name, name), value);
      }
    }
    return tree;
  }
}
