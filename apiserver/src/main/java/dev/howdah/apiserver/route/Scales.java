// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.resource.LabelSelector;
import dev.howdah.apiserver.resource.ResourceType;
import dev.howdah.apiserver.schema.FieldError;
import dev.howdah.apiserver.write.Call;
import java.util.List;
import java.util.Objects;

/// The view of an object that shows only how many replicas it has and should have.
final class Scales {
  private Scales() {}

  /// The `Scale` of an object.
  static ObjectNode of(ResourceType type, ObjectNode object) {
    var where = Objects.requireNonNull(type.scale());
    var scale = Json.object().put("kind", "Scale").put("apiVersion", "autoscaling/v1");
    var metadata = scale.putObject("metadata");
    for (var field : List.of("name", "namespace", "uid", "resourceVersion", "creationTimestamp")) {
      var value = object.path("metadata").get(field);
      if (value != null) {
        metadata.set(field, value);
      }
    }
    var spec = scale.putObject("spec");
    var wanted = at(object, where.specReplicas());
    if (wanted.isNumber()) {
      spec.put("replicas", wanted.asLong());
    }
    var status = scale.putObject("status");
    status.put("replicas", at(object, where.statusReplicas()).asLong(0));
    if (!where.selector().isEmpty()) {
      var selector = at(object, where.selector());
      var text = selector.isObject() ? LabelSelector.of(selector).toString() : selector.asText("");
      if (!text.isEmpty()) {
        status.put("selector", text);
      }
    }
    return scale;
  }

  private static JsonNode at(ObjectNode object, String path) {
    JsonNode node = object;
    for (var part : parts(path)) {
      node = node.path(part);
    }
    return node;
  }

  private static List<String> parts(String path) {
    return List.of(path.replaceFirst("^\\.", "").split("\\."));
  }

  /// Writes the number of a `Scale` into the object it is of.
  static ObjectNode apply(Call call, ObjectNode object, ObjectNode scale) {
    var type = call.type();
    var replicas = scale.path("spec").path("replicas").asLong(0);
    if (replicas < 0) {
      throw ApiException.invalid(
          "autoscaling",
          "Scale",
          call.name(),
          List.of(
              new FieldError(
                  "spec.replicas",
                  FieldError.Type.INVALID,
                  scale.path("spec").path("replicas"),
                  "should be a non-negative integer")));
    }
    var parts = parts(Objects.requireNonNull(type.scale()).specReplicas());
    var parent = object;
    for (var part : parts.subList(0, parts.size() - 1)) {
      parent = parent.withObjectProperty(part);
    }
    parent.put(parts.getLast(), replicas);
    Meta.of(object).put("resourceVersion", Meta.text(scale, "resourceVersion"));
    return object;
  }
}
