// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.patch.JsonPatch;
import dev.howdah.apiserver.patch.MergePatch;
import dev.howdah.apiserver.patch.PatchFailure;
import dev.howdah.apiserver.patch.ServerSideApply;
import dev.howdah.apiserver.patch.StrategicMergePatch;
import dev.howdah.apiserver.schema.JsonValues;
import dev.howdah.apiserver.schema.Schemas;
import dev.howdah.apiserver.schema.TypeSchema;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/// Just enough of a server to try patches and ownership without one.
final class PatchTarget implements Target {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Pattern PATH =
      Pattern.compile(
          "/(?:api|apis/([^/]+))/([^/]+)/namespaces/[^/]+/([^/?]+)(?:/([^/?]+))?(?:/([^/?]+))?[?]?(.*)");
  private static final Map<String, String> KINDS =
      Map.of(
          "configmaps", "ConfigMap",
          "widgets", "Widget",
          "services", "Service",
          "deployments", "Deployment");

  private final Map<String, ObjectNode> stored = new HashMap<>();
  private int version;

  /// What this target can be right about: failures of patches, ownership, and objects of kinds
  /// without defaults of their own.
  static JsonNode comparable(JsonNode answers) {
    var result = JSON.createArrayNode();
    for (var answer : answers) {
      var body = answer.path("body");
      var kind = body.path("kind").asText();
      var message = body.path("message").asText();
      if (message.startsWith("PatchOptions")
          || message.contains("is invalid:")
          || message.startsWith("invalid object type")
          || kind.equals("Scale")
          || answer.path("code").asInt() == 599) {
        result.addNull();
      } else if (kind.equals("Service") || kind.equals("Deployment")) {
        result.add(body.path("metadata").path("managedFields"));
      } else {
        var kept = (ObjectNode) answer.deepCopy();
        if (kept.path("body").path("metadata") instanceof ObjectNode metadata) {
          metadata.remove("generation");
        }
        result.add(kept);
      }
    }
    return result;
  }

  @Override
  public Answer send(String method, String path, String contentType, String body)
      throws IOException {
    var parts = PATH.matcher(path);
    if (!parts.matches()) {
      throw new IOException("cannot route " + path);
    }
    var apiVersion = (parts.group(1) == null ? "" : parts.group(1) + "/") + parts.group(2);
    var type = type(apiVersion, KINDS.getOrDefault(parts.group(3), ""));
    var given = body.isEmpty() ? JSON.missingNode() : JSON.readTree(body);
    var name = parts.group(4) != null ? parts.group(4) : given.at("/metadata/name").asText();
    var key = parts.group(3) + "/" + name;
    var subresource = Objects.requireNonNullElse(parts.group(5), "");
    var manager = parts.group(6).replaceAll("^.*fieldManager=([^&]*).*$", "$1");
    var live = stored.get(key);
    if (method.equals("GET") && live != null) {
      return new Answer(200, live);
    }
    var writer =
        new ServerSideApply.Writer(
            manager, apiVersion, subresource, !parts.group(3).equals("configmaps"), Instant.now());
    try {
      ObjectNode result;
      if (contentType.equals("application/apply-patch+yaml")) {
        if (manager.equals(parts.group(6)) || manager.equals("invalid")) {
          return new Answer(599, JSON.createObjectNode());
        }
        var applied = (ObjectNode) given;
        result =
            ServerSideApply.apply(
                live, applied, type.schema(), writer, parts.group(6).contains("force=true"));
      } else {
        if (parts.group(6).contains("force=true") || parts.group(6).contains("invalid")) {
          return new Answer(599, JSON.createObjectNode());
        }
        var updated = live == null ? (ObjectNode) given : patched(contentType, live, given, type);
        updated = keepOthers(live, updated, subresource, parts.group(3));
        type.applyDefaults(updated);
        result = ServerSideApply.trackUpdate(live, updated, type.schema(), writer);
      }
      result = keepOthers(live, result, subresource, parts.group(3));
      type.applyDefaults(result);
      result
          .withObjectProperty("metadata")
          .put("name", name)
          .put("namespace", path.replaceAll(".*namespaces/([^/]+)/.*", "$1"));
      if (live == null || !JsonValues.same(live, result)) {
        result.withObjectProperty("metadata").put("resourceVersion", String.valueOf(++version));
      }
      stored.put(key, result);
      if (subresource.equals("scale")) {
        return new Answer(200, JSON.createObjectNode().put("kind", "Scale"));
      }
      return new Answer(live == null ? 201 : 200, result.deepCopy());
    } catch (PatchFailure e) {
      return new Answer(e.code(), status(e));
    }
  }

  private static ObjectNode keepOthers(
      ObjectNode live, ObjectNode updated, String subresource, String plural) {
    var result = updated.deepCopy();
    if (plural.equals("configmaps")) {
      return result;
    }
    var kept = subresource.equals("status") ? "spec" : subresource.isEmpty() ? "status" : "";
    if (!kept.isEmpty()) {
      result.remove(kept);
      if (live != null && live.has(kept)) {
        result.set(kept, live.get(kept).deepCopy());
      }
    }
    if (subresource.equals("status") && live != null) {
      var managed = result.at("/metadata/managedFields");
      result.set("metadata", live.get("metadata").deepCopy());
      result.withObjectProperty("metadata").set("managedFields", managed);
    }
    return result;
  }

  private static ObjectNode patched(
      String contentType, ObjectNode live, JsonNode patch, TypeSchema type) {
    return switch (contentType) {
      case "application/merge-patch+json" -> MergePatch.apply(live, patch);
      case "application/json-patch+json" -> JsonPatch.apply(live, patch);
      case "application/strategic-merge-patch+json" ->
          StrategicMergePatch.apply(live, patch, type.schema());
      default -> (ObjectNode) patch;
    };
  }

  private static TypeSchema type(String apiVersion, String kind) throws IOException {
    if (!kind.equals("Widget")) {
      return Objects.requireNonNull(Schemas.builtIn().kind(apiVersion, kind));
    }
    try (var in =
        Objects.requireNonNull(PatchTarget.class.getResourceAsStream("crd-widgets.json"))) {
      var definition = (ObjectNode) JSON.readTree(in);
      var version = (ObjectNode) definition.at("/spec/versions/0");
      return Schemas.builtIn().customResource(definition, version);
    }
  }

  private static ObjectNode status(PatchFailure failure) {
    var status =
        JSON.createObjectNode()
            .put("kind", "Status")
            .put("apiVersion", "v1")
            .put("status", "Failure")
            .put("message", failure.getMessage())
            .put("code", failure.code());
    status.putObject("metadata");
    if (!failure.reason().isEmpty()) {
      status.put("reason", failure.reason());
    }
    if (!failure.causes().isEmpty()) {
      ArrayNode causes = status.putObject("details").putArray("causes");
      failure
          .causes()
          .forEach(each ->
              causes
                  .addObject()
                  .put("reason", each.type())
                  .put("message", each.message())
                  .put("field", each.field()));
    }
    return status;
  }
}
