// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Makes the structural schema of a type of Kubernetes itself from the client's class for it; what
/// the class doesn't say (required fields, how lists merge) is in `kubernetes-shapes.txt`.
final class SchemaOfKubernetesType {
  static final String QUANTITY =
      "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]"
          + "|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$";

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final Map<Class<?>, String> SCALARS =
      Map.of(
          String.class, "string",
          Integer.class, "integer",
          Long.class, "integer",
          Boolean.class, "boolean",
          Double.class, "number");

  private final Map<String, String> shapes = readShapes();

  ObjectNode of(Class<?> type) {
    if (SCALARS.containsKey(type)) {
      ObjectNode scalar = NODES.objectNode().put("type", SCALARS.get(type));
      if (type == Integer.class) {
        scalar.put("format", "int32");
      } else if (type == Long.class) {
        scalar.put("format", "int64");
      }
      return scalar;
    }
    if (type == Quantity.class) {
      return intOrString().put("pattern", QUANTITY);
    }
    if (type == IntOrString.class) {
      return intOrString();
    }
    return type == ObjectMeta.class ? metadata() : object(type);
  }

  private static ObjectNode intOrString() {
    ObjectNode schema = NODES.objectNode();
    ArrayNode either = schema.putArray("anyOf");
    either.addObject().put("type", "integer");
    either.addObject().put("type", "string");
    return schema.put("x-kubernetes-int-or-string", true);
  }

  /// The metadata of an object made from a template: what a person may set there.
  private static ObjectNode metadata() {
    ObjectNode schema = NODES.objectNode().put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    properties.putObject("name").put("type", "string");
    properties.putObject("namespace").put("type", "string");
    for (String map : List.of("labels", "annotations")) {
      ObjectNode property = properties.putObject(map).put("type", "object");
      property.putObject("additionalProperties").put("type", "string");
    }
    ObjectNode finalizers = properties.putObject("finalizers").put("type", "array");
    finalizers.putObject("items").put("type", "string");
    return schema;
  }

  private ObjectNode object(Class<?> type) {
    ObjectNode schema = NODES.objectNode().put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    ArrayNode required = NODES.arrayNode();
    for (var field : type.getDeclaredFields()) {
      JsonProperty named = field.getAnnotation(JsonProperty.class);
      if (named == null || Modifier.isStatic(field.getModifiers())) {
        continue;
      }
      ObjectNode property = ofField(field.getGenericType());
      String shape = shapes.getOrDefault(type.getSimpleName() + "." + named.value(), "");
      if (shape.contains("required")) {
        required.add(named.value());
      }
      merging(property, shape);
      properties.set(named.value(), property);
    }
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
    merging(schema, shapes.getOrDefault(type.getSimpleName() + ".-", ""));
    if (properties.isEmpty()) {
      throw new IllegalStateException("no fields in " + type);
    }
    return schema;
  }

  private ObjectNode ofField(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      boolean list = generic.getRawType() == List.class;
      ObjectNode schema = NODES.objectNode().put("type", list ? "array" : "object");
      schema.set(list ? "items" : "additionalProperties", ofField(arguments[list ? 0 : 1]));
      return schema;
    }
    return of((Class<?>) type);
  }

  private static void merging(ObjectNode schema, String shape) {
    for (String word : shape.split(" ")) {
      if (word.startsWith("default=")) {
        schema.put("default", word.substring("default=".length()));
      } else if (word.equals("map=atomic")) {
        schema.put("x-kubernetes-map-type", "atomic");
      } else if (word.startsWith("list=map:")) {
        schema.put("x-kubernetes-list-type", "map");
        ArrayNode keys = schema.putArray("x-kubernetes-list-map-keys");
        List.of(word.substring("list=map:".length()).split(",")).forEach(keys::add);
      } else if (word.startsWith("list=")) {
        schema.put("x-kubernetes-list-type", word.substring("list=".length()));
      }
    }
  }

  private static Map<String, String> readShapes() {
    try (var in = SchemaOfKubernetesType.class.getResourceAsStream("/kubernetes-shapes.txt");
        var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .filter(line -> !line.startsWith("#") && !line.isBlank())
          .collect(
              Collectors.toMap(
                  line -> line.substring(0, line.indexOf(' ')),
                  line -> line.substring(line.indexOf(' ') + 1)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
