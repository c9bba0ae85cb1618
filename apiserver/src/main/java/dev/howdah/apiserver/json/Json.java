// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;

/// Reads and writes JSON.
public final class Json {
  private static final JsonMapper MAPPER = new JsonMapper();

  private Json() {}

  /// A new object.
  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /// A new list of texts.
  public static ArrayNode texts(Collection<String> values) {
    var list = JsonNodeFactory.instance.arrayNode(values.size());
    values.forEach(list::add);
    return list;
  }

  /// An object of ours, which is known to be well-formed.
  public static ObjectNode parse(byte[] json) {
    try {
      return (ObjectNode) MAPPER.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Any JSON, with the parser's complaint.
  public static JsonNode read(byte[] json) throws IOException {
    return MAPPER.readTree(json);
  }

  /// The tree as JSON in one line.
  public static byte[] bytes(JsonNode tree) {
    try {
      return MAPPER.writeValueAsBytes(tree);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree that is no JSON", e);
    }
  }
}
