// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads and writes the `metadata` of an object.
public final class Meta {
  /// Keeps an object until its dependents are deleted.
  public static final String FOREGROUND = "foregroundDeletion";

  /// Keeps an object until its dependents are let go.
  public static final String ORPHAN = "orphan";

  private Meta() {}

  /// The metadata, made if absent.
  public static ObjectNode of(ObjectNode object) {
    return object.get("metadata") instanceof ObjectNode found
        ? found
        : object.putObject("metadata");
  }

  /// A text of the metadata, empty when absent.
  public static String text(ObjectNode object, String field) {
    return object.path("metadata").path(field).asText("");
  }

  /// The name, or empty.
  public static String name(ObjectNode object) {
    return text(object, "name");
  }

  /// The namespace, or empty.
  public static String namespace(ObjectNode object) {
    return text(object, "namespace");
  }

  /// The UID, or empty.
  public static String uid(ObjectNode object) {
    return text(object, "uid");
  }

  /// Whether the object is on its way out.
  public static boolean deleting(ObjectNode object) {
    return object.path("metadata").hasNonNull("deletionTimestamp");
  }

  /// What must be done before the object may go.
  public static List<String> finalizers(ObjectNode object) {
    var found = new ArrayList<String>();
    object.path("metadata").path("finalizers").forEach(f -> found.add(f.asText()));
    return found;
  }

  /// Sets or, if empty, removes the finalizers.
  public static void setFinalizers(ObjectNode object, List<String> finalizers) {
    if (finalizers.isEmpty()) {
      of(object).remove("finalizers");
    } else {
      of(object).set("finalizers", Json.texts(finalizers));
    }
  }

  /// Labels or annotations.
  public static Map<String, String> map(ObjectNode object, String field) {
    var found = new HashMap<String, String>();
    object
        .path("metadata")
        .path(field)
        .properties()
        .forEach(e -> found.put(e.getKey(), e.getValue().asText()));
    return found;
  }

  /// The owners.
  public static List<JsonNode> owners(ObjectNode object) {
    return object.path("metadata").path("ownerReferences") instanceof ArrayNode list
        ? list.valueStream().toList()
        : List.of();
  }

  /// A time as Kubernetes writes it: UTC, whole seconds.
  public static String time(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
