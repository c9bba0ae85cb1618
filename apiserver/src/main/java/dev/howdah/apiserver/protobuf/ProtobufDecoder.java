// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.protobuf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads bodies of type `application/vnd.kubernetes.protobuf`: the bytes `k8s\0`, then a
/// `runtime.Unknown` that names the kind and carries the object.
public final class ProtobufDecoder {
  private static final byte[] MAGIC = {'k', '8', 's', 0};
  private static final String META = "k8s.io.apimachinery.pkg.apis.meta.v1";
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final JsonMapper JSON = new JsonMapper();
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter MICROSECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  /// From the year 1 to the year 9999.
  private static final long FIRST_SECOND = -62_135_596_800L;

  private static final long LAST_SECOND = 253_402_300_799L;

  private ProtobufDecoder() {}

  /// The object in the body, as it would be in JSON. Throws [IllegalArgumentException] for what is
  /// not such a body or holds an unknown kind.
  public static ObjectNode decode(byte[] body) {
    if (!Arrays.equals(body, 0, Math.min(4, body.length), MAGIC, 0, 4)) {
      throw new IllegalArgumentException("the body lacks the prefix of Kubernetes' protobuf");
    }
    var apiVersion = "";
    var kind = "";
    var raw = new byte[0];
    var unknown = new Wire(Arrays.copyOfRange(body, 4, body.length));
    while (unknown.next()) {
      switch (unknown.number()) {
        case 1 -> {
          var type = unknown.message();
          while (type.next()) {
            switch (type.number()) {
              case 1 -> apiVersion = type.text();
              case 2 -> kind = type.text();
              default -> type.skip();
            }
          }
        }
        case 2 -> raw = unknown.bytes();
        default -> unknown.skip();
      }
    }
    var object = NODES.objectNode().put("kind", kind).put("apiVersion", apiVersion);
    read(new Wire(raw), fieldsOf(apiVersion, kind), object);
    return object;
  }

  private static Map<Integer, Messages.Field> fieldsOf(String apiVersion, String kind) {
    var slash = apiVersion.indexOf('/');
    var group = slash < 0 ? "core" : apiVersion.substring(0, slash);
    var shortGroup = group.endsWith(".k8s.io") ? group.substring(0, group.indexOf('.')) : group;
    var name = "k8s.io.api." + shortGroup + "." + apiVersion.substring(slash + 1) + "." + kind;
    var fields = Messages.fields(name);
    // Options of requests carry the group of the request.
    fields = fields == null ? Messages.fields(META + "." + kind) : fields;
    if (fields == null) {
      throw new IllegalArgumentException(
          "no kind \"%s\" is registered for version \"%s\" in protocol buffers; send JSON"
              .formatted(kind, apiVersion));
    }
    return fields;
  }

  private static void read(Wire wire, Map<Integer, Messages.Field> fields, ObjectNode into) {
    while (wire.next()) {
      var field = fields.get(wire.number());
      if (field == null) {
        wire.skip();
      } else if (field.inlined()) {
        read(wire.message(), known(field.message()), into);
      } else if (field.map()) {
        readEntry(wire.message(), field, into.withObjectProperty(field.name()));
      } else if (field.repeated()) {
        readItems(wire, field, into);
      } else {
        var value = value(wire, field);
        if (value != null && (field.pointer() || !field.omitEmpty() || !isZero(value))) {
          into.set(field.name(), value);
        }
      }
    }
  }

  private static void readItems(Wire wire, Messages.Field field, ObjectNode into) {
    var items = into.withArrayProperty(field.name());
    if (wire.type() == Wire.BYTES && field.kind() == Messages.Kind.INTEGER) {
      for (var packed = wire.message(); !packed.isEmpty(); ) {
        items.add(packed.varint());
      }
      return;
    }
    var value = value(wire, field);
    items.add(value == null ? NODES.nullNode() : value);
  }

  private static void readEntry(Wire entry, Messages.Field field, ObjectNode into) {
    var key = "";
    JsonNode value = null;
    while (entry.next()) {
      switch (entry.number()) {
        case 1 -> key = entry.text();
        case 2 -> value = value(entry, field);
        default -> entry.skip();
      }
    }
    into.set(key, value == null ? NODES.textNode("") : value);
  }

  private static boolean isZero(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> value.asText().isEmpty();
      case NUMBER -> value.asDouble() == 0;
      case BOOLEAN -> !value.asBoolean();
      case OBJECT, ARRAY -> value.isEmpty();
      default -> false;
    };
  }

  private static @Nullable JsonNode value(Wire wire, Messages.Field field) {
    return switch (field.kind()) {
      case STRING -> NODES.textNode(wire.text());
      case BOOL -> NODES.booleanNode(wire.varint() != 0);
      case BYTES -> NODES.textNode(Base64.getEncoder().encodeToString(wire.bytes()));
      case DOUBLE -> NODES.numberNode(Double.longBitsToDouble(wire.fixed(8)));
      case INTEGER -> NODES.numberNode(wire.varint());
      case MESSAGE -> message(wire.message(), field.message());
    };
  }

  private static Map<Integer, Messages.Field> known(String message) {
    var fields = Messages.fields(message);
    if (fields == null) {
      throw new IllegalArgumentException("no fields are known of " + message);
    }
    return fields;
  }

  /// Messages that JSON writes otherwise than as an object, then all others.
  private static @Nullable JsonNode message(Wire wire, String name) {
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "Time" -> time(wire, SECONDS);
      case "MicroTime" -> time(wire, MICROSECONDS);
      case "Quantity" -> scalar(wire);
      case "IntOrString" -> intOrString(wire);
      case "RawExtension", "FieldsV1" -> raw(wire);
      case "ExtraValue" -> {
        var items = NODES.arrayNode();
        while (wire.next()) {
          items.add(wire.text());
        }
        yield items;
      }
      default -> {
        var object = NODES.objectNode();
        read(wire, known(name), object);
        yield object;
      }
    };
  }

  private static @Nullable JsonNode time(Wire wire, DateTimeFormatter format) {
    if (wire.isEmpty()) {
      return null;
    }
    var seconds = 0L;
    var nanos = 0L;
    while (wire.next()) {
      switch (wire.number()) {
        case 1 -> seconds = wire.varint();
        case 2 -> nanos = wire.varint();
        default -> wire.skip();
      }
    }
    if (seconds < FIRST_SECOND || seconds > LAST_SECOND || nanos < 0 || nanos >= 1_000_000_000) {
      throw new IllegalArgumentException("a time is out of range");
    }
    return NODES.textNode(format.format(Instant.ofEpochSecond(seconds, nanos)));
  }

  private static JsonNode scalar(Wire wire) {
    var text = "0";
    while (wire.next()) {
      text = wire.text();
    }
    return NODES.textNode(text.isEmpty() ? "0" : text);
  }

  private static JsonNode intOrString(Wire wire) {
    var isText = false;
    var number = 0;
    var text = "";
    while (wire.next()) {
      switch (wire.number()) {
        case 1 -> isText = wire.varint() == 1;
        case 2 -> number = (int) wire.varint();
        case 3 -> text = wire.text();
        default -> wire.skip();
      }
    }
    return isText ? NODES.textNode(text) : NODES.numberNode(number);
  }

  private static @Nullable JsonNode raw(Wire wire) {
    JsonNode result = null;
    while (wire.next()) {
      try {
        result = JSON.readTree(wire.bytes());
      } catch (IOException e) {
        throw new IllegalArgumentException("embedded JSON is malformed: " + e.getMessage(), e);
      }
    }
    return result;
  }
}
