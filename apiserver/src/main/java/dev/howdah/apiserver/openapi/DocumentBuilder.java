// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.openapi;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.openapi.OpenApi.Resource;
import dev.howdah.apiserver.schema.Schemas;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes the OpenAPI document of one group and version: the schemas of its kinds with all they
/// refer to, and the paths with what kubectl looks for in them (kinds, patch types, query
/// parameters).
final class DocumentBuilder {
  private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
  private static final String REFERENCE = "#/components/schemas/";
  private static final JsonMapper JSON = new JsonMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final ObjectNode document = NODES.objectNode().put("openapi", "3.0.0");
  private final ObjectNode paths;
  private final ObjectNode schemas;
  private @Nullable Map<String, String> descriptions;

  DocumentBuilder() {
    document.putObject("info").put("title", "Kubernetes").put("version", "unversioned");
    paths = document.putObject("paths");
    schemas = document.putObject("components").putObject("schemas");
  }

  void addBuiltIn(Resource resource) {
    var schemasOfKinds = Schemas.builtIn();
    var name = schemasOfKinds.typeName(resource.apiVersion(), resource.kind());
    if (name == null) {
      return;
    }
    addType(name);
    // The kinds of subresources (Scale, Eviction, TokenRequest) and lists.
    schemasOfKinds.kindsOf(resource.apiVersion()).values().forEach(this::addType);
    addPaths(resource, name, true);
  }

  void addCustom(Resource resource, ObjectNode version) {
    var parts = new ArrayList<>(Arrays.asList(resource.group().split("\\.")));
    Collections.reverse(parts);
    var name = String.join(".", parts) + "." + resource.version() + "." + resource.kind();
    schemas.set(name, customSchema(resource, version));
    var list = schemas.putObject(name + "List").put("type", "object");
    var properties = list.putObject("properties");
    properties.putObject("apiVersion").put("type", "string");
    properties.putObject("kind").put("type", "string");
    properties.set("metadata", reference("ListMeta"));
    properties
        .putObject("items")
        .put("type", "array")
        .putObject("items")
        .put("$ref", REFERENCE + name);
    list.putArray("required").add("items");
    kindOf(list, resource, resource.kind() + "List");
    addType(META + "ObjectMeta");
    addType(META + "ListMeta");
    addType(META + "DeleteOptions");
    addType(META + "Status");
    addPaths(resource, name, false);
  }

  private ObjectNode customSchema(Resource resource, ObjectNode version) {
    var given = version.path("schema").path("openAPIV3Schema");
    var schema = given instanceof ObjectNode object ? object.deepCopy() : NODES.objectNode();
    complete(schema);
    if (!schema.has("type")) {
      schema.put("type", "object");
    }
    var properties = schema.withObjectProperty("properties");
    var described = described(META + "Status");
    for (var field : new String[] {"apiVersion", "kind"}) {
      properties
          .putObject(field)
          .put("type", "string")
          .put("description", described.path(field).asText(""));
    }
    properties.set("metadata", reference("ObjectMeta"));
    kindOf(schema, resource, resource.kind());
    return schema;
  }

  private ObjectNode reference(String metaType) {
    var reference = NODES.objectNode().put("description", "Standard object metadata.");
    reference.putArray("allOf").addObject().put("$ref", REFERENCE + META + metaType);
    return reference;
  }

  /// Says in plain OpenAPI what the extensions of structural schemas say.
  private static void complete(JsonNode tree) {
    if (tree instanceof ObjectNode object
        && object.path("x-kubernetes-int-or-string").asBoolean()
        && !object.has("anyOf")) {
      var anyOf = object.putArray("anyOf");
      anyOf.addObject().put("type", "integer");
      anyOf.addObject().put("type", "string");
    }
    tree.forEach(DocumentBuilder::complete);
  }

  private static void kindOf(ObjectNode schema, Resource resource, String kind) {
    schema.putArray("x-kubernetes-group-version-kind").add(groupVersionKind(resource, kind));
  }

  private static ObjectNode groupVersionKind(Resource resource, String kind) {
    return NODES
        .objectNode()
        .put("group", resource.group())
        .put("kind", kind)
        .put("version", resource.version());
  }

  /// Adds a built-in type and all it refers to.
  private void addType(String name) {
    if (schemas.has(name)) {
      return;
    }
    var schema = Schemas.builtIn().tree(name);
    schemas.set(name, schema);
    var described = described(name);
    if (!described.path("").asText("").isEmpty()) {
      schema.put("description", described.path("").asText());
    }
    for (var property : schema.path("properties").properties()) {
      var text = described.path(property.getKey()).asText("");
      if (!text.isEmpty() && property.getValue() instanceof ObjectNode declared) {
        declared.put("description", text);
      }
    }
    resolve(schema);
  }

  private JsonNode described(String name) {
    if (descriptions == null) {
      descriptions = Schemas.descriptions();
    }
    try {
      return JSON.readTree(descriptions.getOrDefault(name, "{}"));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Turns `ref` into references of OpenAPI, which may have no siblings.
  private void resolve(JsonNode tree) {
    if (!tree.isObject()) {
      return;
    }
    if (tree instanceof ObjectNode object && object.path("ref").isTextual()) {
      var name = object.remove("ref").asText();
      addType(name);
      if (object.isEmpty()) {
        object.put("$ref", REFERENCE + name);
      } else {
        object.putArray("allOf").addObject().put("$ref", REFERENCE + name);
      }
    }
    tree.path("properties").forEach(this::resolve);
    resolve(tree.path("items"));
    resolve(tree.path("additionalProperties"));
  }

  private void addPaths(Resource resource, String type, boolean strategic) {
    var root = "/" + resource.path();
    if (resource.namespaced()) {
      var all = paths.putObject(root + "/" + resource.plural());
      operation(all, "get", "list", resource, type);
      root += "/namespaces/{namespace}";
    }
    var collection = paths.putObject(root + "/" + resource.plural());
    operation(collection, "get", "list", resource, type);
    write(operation(collection, "post", "post", resource, type), false);
    operation(collection, "delete", "deletecollection", resource, type);
    var item = paths.putObject(root + "/" + resource.plural() + "/{name}");
    items(item, resource, type, strategic);
    operation(item, "delete", "delete", resource, type);
    for (var subresource : resource.subresources()) {
      if (subresource.equals("status")) {
        var path = paths.putObject(root + "/" + resource.plural() + "/{name}/status");
        items(path, resource, type, strategic);
      }
    }
  }

  private void items(ObjectNode path, Resource resource, String type, boolean strategic) {
    operation(path, "get", "get", resource, type);
    write(operation(path, "put", "put", resource, type), false);
    var patch = operation(path, "patch", "patch", resource, type);
    write(patch, true);
    var content = patch.putObject("requestBody").putObject("content");
    content.putObject("application/apply-patch+yaml");
    content.putObject("application/json-patch+json");
    content.putObject("application/merge-patch+json");
    if (strategic) {
      content.putObject("application/strategic-merge-patch+json");
    }
    content.forEach(each -> ((ObjectNode) each).putObject("schema").put("type", "object"));
  }

  private static ObjectNode operation(
      ObjectNode path, String method, String action, Resource resource, String type) {
    var operation = path.putObject(method).put("x-kubernetes-action", action);
    operation.set("x-kubernetes-group-version-kind", groupVersionKind(resource, resource.kind()));
    operation
        .putObject("responses")
        .putObject("200")
        .put("description", "OK")
        .putObject("content")
        .putObject("application/json")
        .putObject("schema")
        .put("$ref", REFERENCE + type);
    return operation;
  }

  /// The query parameters that kubectl looks for before it uses them.
  private static void write(ObjectNode operation, boolean patch) {
    var parameters = operation.putArray("parameters");
    parameter(parameters, "dryRun", "string");
    parameter(parameters, "fieldManager", "string");
    parameter(parameters, "fieldValidation", "string");
    if (patch) {
      parameter(parameters, "force", "boolean");
    }
  }

  private static void parameter(ArrayNode parameters, String name, String type) {
    parameters
        .addObject()
        .put("name", name)
        .put("in", "query")
        .putObject("schema")
        .put("type", type)
        .put("uniqueItems", true);
  }

  /// The document as JSON.
  @Override
  public String toString() {
    return document.toString();
  }
}
