// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.table;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;

/// Times as kubectl users read them: how long ago, in at most two units.
final class Ages {
  static final String UNKNOWN = "<unknown>";
  private static final int DAY = 24;
  private static final int YEAR = 365;

  private Ages() {}

  /// How long ago a timestamp was; `<unknown>` without one.
  static String since(String timestamp, Instant now) {
    if (timestamp.isEmpty() || timestamp.equals("null")) {
      return UNKNOWN;
    }
    try {
      return human(Duration.between(OffsetDateTime.parse(timestamp).toInstant(), now));
    } catch (DateTimeException e) {
      return "<invalid>";
    }
  }

  /// A duration with the precision a person needs: `90s`, `5m32s`, `47h`, `3d4h`, `2y10d`.
  static String human(Duration duration) {
    var seconds = duration.toSeconds();
    if (seconds < -1) {
      return "<invalid>";
    }
    if (seconds < 0) {
      return "0s";
    }
    var minutes = seconds / 60;
    var hours = minutes / 60;
    if (seconds < 120) {
      return seconds + "s";
    } else if (minutes < 10) {
      return two(minutes, "m", seconds % 60, "s");
    } else if (minutes < 180) {
      return minutes + "m";
    } else if (hours < 8) {
      return two(hours, "h", minutes % 60, "m");
    } else if (hours < 2 * DAY) {
      return hours + "h";
    } else if (hours < 8 * DAY) {
      return two(hours / DAY, "d", hours % DAY, "h");
    } else if (hours < 2 * YEAR * DAY) {
      return hours / DAY + "d";
    } else if (hours < 8 * YEAR * DAY) {
      return two(hours / DAY / YEAR, "y", hours / DAY % YEAR, "d");
    }
    return hours / DAY / YEAR + "y";
  }

  private static String two(long first, String unit, long second, String smaller) {
    return second == 0 ? first + unit : first + unit + second + smaller;
  }
}
