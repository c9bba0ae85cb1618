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
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;

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

  static void addTo(Map<String, Functions.Function> all) {
    all.put("timestamp", Times::timestamp);
    all.put("duration", Times::duration);
    all.put("getFullYear", args -> dated(args, at -> at.getYear()));
    all.put("getMonth", args -> dated(args, at -> at.getMonthValue() - 1));
    all.put("getDate", args -> dated(args, at -> at.getDayOfMonth()));
    all.put("getDayOfMonth", args -> dated(args, at -> at.getDayOfMonth() - 1));
    all.put("getDayOfWeek", args -> dated(args, at -> at.getDayOfWeek().getValue() % 7));
    all.put("getDayOfYear", args -> dated(args, at -> at.getDayOfYear() - 1));
    all.put("getHours", args -> timed(args, at -> at.getHour(), Duration::toHours));
    all.put("getMinutes", args -> timed(args, at -> at.getMinute(), Duration::toMinutes));
    all.put("getSeconds", args -> timed(args, at -> at.getSecond(), Duration::toSeconds));
    all.put(
        "getMilliseconds",
        args ->
            timed(args, at -> at.getNano() / 1_000_000, duration -> duration.toMillis() % 1000));
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

  private static Object dated(Args args, ToLongFunction<ZonedDateTime> part) {
    return part.applyAsLong(args.as(0, Instant.class).atZone(zone(args)));
  }

  private static Object timed(
      Args args, ToLongFunction<ZonedDateTime> part, Function<Duration, Long> total) {
    return args.get(0) instanceof Duration duration ? total.apply(duration) : dated(args, part);
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
