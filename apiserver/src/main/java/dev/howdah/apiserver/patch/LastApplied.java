// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.patch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.schema.Schema;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The annotation in which `kubectl apply` without `--server-side` keeps what it applied.
final class LastApplied {
  private static final String ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";
  private static final JsonMapper JSON = new JsonMapper();

  private LastApplied() {}

  /// The annotation's text, or absent.
  static @Nullable String of(ObjectNode object) {
    var text = object.path("metadata").path("annotations").path(ANNOTATION).asText();
    return text.isEmpty() ? null : text;
  }

  /// Keeps the annotation in step with what the server applied.
  static void set(ObjectNode object, ObjectNode applied) {
    var configuration = applied.deepCopy();
    if (configuration.path("metadata").path("annotations") instanceof ObjectNode annotations) {
      annotations.remove(ANNOTATION);
    }
    object
        .withObjectProperty("metadata")
        .withObjectProperty("annotations")
        .put(ANNOTATION, sorted(configuration) + "\n");
  }

  private static JsonNode sorted(JsonNode value) {
    if (value instanceof ObjectNode object) {
      var result = object.objectNode();
      object
          .propertyStream()
          .sorted(Map.Entry.comparingByKey())
          .forEach(each -> result.set(each.getKey(), sorted(each.getValue())));
      return result;
    }
    if (value.isArray()) {
      var result = JSON.createArrayNode();
      value.forEach(each -> result.add(sorted(each)));
      return result;
    }
    return value;
  }

  /// The fields that the annotation names and that still have its values, or absent when there is
  /// none of this version.
  static @Nullable FieldSet fields(ObjectNode live, Schema schema, String apiVersion) {
    var text = of(live);
    if (text == null) {
      return null;
    }
    try {
      if (!(JSON.readTree(text) instanceof ObjectNode last)
          || !last.path("apiVersion").asText().equals(apiVersion)) {
        return null;
      }
      var difference = Ownership.compare(last, live, schema);
      return Ownership.fieldsOf(last, schema)
          .difference(difference.modified())
          .difference(difference.added())
          .difference(difference.removed());
    } catch (JsonProcessingException e) {
      return null;
    }
  }
}
