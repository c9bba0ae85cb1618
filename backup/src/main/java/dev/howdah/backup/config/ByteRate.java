// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.config;

import java.util.Map;
import java.util.regex.Pattern;

/// Bytes a second as people write them: `20M`, `512Ki`.
public final class ByteRate {
  private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,11})([kMG]|Ki|Mi|Gi)?");
  private static final Map<String, Long> UNITS =
      Map.of(
          "k",
          1_000L,
          "M",
          1_000_000L,
          "G",
          1_000_000_000L,
          "Ki",
          1L << 10,
          "Mi",
          1L << 20,
          "Gi",
          1L << 30);

  private ByteRate() {}

  /// @param where it stands, for the message
  /// @throws IllegalArgumentException if it is none
  public static long parse(String text, String where) {
    var matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "%s: \"%s\" is no number of bytes a second; write it as 20M or 512Ki"
              .formatted(where, text));
    }
    var unit = matcher.group(2);
    return Math.multiplyExact(
        Long.parseLong(matcher.group(1)), unit == null ? 1L : UNITS.getOrDefault(unit, 1L));
  }
}
