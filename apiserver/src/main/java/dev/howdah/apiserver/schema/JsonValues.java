// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/// Equality of JSON values by meaning: `1`, `1L` and `1.0` are the same number, which Jackson's
/// `equals` denies.
public final class JsonValues {
  private JsonValues() {}

  /// Whether two values mean the same; the order of an object's fields does not matter.
  public static boolean same(@Nullable JsonNode a, @Nullable JsonNode b) {
    if (a == b) {
      return true;
    }
    if (a == null || b == null) {
      return false;
    }
    return switch (a) {
      case ObjectNode left -> b instanceof ObjectNode right && sameFields(left, right);
      case ArrayNode left -> b instanceof ArrayNode right && sameItems(left, right);
      default -> a.isNumber() && b.isNumber() ? sameNumber(a, b) : a.equals(b);
    };
  }

  private static boolean sameFields(ObjectNode left, ObjectNode right) {
    if (left.size() != right.size()) {
      return false;
    }
    for (var entry : left.properties()) {
      var other = right.get(entry.getKey());
      if (other == null || !same(entry.getValue(), other)) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameItems(ArrayNode left, ArrayNode right) {
    if (left.size() != right.size()) {
      return false;
    }
    for (var i = 0; i < left.size(); i++) {
      if (!same(left.get(i), right.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameNumber(JsonNode a, JsonNode b) {
    return a.canConvertToLong()
            && b.canConvertToLong()
            && a.canConvertToExactIntegral()
            && b.canConvertToExactIntegral()
        ? a.longValue() == b.longValue()
        : a.decimalValue().compareTo(b.decimalValue()) == 0;
  }
}
