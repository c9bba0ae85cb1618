// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.schema.Schema.Type;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Finds values of the wrong type in built-in kinds, which kube-apiserver decodes into Go structs
/// and so cannot even read; in the words of Go's JSON decoder.
final class GoTypes {
  private static final Pattern QUANTITY =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+|[KMGTPE]i|[numkMGTPE])?");
  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/\\r\\n]*={0,2}[\\r\\n]*");
  private static final String SECONDS = "2006-01-02T15:04:05Z07:00";
  private static final String MICROSECONDS = "2006-01-02T15:04:05.000000Z07:00";
  private static final Pattern WITH_MICROSECONDS =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}(Z|[+-]\\d\\d:\\d\\d)");

  private GoTypes() {}

  /// The first mismatch of an object with its type, or absent.
  static @Nullable String mismatch(ObjectNode object, Schema schema, String struct) {
    return fields(object, schema, struct, "");
  }

  private static @Nullable String fields(
      ObjectNode object, Schema schema, String struct, String path) {
    for (var entry : object.properties()) {
      var declared = schema.properties().get(entry.getKey());
      if (declared != null) {
        var at = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
        var found = value(entry.getValue(), declared, struct, at);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  private static @Nullable String value(JsonNode value, Schema schema, String struct, String path) {
    if (value.isNull() || schema.opaque()) {
      return null;
    }
    var type = simpleName(schema.typeName());
    return switch (type) {
      case "Time" -> time(value, struct, path, false);
      case "MicroTime" -> time(value, struct, path, true);
      case "Quantity" -> quantity(value);
      case "IntOrString" ->
          value.isTextual() || value.isIntegralNumber()
              ? null
              : wrong(value, struct, path, "int32");
      default -> plain(value, schema, struct, path);
    };
  }

  private static @Nullable String plain(JsonNode value, Schema schema, String struct, String path) {
    switch (schema.type()) {
      case OBJECT -> {
        if (!(value instanceof ObjectNode object)) {
          return wrong(value, struct, path, goType(schema));
        }
        var values = schema.additionalProperties();
        if (values != null) {
          for (var each : object) {
            var found = value(each, values, struct, path);
            if (found != null) {
              return found;
            }
          }
          return null;
        }
        var name = simpleName(schema.typeName());
        return fields(object, schema, name.isEmpty() ? struct : name, path);
      }
      case ARRAY -> {
        if (!(value instanceof ArrayNode array)) {
          return wrong(value, struct, path, goType(schema));
        }
        for (var each : array) {
          var found = value(each, schema.itemsOrAny(), struct, path);
          if (found != null) {
            return found;
          }
        }
        return null;
      }
      case STRING -> {
        if (!value.isTextual()) {
          return wrong(value, struct, path, goType(schema));
        }
        return schema.format().equals("byte") ? base64(value.asText()) : null;
      }
      case INTEGER -> {
        var fits =
            value.isIntegralNumber()
                && (schema.format().equals("int32")
                    ? value.canConvertToInt()
                    : value.canConvertToLong());
        return fits ? null : wrong(value, struct, path, goType(schema));
      }
      case NUMBER -> {
        return value.isNumber() ? null : wrong(value, struct, path, goType(schema));
      }
      case BOOLEAN -> {
        return value.isBoolean() ? null : wrong(value, struct, path, goType(schema));
      }
      case ANY -> {
        return null;
      }
    }
    return null;
  }

  private static String wrong(JsonNode value, String struct, String path, String goType) {
    var given =
        switch (value.getNodeType()) {
          case OBJECT -> "object";
          case ARRAY -> "array";
          case STRING -> "string";
          case BOOLEAN -> "bool";
          default -> goType.startsWith("int") ? "number " + value.asText() : "number";
        };
    return "json: cannot unmarshal %s into Go struct field %s.%s of type %s"
        .formatted(given, struct, path, goType);
  }

  private static String goType(Schema schema) {
    var name = schema.typeName();
    if (!name.isEmpty() && schema.type() == Type.OBJECT) {
      return goPackage(name) + simpleName(name);
    }
    return switch (schema.type()) {
      case OBJECT -> {
        var values = schema.additionalProperties();
        yield "map[string]" + (values == null ? "interface {}" : goType(values));
      }
      case ARRAY -> "[]" + goType(schema.itemsOrAny());
      case STRING -> schema.format().equals("byte") ? "[]uint8" : "string";
      case INTEGER -> schema.format().isEmpty() ? "int64" : schema.format();
      case NUMBER -> "float64";
      case BOOLEAN -> "bool";
      case ANY -> "interface {}";
    };
  }

  private static String goPackage(String typeName) {
    var parts = typeName.split("\\.");
    return parts[parts.length - 2] + ".";
  }

  private static String simpleName(String typeName) {
    return typeName.substring(typeName.lastIndexOf('.') + 1);
  }

  private static @Nullable String time(
      JsonNode value, String struct, String path, boolean microseconds) {
    if (!value.isTextual()) {
      return wrong(value, struct, path, "string");
    }
    var text = value.asText();
    var layout = microseconds ? MICROSECONDS : SECONDS;
    try {
      OffsetDateTime.parse(text);
      if (microseconds && !WITH_MICROSECONDS.matcher(text).matches()) {
        var rest = text.length() > 19 ? text.substring(19) : "";
        return "parsing time \"%s\" as \"%s\": cannot parse \"%s\" as \".000000\""
            .formatted(text, layout, rest);
      }
      return null;
    } catch (DateTimeException e) {
      return "parsing time \"%s\" as \"%s\": cannot parse \"%s\" as \"2006\""
          .formatted(text, layout, text);
    }
  }

  private static @Nullable String quantity(JsonNode value) {
    if (value.isNumber() || (value.isTextual() && QUANTITY.matcher(value.asText()).matches())) {
      return null;
    }
    return "quantities must match the regular expression"
        + " '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  }

  private static @Nullable String base64(String text) {
    var stripped = text.replaceAll("[\\r\\n]", "");
    if (BASE64.matcher(text).matches() && stripped.length() % 4 == 0) {
      return null;
    }
    var good = 0;
    while (good < text.length() && BASE64.matcher(text.substring(good, good + 1)).matches()) {
      good++;
    }
    return "illegal base64 data at input byte " + good;
  }
}
