// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.patch;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.schema.Decoded;
import dev.howdah.apiserver.schema.JsonValues;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// JSON patch (RFC 6902): a list of operations, all applied or none.
public final class JsonPatch {
  /// The most operations one patch may hold, as in kube-apiserver.
  private static final int MAX_OPERATIONS = 10_000;

  /// How much copies may add in all, as in kube-apiserver: each could double the object.
  private static final int MAX_COPIED = 3 * 1024 * 1024;

  private final JsonNode patch;
  private JsonNode document;
  private long copied;

  private JsonPatch(JsonNode patch, JsonNode document) {
    this.patch = patch;
    this.document = document;
  }

  /// Returns the object with the operations applied; neither argument is changed.
  public static ObjectNode apply(ObjectNode object, JsonNode patch) {
    return new JsonPatch(patch, object.deepCopy()).run();
  }

  private ObjectNode run() {
    if (!(patch instanceof ArrayNode operations)) {
      throw PatchFailure.badRequest("the body of a JSON patch must be an array of operations");
    }
    if (operations.size() > MAX_OPERATIONS) {
      throw new PatchFailure(
          413,
          "RequestEntityTooLarge",
          "The allowed maximum operations in a JSON patch is %d, got %d"
              .formatted(MAX_OPERATIONS, operations.size()),
          List.of());
    }
    for (var operation : operations) {
      document = step(operation);
    }
    if (document instanceof ObjectNode result) {
      return result;
    }
    throw PatchFailure.unprocessable("the patched document is not an object");
  }

  private JsonNode step(JsonNode operation) {
    var path = pointer(operation, "path");
    return switch (operation.path("op").asText()) {
      case "add" -> add(document, path, value(operation));
      case "remove" -> remove(document, path);
      case "replace" -> replace(document, path, value(operation));
      case "move" -> move(document, pointer(operation, "from"), path);
      case "copy" -> add(document, path, copy(get(document, pointer(operation, "from"), "copy")));
      case "test" -> test(document, path, operation.get("value"));
      default ->
          throw PatchFailure.badRequest(
              "Unexpected kind: " + operation.path("op").asText() + " of JSON patch operation");
    };
  }

  private JsonNode copy(JsonNode value) {
    copied += Json.bytes(value).length;
    if (copied > MAX_COPIED) {
      throw PatchFailure.unprocessable(
          "Unable to complete the copy, the accumulated size increase of copy is %d, exceeding the limit %d"
              .formatted(copied, MAX_COPIED));
    }
    return value.deepCopy();
  }

  private static JsonPointer pointer(JsonNode operation, String name) {
    var text = operation.get(name);
    if (text == null || !text.isTextual()) {
      throw PatchFailure.badRequest("a JSON patch operation lacks \"" + name + "\"");
    }
    try {
      return JsonPointer.compile(text.asText());
    } catch (IllegalArgumentException e) {
      throw PatchFailure.unprocessable("invalid JSON pointer: " + text.asText());
    }
  }

  private static JsonNode value(JsonNode operation) {
    var value = operation.get("value");
    if (value == null) {
      throw PatchFailure.badRequest("a JSON patch operation lacks \"value\"");
    }
    return value.deepCopy();
  }

  private static JsonNode get(JsonNode document, JsonPointer path, String op) {
    var found = document.at(path);
    if (found.isMissingNode()) {
      throw missing(op, path);
    }
    return found;
  }

  private static JsonNode add(JsonNode document, JsonPointer path, JsonNode value) {
    if (path.matches()) {
      return value;
    }
    checkDepth(path, value);
    var last = path.last().getMatchingProperty();
    switch (get(document, path.head(), "add")) {
      case ObjectNode parent -> parent.set(last, value);
      case ArrayNode parent -> parent.insert(index(parent, path, "add", true), value);
      default -> throw missing("add", path);
    }
    return document;
  }

  private static void checkDepth(JsonPointer path, JsonNode value) {
    if (depth(path) + depth(value) > Decoded.MAX_DEPTH) {
      throw PatchFailure.unprocessable(
          "the patched document is nested more than %d levels deep".formatted(Decoded.MAX_DEPTH));
    }
  }

  private static int depth(JsonPointer path) {
    var depth = 0;
    for (var at = path; !at.matches(); at = at.tail()) {
      depth++;
    }
    return depth;
  }

  private static int depth(JsonNode value) {
    return value.isContainerNode()
        ? 1 + value.valueStream().mapToInt(JsonPatch::depth).max().orElse(0)
        : 0;
  }

  private static JsonNode remove(JsonNode document, JsonPointer path) {
    get(document, path, "remove");
    switch (document.at(path.head())) {
      case ObjectNode parent -> parent.remove(path.last().getMatchingProperty());
      case ArrayNode parent -> parent.remove(index(parent, path, "remove", false));
      default -> throw missing("remove", path);
    }
    return document;
  }

  private static JsonNode replace(JsonNode document, JsonPointer path, JsonNode value) {
    get(document, path, "replace");
    if (path.matches()) {
      return value;
    }
    checkDepth(path, value);
    switch (document.at(path.head())) {
      case ObjectNode parent -> parent.set(path.last().getMatchingProperty(), value);
      case ArrayNode parent -> parent.set(index(parent, path, "replace", false), value);
      default -> throw missing("replace", path);
    }
    return document;
  }

  private static JsonNode move(JsonNode document, JsonPointer from, JsonPointer path) {
    var value = get(document, from, "move");
    return add(remove(document, from), path, value);
  }

  private static JsonNode test(JsonNode document, JsonPointer path, @Nullable JsonNode expected) {
    var actual = document.at(path);
    var same =
        expected == null || expected.isNull()
            ? actual.isMissingNode() || actual.isNull()
            : JsonValues.same(actual, expected);
    if (!same) {
      throw PatchFailure.unprocessable("testing value " + path + " failed: test failed");
    }
    return document;
  }

  private static int index(ArrayNode array, JsonPointer path, String op, boolean atEnd) {
    var last = path.last();
    if (atEnd && last.getMatchingProperty().equals("-")) {
      return array.size();
    }
    var index = last.getMatchingIndex();
    if (index < 0 || index > array.size() || (index == array.size() && !atEnd)) {
      throw missing(op, path);
    }
    return index;
  }

  private static PatchFailure missing(String op, JsonPointer path) {
    return PatchFailure.unprocessable(
        "%s operation does not apply: doc is missing path: \"%s\": missing value"
            .formatted(op, path));
  }
}
