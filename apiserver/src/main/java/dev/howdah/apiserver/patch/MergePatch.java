// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/// JSON merge patch (RFC 7386): null removes, objects merge, all else replaces.
public final class MergePatch {
  private MergePatch() {}

  /// Returns the object with the patch applied; neither argument is changed.
  public static ObjectNode apply(ObjectNode object, JsonNode patch) {
    if (!(patch instanceof ObjectNode fields)) {
      throw PatchFailure.badRequest("the body of a merge patch must be a JSON object");
    }
    return merge(object, fields);
  }

  private static ObjectNode merge(@Nullable JsonNode target, ObjectNode patch) {
    var result =
        target instanceof ObjectNode object
            ? object.deepCopy()
            : JsonNodeFactory.instance.objectNode();
    for (var entry : patch.properties()) {
      var value = entry.getValue();
      if (value.isNull()) {
        result.remove(entry.getKey());
      } else if (value instanceof ObjectNode nested) {
        result.set(entry.getKey(), merge(result.get(entry.getKey()), nested));
      } else {
        result.set(entry.getKey(), value.deepCopy());
      }
    }
    return result;
  }
}
