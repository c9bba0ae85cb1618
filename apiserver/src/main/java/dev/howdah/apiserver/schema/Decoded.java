// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// A request body as a tree, with the paths of fields that it gives twice (the last one wins).
public record Decoded(JsonNode tree, List<String> duplicates) {
  /// How deep objects may be nested, however they are made.
  public static final int MAX_DEPTH = 500;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .build();

  /// Up to here every integer has its own double.
  private static final double EXACT = 1L << 53;

  private static final class Yaml {
    static final YAMLFactory FACTORY = new YAMLFactory();
  }

  /// Reads JSON; the exception's message says where it is malformed.
  public static Decoded json(byte[] body) throws IOException {
    try (var parser = JSON.createParser(body)) {
      return read(parser);
    }
  }

  /// Reads YAML, of which JSON is a part and quicker to read as such.
  public static Decoded yaml(byte[] body) throws IOException {
    for (var first : body) {
      if (first == '{') {
        try {
          return json(body);
        } catch (IOException _) {
          break; // braces of YAML
        }
      } else if (first > ' ') {
        break;
      }
    }
    try (var parser = Yaml.FACTORY.createParser(body)) {
      return read(parser);
    }
  }

  private static Decoded read(JsonParser parser) throws IOException {
    var duplicates = new LinkedHashSet<String>();
    var token = parser.nextToken();
    if (token == null) {
      throw new IOException("the body is empty");
    }
    var tree = value(parser, token, "", duplicates);
    return new Decoded(tree, List.copyOf(duplicates));
  }

  private static JsonNode value(
      JsonParser parser, JsonToken token, String path, Set<String> duplicates) throws IOException {
    var nodes = JsonNodeFactory.instance;
    return switch (token) {
      case START_OBJECT -> object(parser, path, duplicates);
      case START_ARRAY -> {
        var array = nodes.arrayNode();
        for (var next = parser.nextToken();
            next != JsonToken.END_ARRAY;
            next = parser.nextToken()) {
          array.add(value(parser, next, path + "[" + array.size() + "]", duplicates));
        }
        yield array;
      }
      case VALUE_STRING -> nodes.textNode(parser.getText());
      case VALUE_TRUE -> nodes.booleanNode(true);
      case VALUE_FALSE -> nodes.booleanNode(false);
      case VALUE_NULL -> nodes.nullNode();
      case VALUE_NUMBER_INT ->
          switch (parser.getNumberType()) {
            case INT -> nodes.numberNode(parser.getIntValue());
            case LONG -> nodes.numberNode(parser.getLongValue());
            default -> nodes.numberNode(parser.getBigIntegerValue());
          };
      case VALUE_NUMBER_FLOAT -> {
        // 6.0 is the integer 6, as in Go.
        var number = parser.getDoubleValue();
        yield number == Math.rint(number) && Math.abs(number) < EXACT
            ? nodes.numberNode((long) number)
            : nodes.numberNode(number);
      }
      default -> throw new IOException("unexpected " + token + " at " + path);
    };
  }

  private static JsonNode object(JsonParser parser, String path, Set<String> duplicates)
      throws IOException {
    var object = JsonNodeFactory.instance.objectNode();
    for (var name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      var at = path.isEmpty() ? name : path + "." + name;
      if (object.has(name)) {
        duplicates.add(at);
      }
      object.set(name, value(parser, parser.nextToken(), at, duplicates));
    }
    return object;
  }
}
