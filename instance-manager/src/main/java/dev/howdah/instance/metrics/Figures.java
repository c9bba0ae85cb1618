// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// PostgreSQL's texts as numbers.
final class Figures {
  private static final double DAY = 86_400_000.0;
  private static final Pattern UNIT = Pattern.compile("([-+]?\\d+) (year|mon|day)s? ?");
  private static final Pattern TIME =
      Pattern.compile("([-+]?)(\\d+):(\\d{2}):(\\d{2}(?:\\.\\d+)?)");

  private Figures() {}

  /// A number, a truth (1 or 0), or a moment (seconds since 1970); NaN for null; empty for anything
  /// else.
  static OptionalDouble number(@Nullable String text) {
    if (text == null) {
      return OptionalDouble.of(Double.NaN);
    }
    switch (text) {
      case "t", "true" -> {
        return OptionalDouble.of(1);
      }
      case "f", "false" -> {
        return OptionalDouble.of(0);
      }
      case "Infinity", "infinity" -> {
        return OptionalDouble.of(Double.POSITIVE_INFINITY);
      }
      case "-Infinity", "-infinity" -> {
        return OptionalDouble.of(Double.NEGATIVE_INFINITY);
      }
      default -> {}
    }
    try {
      return OptionalDouble.of(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return moment(text)
          .map(at -> OptionalDouble.of(at.getEpochSecond() + at.getNano() / 1e9))
          .orElse(OptionalDouble.empty());
    }
  }

  /// `2026-11-21 09:54:00.123+00`, as `DateStyle` ISO writes it in a session whose `TimeZone` is
  /// UTC.
  static Optional<Instant> moment(String text) {
    String local = text.endsWith("+00") ? text.substring(0, text.length() - 3) : text;
    try {
      return Optional.of(LocalDateTime.parse(local.replace(' ', 'T')).toInstant(ZoneOffset.UTC));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /// Milliseconds of an interval, as `IntervalStyle` postgres writes it: `1 day 02:03:04.5`; a
  /// month counts 30 days, a year 365.25, as `extract(epoch …)` counts them.
  static OptionalDouble milliseconds(@Nullable String text) {
    if (text == null) {
      return OptionalDouble.of(Double.NaN);
    }
    double sum = 0;
    Matcher unit = UNIT.matcher(text);
    int at = 0;
    while (unit.region(at, text.length()).lookingAt()) {
      double days =
          switch (unit.group(2)) {
            case "year" -> 365.25;
            case "mon" -> 30;
            default -> 1;
          };
      sum += Integer.parseInt(unit.group(1)) * days * DAY;
      at = unit.end();
    }
    if (at == text.length() && at > 0) {
      return OptionalDouble.of(sum);
    }
    Matcher time = TIME.matcher(text.substring(at));
    if (!time.matches()) {
      return OptionalDouble.empty();
    }
    double seconds =
        Long.parseLong(time.group(2)) * 3600.0
            + Integer.parseInt(time.group(3)) * 60
            + Double.parseDouble(time.group(4));
    return OptionalDouble.of(sum + (time.group(1).equals("-") ? -1000 : 1000) * seconds);
  }

  /// The items of an array of numbers, `{0.1,0.5}`.
  ///
  /// @throws IllegalArgumentException if it isn't one
  static List<Double> list(@Nullable String text) {
    if (text == null || !text.startsWith("{") || !text.endsWith("}")) {
      throw new IllegalArgumentException("\"" + text + "\" is no array");
    }
    List<Double> items = new ArrayList<>();
    String inner = text.substring(1, text.length() - 1);
    if (!inner.isEmpty()) {
      for (String item : inner.split(",", -1)) {
        items.add(
            number(item)
                .orElseThrow(() ->
                    new IllegalArgumentException("\"" + item + "\" in an array is no number")));
      }
    }
    return items;
  }
}
