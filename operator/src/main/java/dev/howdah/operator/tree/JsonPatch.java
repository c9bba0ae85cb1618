// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.tree;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;

/// Applies a JSON patch (RFC 6902) to a tree.
public final class JsonPatch {
  private JsonPatch() {}

  /// Applies all operations in order; the tree given is not changed.
  ///
  /// @throws IllegalArgumentException when the patch is none, or an operation doesn't fit, saying
  ///   which
  public static JsonNode apply(String patch, JsonNode document) {
    JsonNode operations;
    try {
      operations = Json.mapper().readTree(patch);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    }
    if (!operations.isArray()) {
      throw new IllegalArgumentException("a JSON patch is a list of operations");
    }
    JsonNode result = document.deepCopy();
    int index = 0;
    for (JsonNode operation : operations) {
      try {
        result = step(operation, result);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("operation %d: %s".formatted(index, e.getMessage()), e);
      }
      index++;
    }
    return result;
  }

  private static JsonNode step(JsonNode operation, JsonNode document) {
    String path = operation.path("path").asText("");
    String from = operation.path("from").asText("");
    return switch (operation.path("op").asText("")) {
      case "add" -> add(document, path, value(operation));
      case "remove" -> remove(document, path);
      case "replace" -> add(remove(document, path), path, value(operation));
      case "move" -> {
        JsonNode moved = get(document, from).deepCopy();
        yield add(remove(document, from), path, moved);
      }
      case "copy" -> add(document, path, get(document, from).deepCopy());
      case "test" -> {
        if (!get(document, path).equals(value(operation))) {
          throw new IllegalArgumentException("the test of " + path + " fails");
        }
        yield document;
      }
      default ->
          throw new IllegalArgumentException(
              "unknown op "
                  + operation.path("op")
                  + "; use add, remove, replace, move, copy, test");
    };
  }

  private static JsonNode value(JsonNode operation) {
    if (!operation.has("value")) {
      throw new IllegalArgumentException("it has no value");
    }
    return operation.get("value").deepCopy();
  }

  private static JsonNode get(JsonNode document, String path) {
    JsonNode found = path.isEmpty() ? document : document.at(path);
    if (found.isMissingNode()) {
      throw new IllegalArgumentException(path + " does not exist");
    }
    return found;
  }

  private static JsonNode add(JsonNode document, String path, JsonNode value) {
    if (path.isEmpty()) {
      return value;
    }
    int cut = path.lastIndexOf('/');
    String last = unescaped(path.substring(cut + 1));
    switch (get(document, path.substring(0, Math.max(cut, 0)))) {
      case ObjectNode map -> map.set(last, value);
      case ArrayNode list when last.equals("-") -> list.add(value);
      case ArrayNode list -> list.insert(index(last, list.size()), value);
      default -> throw new IllegalArgumentException(path + " is inside a plain value");
    }
    return document;
  }

  private static JsonNode remove(JsonNode document, String path) {
    get(document, path);
    int cut = path.lastIndexOf('/');
    String last = unescaped(path.substring(cut + 1));
    switch (get(document, path.substring(0, Math.max(cut, 0)))) {
      case ObjectNode map -> map.remove(last);
      case ArrayNode list -> list.remove(index(last, list.size() - 1));
      default -> throw new IllegalArgumentException(path + " can't be removed");
    }
    return document;
  }

  private static int index(String text, int greatest) {
    try {
      int index = Integer.parseInt(text);
      if (index >= 0 && index <= greatest) {
        return index;
      }
    } catch (NumberFormatException _) {
      // said below
    }
    throw new IllegalArgumentException(text + " is no index of the list");
  }

  private static String unescaped(String segment) {
    return segment.replace("~1", "/").replace("~0", "~");
  }
}
