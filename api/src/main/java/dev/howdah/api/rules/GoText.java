// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Texts that the API's users write as Go's library reads them.
final class GoText {
  private static final Pattern DURATION =
      Pattern.compile("[+-]?(?:0|(?:(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:ns|us|µs|ms|s|m|h))+)");
  private static final Pattern PART =
      Pattern.compile("([0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|ms|s|m|h)");

  private GoText() {}

  /// Truth as `strconv.ParseBool` reads it; empty for anything else.
  static Optional<Boolean> parseBoolean(String text) {
    return switch (text) {
      case "1", "t", "T", "true", "TRUE", "True" -> Optional.of(true);
      case "0", "f", "F", "false", "FALSE", "False" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  /// Seconds of a duration such as `1h30m` or `500ms`; empty for anything else.
  static Optional<Double> parseDuration(String text) {
    if (!DURATION.matcher(text).matches()) {
      return Optional.empty();
    }
    double seconds = 0;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      seconds += Double.parseDouble(part.group(1)) * unit(part.group(2));
    }
    return Optional.of(text.startsWith("-") ? -seconds : seconds);
  }

  private static double unit(String unit) {
    return switch (unit) {
      case "h" -> 3600;
      case "m" -> 60;
      case "s" -> 1;
      case "ms" -> 1e-3;
      case "ns" -> 1e-9;
      default -> 1e-6;
    };
  }
}
