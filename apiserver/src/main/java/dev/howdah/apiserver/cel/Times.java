// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Timestamps and durations.
final class Times {
  private static final Pattern PART =
      Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)(ns|us|µs|μs|ms|s|m|h)");
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "μs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private Times() {}

  /// The value of one of these functions, or absent for the name of another.
  static @Nullable Object call(Args args) {
    return switch (args.function()) {
      case "timestamp" -> timestamp(args);
      case "duration" -> duration(args);
      case "getFullYear" -> (long) date(args).getYear();
      case "getMonth" -> (long) date(args).getMonthValue() - 1;
      case "getDate" -> (long) date(args).getDayOfMonth();
      case "getDayOfMonth" -> (long) date(args).getDayOfMonth() - 1;
      case "getDayOfWeek" -> (long) date(args).getDayOfWeek().getValue() % 7;
      case "getDayOfYear" -> (long) date(args).getDayOfYear() - 1;
      case "getHours" -> args.get(0) instanceof Duration it ? it.toHours() : date(args).getHour();
      case "getMinutes" ->
          args.get(0) instanceof Duration it ? it.toMinutes() : date(args).getMinute();
      case "getSeconds" ->
          args.get(0) instanceof Duration it ? it.toSeconds() : date(args).getSecond();
      case "getMilliseconds" ->
          args.get(0) instanceof Duration it
              ? it.toMillis() % 1000
              : date(args).getNano() / 1_000_000L;
      default -> null;
    };
  }

  private static Object timestamp(Args args) {
    return switch (args.get(0)) {
      case Instant instant -> instant;
      case Long seconds -> Instant.ofEpochSecond(seconds);
      case String text -> {
        try {
          yield OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
          throw new CelException(
              "parsing time \"%s\" as \"2006-01-02T15:04:05Z07:00\": cannot parse".formatted(text));
        }
      }
      default -> throw args.wrong();
    };
  }

  private static Object duration(Args args) {
    return switch (args.get(0)) {
      case Duration duration -> duration;
      case String text -> parse(text);
      default -> throw args.wrong();
    };
  }

  /// A duration as Go writes it: `1h30m`, `-1.5s`.
  static Duration parse(String text) {
    var negative = text.startsWith("-");
    var unsigned = text.startsWith("+") || negative ? text.substring(1) : text;
    var total = BigDecimal.ZERO;
    if (!unsigned.equals("0")) {
      var part = PART.matcher(unsigned);
      var end = 0;
      while (part.find() && part.start() == end) {
        var nanos = BigDecimal.valueOf(NANOS.getOrDefault(part.group(2), 0L));
        total = total.add(new BigDecimal(part.group(1)).multiply(nanos));
        end = part.end();
      }
      if (end != unsigned.length() || end == 0) {
        throw new CelException("time: invalid duration \"" + text + "\"");
      }
    }
    return Duration.ofNanos(negative ? -total.longValue() : total.longValue());
  }

  private static ZonedDateTime date(Args args) {
    return args.as(0, Instant.class).atZone(zone(args));
  }

  private static ZoneId zone(Args args) {
    if (args.count() < 2) {
      return ZoneOffset.UTC;
    }
    var name = args.text(1);
    try {
      // An offset may come without a sign.
      return ZoneId.of(name.matches("\\d\\d:\\d\\d") ? "+" + name : name);
    } catch (DateTimeException e) {
      throw new CelException("unknown time zone " + name);
    }
  }
}
