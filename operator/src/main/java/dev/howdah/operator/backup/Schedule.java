// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import dev.howdah.api.rules.CronSchedule;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// When a ScheduledBackup is due: six fields, seconds first, in UTC, or a word such as `@daily`.
public final class Schedule {
  private static final Map<String, String> WORDS =
      Map.of(
          "@yearly", "0 0 0 1 1 *",
          "@annually", "0 0 0 1 1 *",
          "@monthly", "0 0 0 1 * *",
          "@weekly", "0 0 0 * * 0",
          "@daily", "0 0 0 * * *",
          "@midnight", "0 0 0 * * *",
          "@hourly", "0 0 * * * *");
  private static final List<String> MONTHS =
      List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
  private static final List<String> DAYS = List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");
  private static final Pattern DURATION = Pattern.compile("([0-9.]+)(ms|h|m|s)");
  private static final int YEARS = 5;

  private final Duration every;
  private final BitSet[] fields;
  private final boolean anyDayOfMonth;
  private final boolean anyDayOfWeek;

  private Schedule(Duration every, BitSet[] fields, boolean anyDayOfMonth, boolean anyDayOfWeek) {
    this.every = every;
    this.fields = fields;
    this.anyDayOfMonth = anyDayOfMonth;
    this.anyDayOfWeek = anyDayOfWeek;
  }

  /// Reads a schedule.
  ///
  /// @throws IllegalArgumentException saying what is wrong with it
  public static Schedule parse(String text) {
    CronSchedule.problem(text)
        .ifPresent(problem -> {
          throw new IllegalArgumentException("spec.schedule: " + problem);
        });
    String plain = text.strip();
    if (plain.startsWith("@every ")) {
      return new Schedule(duration(plain.substring(7).strip()), new BitSet[0], true, true);
    }
    String[] given = WORDS.getOrDefault(plain, plain).split("\\s+");
    var fields = new BitSet[6];
    fields[0] = field(given[0], 0, 59, List.of());
    fields[1] = field(given[1], 0, 59, List.of());
    fields[2] = field(given[2], 0, 23, List.of());
    fields[3] = field(given[3], 1, 31, List.of());
    fields[4] = field(given[4], 1, 12, MONTHS);
    String week = given.length > 5 ? given[5] : "*";
    fields[5] = field(week, 0, 6, DAYS);
    return new Schedule(Duration.ZERO, fields, isAny(given[3]), isAny(week));
  }

  private static boolean isAny(String field) {
    return field.equals("*") || field.equals("?");
  }

  private static Duration duration(String text) {
    var matcher = DURATION.matcher(text);
    double seconds = 0;
    while (matcher.find()) {
      double unit =
          switch (matcher.group(2)) {
            case "h" -> 3600;
            case "m" -> 60;
            case "s" -> 1;
            default -> 0.001;
          };
      seconds += Double.parseDouble(matcher.group(1)) * unit;
    }
    return Duration.ofSeconds(Math.max(1, Math.round(seconds)));
  }

  private static BitSet field(String text, int first, int last, List<String> words) {
    var set = new BitSet();
    for (String range : text.split(",", -1)) {
      String[] stepped = range.split("/", -1);
      int step = stepped.length == 2 ? Integer.parseInt(stepped[1]) : 1;
      int from = first;
      int to = last;
      if (!isAny(stepped[0])) {
        String[] ends = stepped[0].split("-", -1);
        from = value(ends[0], first, words);
        to = ends.length == 2 ? value(ends[1], first, words) : stepped.length == 2 ? last : from;
      }
      for (int i = from; i <= to; i += step) {
        set.set(i);
      }
    }
    return set;
  }

  private static int value(String text, int first, List<String> words) {
    int word = words.indexOf(text.toLowerCase(Locale.ROOT));
    return word >= 0 ? word + first : Integer.parseInt(text);
  }

  /// The next time after this one; empty if there is none in the next years, as for 30 February.
  public Optional<Instant> after(Instant time) {
    if (!every.isZero()) {
      return Optional.of(time.plus(every));
    }
    LocalDateTime t =
        LocalDateTime.ofEpochSecond(time.getEpochSecond(), 0, ZoneOffset.UTC).plusSeconds(1);
    LocalDateTime end = t.plusYears(YEARS);
    while (t.isBefore(end)) {
      if (!fields[4].get(t.getMonthValue())) {
        t = t.withDayOfMonth(1).toLocalDate().atStartOfDay().plusMonths(1);
      } else if (!isDay(t)) {
        t = t.toLocalDate().atStartOfDay().plusDays(1);
      } else if (!fields[2].get(t.getHour())) {
        t = t.withMinute(0).withSecond(0).plusHours(1);
      } else if (!fields[1].get(t.getMinute())) {
        t = t.withSecond(0).plusMinutes(1);
      } else if (!fields[0].get(t.getSecond())) {
        t = t.plusSeconds(1);
      } else {
        return Optional.of(t.toInstant(ZoneOffset.UTC));
      }
    }
    return Optional.empty();
  }

  /// Where both days are restricted, either is enough, as cron has it.
  private boolean isDay(LocalDateTime t) {
    boolean ofMonth = fields[3].get(t.getDayOfMonth());
    boolean ofWeek = fields[5].get(t.getDayOfWeek().getValue() % 7);
    return anyDayOfMonth || anyDayOfWeek ? ofMonth && ofWeek : ofMonth || ofWeek;
  }
}
