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
import dev.howdah.apiserver.schema.Decoded;
import dev.howdah.apiserver.schema.FieldError;
import dev.howdah.apiserver.schema.JsonValues;
import dev.howdah.apiserver.schema.Schemas;
import dev.howdah.apiserver.schema.TypeSchema;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
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
          "deployments", "Deployment",
          "gadgets", "Gadget",
          "rules", "Rule",
          "secrets", "Secret",
          "persistentvolumeclaims", "PersistentVolumeClaim",
          "leases", "Lease");

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
          || message.startsWith("invalid object type")
          || message.startsWith("Widget.test.howdah.dev \"c\" is invalid")
          || message.contains("services \"nosuch\"")
          || message.startsWith(" \"\" is invalid: patch")
          || message.startsWith("error strict decoding YAML")
          || kind.equals("Scale")
          || answer.path("code").asInt() == 599) {
        result.addNull();
      } else if (kind.equals("Service") || kind.equals("Deployment")) {
        var managed = body.path("metadata").path("managedFields");
        // What a POST owns includes the defaults, which are not this target's business.
        result.add(
            managed.path(0).path("manager").asText().startsWith("Java")
                ? answer.path("code")
                : managed);
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
    var decoded = body.isEmpty() ? null : Decoded.json(body.getBytes(StandardCharsets.UTF_8));
    var given = decoded == null ? JSON.missingNode() : decoded.tree();
    var name = parts.group(4) != null ? parts.group(4) : given.at("/metadata/name").asText();
    var key = parts.group(3) + "/" + name;
    var subresource = Objects.requireNonNullElse(parts.group(5), "");
    var manager =
        parts.group(6).contains("fieldManager=") || contentType.contains("apply")
            ? parts.group(6).replaceAll("^.*fieldManager=([^&]*).*$", "$1")
            : "Java-http-client";
    var live = stored.get(key);
    var warnings = new ArrayList<String>();
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
        if (!decoded.duplicates().isEmpty()) {
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
        if (path.contains("nosuch") || (path.contains("Strict") && method.equals("PATCH"))) {
          return new Answer(599, JSON.createObjectNode());
        }
        var updated = live == null ? (ObjectNode) given : patched(contentType, live, given, type);
        if (live == null) {
          var malformed = type.malformed(updated);
          var problems =
              new ArrayList<>(
                  decoded.duplicates().stream()
                      .map(each -> "duplicate field \"" + each + "\"")
                      .toList());
          type.prune(updated).forEach(each -> problems.add("unknown field \"" + each + "\""));
          if (malformed != null) {
            return badRequest(updated, malformed);
          }
          if (path.contains("fieldValidation=Strict") && !problems.isEmpty()) {
            return badRequest(updated, "strict decoding error: " + String.join(", ", problems));
          }
          if (!path.contains("fieldValidation=Ignore")) {
            problems.forEach(each -> warnings.add("299 - " + JSON.getNodeFactory().textNode(each)));
          }
        } else {
          type.prune(updated);
        }
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
      var errors = type.validate(result, live);
      if (!errors.isEmpty()) {
        return new Answer(422, invalid(result, errors), warnings);
      }
      if (live == null || !JsonValues.same(live, result)) {
        result.withObjectProperty("metadata").put("resourceVersion", String.valueOf(++version));
      }
      stored.put(key, result);
      if (subresource.equals("scale")) {
        return new Answer(200, JSON.createObjectNode().put("kind", "Scale"));
      }
      return new Answer(live == null ? 201 : 200, result.deepCopy(), warnings);
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
    if (!apiVersion.startsWith("test.howdah.dev")) {
      return Objects.requireNonNull(Schemas.builtIn().kind(apiVersion, kind));
    }
    var file = "crd-" + kind.toLowerCase(Locale.ROOT) + "s.json";
    try (var in = Objects.requireNonNull(PatchTarget.class.getResourceAsStream(file))) {
      var definition = (ObjectNode) JSON.readTree(in);
      var version = (ObjectNode) definition.at("/spec/versions/0");
      return Schemas.builtIn().customResource(definition, version);
    }
  }

  private static Answer badRequest(ObjectNode object, String why) {
    var kind = object.path("kind").asText();
    var version = object.path("apiVersion").asText().replaceFirst(".*/", "");
    return new Answer(
        400,
        status(
            "BadRequest",
            400,
            "%s in version \"%s\" cannot be handled as a %s: %s"
                .formatted(kind, version, kind, why)));
  }

  private static ObjectNode invalid(ObjectNode object, List<FieldError> errors) {
    var kind = object.path("kind").asText();
    var group = object.path("apiVersion").asText().replaceFirst("/.*", "");
    var name = object.at("/metadata/name").asText();
    var status =
        status(
            "Invalid",
            422,
            "%s.%s \"%s\" is invalid: %s".formatted(kind, group, name, FieldError.join(errors)));
    var details =
        status.putObject("details").put("name", name).put("group", group).put("kind", kind);
    for (var error : errors) {
      details
          .withArrayProperty("causes")
          .addObject()
          .put("reason", error.type().reason())
          .put("message", error.message())
          .put("field", error.field());
    }
    return status;
  }

  private static ObjectNode status(String reason, int code, String message) {
    var status =
        JSON.createObjectNode()
            .put("kind", "Status")
            .put("apiVersion", "v1")
            .put("status", "Failure")
            .put("message", message)
            .put("reason", reason)
            .put("code", code);
    status.putObject("metadata");
    return status;
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
