// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.read;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.schema.FieldError;

/// Reads resource versions.
final class Revisions {
  private Revisions() {}

  /// The number, or 0 when none is given ("any").
  static long parse(String version) {
    try {
      var number = version.isEmpty() ? 0 : Long.parseLong(version);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException _) {
      // as any other bad one
    }
    throw ApiException.badRequest(
        "invalid resource version: resourceVersion: Invalid value: \""
            + version
            + "\": must be a whole number");
  }

  /// 422: the parameter `resourceVersionMatch` does not go with the others.
  static ApiException matchForbidden(String why) {
    return ApiException.invalidOption(
        "ListOptions",
        new FieldError("resourceVersionMatch", FieldError.Type.FORBIDDEN, null, why));
  }

  /// Checks the parameter `resourceVersionMatch` of a list.
  static void checkMatch(String match, String version) {
    if (match.isEmpty()) {
      return;
    }
    if (!match.equals("Exact") && !match.equals("NotOlderThan")) {
      throw ApiException.invalidOption(
          "ListOptions",
          new FieldError(
              "resourceVersionMatch",
              FieldError.Type.NOT_SUPPORTED,
              TextNode.valueOf(match),
              "supported values: \"Exact\", \"NotOlderThan\", \"\""));
    }
    if (version.isEmpty()) {
      throw matchForbidden("resourceVersionMatch is forbidden unless resourceVersion is provided");
    }
    if (match.equals("Exact") && version.equals("0")) {
      throw matchForbidden("resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\"");
    }
  }
}
