// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.read;

import dev.howdah.apiserver.failure.ApiException;

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
        "resourceVersion: Invalid value: \"" + version + "\": must be a whole number");
  }
}
