// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.json.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// JSON trees of Kubernetes objects, and the few fields that every one of them has.
public final class Json {
  private Json() {}

  /// Made when it is first wanted: a program that only reads and writes trees does without it.
  private static final class Mapper {
    static final JsonMapper SHARED = JsonMapper.builder().build();
  }

  /// What turns trees into other types. It costs some megabytes, which each instance manager would
  /// have to pay: there, [#read] and [#bytes] are enough.
  public static JsonMapper mapper() {
    return Mapper.SHARED;
  }

  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /// An object with its identity filled in; an empty namespace is left out.
  public static ObjectNode object(Resource resource, String namespace, String name) {
    ObjectNode object = object();
    object.put("apiVersion", resource.apiVersion()).put("kind", resource.kind());
    ObjectNode metadata = object.putObject("metadata").put("name", name);
    if (!namespace.isEmpty()) {
      metadata.put("namespace", namespace);
    }
    return object;
  }

  /// Any JSON text.
  public static JsonNode read(String text) throws IOException {
    return Trees.read(text);
  }

  /// Any JSON text.
  public static JsonNode read(byte[] text) throws IOException {
    return Trees.read(text);
  }

  public static ObjectNode parse(String text) throws IOException {
    return asObject(read(text));
  }

  public static ObjectNode parse(byte[] text) throws IOException {
    return asObject(read(text));
  }

  public static byte[] bytes(JsonNode node) {
    try {
      return Trees.bytes(node);
    } catch (IOException e) {
      throw new IllegalStateException("a tree always has a text", e);
    }
  }

  /// The JSON text of a tree.
  public static String text(JsonNode node) {
    return new String(bytes(node), StandardCharsets.UTF_8);
  }

  public static String name(JsonNode object) {
    return object.path("metadata").path("name").asText("");
  }

  public static String namespace(JsonNode object) {
    return object.path("metadata").path("namespace").asText("");
  }

  public static String uid(JsonNode object) {
    return object.path("metadata").path("uid").asText("");
  }

  public static String resourceVersion(JsonNode object) {
    return object.path("metadata").path("resourceVersion").asText("");
  }

  /// A label's value, empty where it is missing.
  public static String label(JsonNode object, String key) {
    return object.path("metadata").path("labels").path(key).asText("");
  }

  /// An annotation's value, empty where it is missing.
  public static String annotation(JsonNode object, String key) {
    return object.path("metadata").path("annotations").path(key).asText("");
  }

  private static ObjectNode asObject(JsonNode node) throws IOException {
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new IOException("not a JSON object");
  }
}
