// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;

/// Makes the structural schema of a record from its components and their [Field] and [Cel].
final class SchemaOfRecord {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final SchemaOfKubernetesType kubernetes = new SchemaOfKubernetesType();

  ObjectNode of(Class<?> record) {
    ObjectNode schema = NODES.objectNode();
    schema.put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    ArrayNode required = NODES.arrayNode();
    for (RecordComponent component : record.getRecordComponents()) {
      Field field = component.getAnnotation(Field.class);
      if (field == null) {
        throw new IllegalStateException(record + "." + component.getName() + " lacks @Field");
      }
      properties.set(jsonName(component), ofComponent(component, field));
      if (field.required()) {
        required.add(jsonName(component));
      }
    }
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
    addRules(schema, record);
    return schema;
  }

  static String jsonName(RecordComponent component) {
    JsonProperty named = component.getAccessor().getAnnotation(JsonProperty.class);
    return named == null ? component.getName() : named.value();
  }

  private ObjectNode ofComponent(RecordComponent component, Field field) {
    ObjectNode described = NODES.objectNode();
    described.put("description", field.value() + ".");
    described.setAll(ofType(component.getGenericType()));
    ObjectNode bounded = scalarWithin(described);
    bounds(bounded, field);
    if (field.minItems() > 0) {
      described.put("minItems", field.minItems());
    }
    if (field.maxItems() > 0) {
      described.put(isList(described) ? "maxItems" : "maxProperties", field.maxItems());
    }
    if (!field.defaultsTo().isEmpty()) {
      described.set("default", defaultOf(described, field.defaultsTo()));
    }
    merging(described, field);
    addRules(described, component);
    return described;
  }

  private static void bounds(ObjectNode schema, Field field) {
    if (field.oneOf().length > 0) {
      ArrayNode values = schema.putArray("enum");
      List.of(field.oneOf()).forEach(values::add);
    }
    if (field.min() != Long.MIN_VALUE) {
      schema.put("minimum", field.min());
    }
    if (field.max() != Long.MAX_VALUE) {
      schema.put("maximum", field.max());
    }
    if (field.minLength() > 0) {
      schema.put("minLength", field.minLength());
    }
    if (field.maxLength() > 0) {
      schema.put("maxLength", field.maxLength());
    }
    if (!field.pattern().isEmpty()) {
      schema.put("pattern", field.pattern());
    }
    if (!field.format().isEmpty()) {
      schema.put("format", field.format());
    }
  }

  private static void merging(ObjectNode schema, Field field) {
    if (field.mapKeys().length > 0) {
      schema.put("x-kubernetes-list-type", "map");
      ArrayNode keys = schema.putArray("x-kubernetes-list-map-keys");
      List.of(field.mapKeys()).forEach(keys::add);
    } else if (field.set()) {
      schema.put("x-kubernetes-list-type", "set");
    } else if (field.atomic()) {
      schema.put(isList(schema) ? "x-kubernetes-list-type" : "x-kubernetes-map-type", "atomic");
    }
  }

  private static void addRules(ObjectNode schema, AnnotatedElement place) {
    for (Cel cel : place.getAnnotationsByType(Cel.class)) {
      ObjectNode rule = schema.withArray("x-kubernetes-validations").addObject();
      rule.put("rule", cel.value());
      rule.put("message", cel.message());
      if (!cel.at().isEmpty()) {
        rule.put("fieldPath", cel.at());
      }
    }
  }

  private static JsonNode defaultOf(ObjectNode schema, String text) {
    if ("string".equals(schema.path("type").asText())) {
      return NODES.textNode(text);
    }
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not a default: " + text, e);
    }
  }

  ObjectNode ofType(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      if (generic.getRawType() == List.class) {
        ObjectNode list = NODES.objectNode().put("type", "array");
        list.set("items", ofType(arguments[0]));
        return list;
      }
      if (generic.getRawType() == Map.class) {
        ObjectNode map = NODES.objectNode().put("type", "object");
        map.set("additionalProperties", ofType(arguments[1]));
        return map;
      }
      throw new IllegalStateException("no schema for " + type);
    }
    Class<?> plain = (Class<?>) type;
    return plain.isRecord() ? of(plain) : kubernetes.of(plain);
  }

  private static boolean isList(ObjectNode schema) {
    return "array".equals(schema.path("type").asText());
  }

  /// The schema that bounds of a field concern: its own, or that of a list's or map's items.
  private static ObjectNode scalarWithin(ObjectNode schema) {
    for (String inner : List.of("items", "additionalProperties")) {
      String type = schema.path(inner).path("type").asText("object");
      if (!type.equals("object") && !type.equals("array")) {
        return (ObjectNode) schema.get(inner);
      }
    }
    return schema;
  }
}
