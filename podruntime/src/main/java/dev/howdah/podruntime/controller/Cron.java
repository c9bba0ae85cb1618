// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.controller;

import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A schedule of five fields as crontab(5) has it: minute, hour, day of month, month, day of week.
/// When both days are restricted, either will do.
record Cron(
    BitSet minutes, BitSet hours, BitSet days, BitSet months, BitSet weekdays, boolean eitherDay) {
  private static final Map<String, String> NAMED =
      Map.of(
          "@yearly", "0 0 1 1 *",
          "@annually", "0 0 1 1 *",
          "@monthly", "0 0 1 * *",
          "@weekly", "0 0 * * 0",
          "@daily", "0 0 * * *",
          "@midnight", "0 0 * * *",
          "@hourly", "0 * * * *");
  private static final List<String> MONTHS =
      List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
  private static final List<String> WEEKDAYS =
      List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");

  /// A schedule that never comes, such as 30 February, is given up after this many days.
  private static final int HORIZON_DAYS = 366 * 5;

  /// @throws IllegalArgumentException when it is no schedule
  static Cron parse(String text) {
    String[] field = NAMED.getOrDefault(text.strip(), text.strip()).split("\\s+");
    if (field.length != 5) {
      throw new IllegalArgumentException(
          "schedule \"%s\" has %d fields instead of 5".formatted(text, field.length));
    }
    BitSet weekdays = field(field[4], 0, 7, WEEKDAYS, 0);
    if (weekdays.get(7)) {
      weekdays.set(0);
    }
    boolean either = !field[2].startsWith("*") && !field[4].startsWith("*");
    return new Cron(
        field(field[0], 0, 59, List.of(), 0),
        field(field[1], 0, 23, List.of(), 0),
        field(field[2], 1, 31, List.of(), 0),
        field(field[3], 1, 12, MONTHS, 1),
        weekdays,
        either);
  }

  private static BitSet field(String text, int low, int high, List<String> names, int base) {
    var set = new BitSet();
    for (String part : text.split(",")) {
      String[] step = part.split("/", 2);
      int every = step.length == 2 ? Integer.parseInt(step[1]) : 1;
      int from = low;
      int to = high;
      if (!step[0].equals("*") && !step[0].equals("?")) {
        String[] range = step[0].split("-", 2);
        from = number(range[0], names, base);
        to = range.length == 2 ? number(range[1], names, base) : step.length == 2 ? high : from;
      }
      if (from < low || to > high || from > to || every < 1) {
        throw new IllegalArgumentException(
            "\"%s\" is not within %d to %d".formatted(part, low, high));
      }
      for (int i = from; i <= to; i += every) {
        set.set(i);
      }
    }
    return set;
  }

  private static int number(String text, List<String> names, int base) {
    int index = names.indexOf(text.toLowerCase(java.util.Locale.ROOT));
    return index >= 0 ? index + base : Integer.parseInt(text);
  }

  /// The first time after the given one.
  Optional<ZonedDateTime> after(ZonedDateTime time) {
    ZonedDateTime at = time.truncatedTo(ChronoUnit.MINUTES).plusMinutes(1);
    ZonedDateTime end = at.plusDays(HORIZON_DAYS);
    while (at.isBefore(end)) {
      if (!months.get(at.getMonthValue()) || !isDay(at)) {
        at = at.truncatedTo(ChronoUnit.DAYS).plusDays(1);
      } else if (!hours.get(at.getHour())) {
        at = at.truncatedTo(ChronoUnit.HOURS).plusHours(1);
      } else if (!minutes.get(at.getMinute())) {
        at = at.plusMinutes(1);
      } else {
        return Optional.of(at);
      }
    }
    return Optional.empty();
  }

  private boolean isDay(ZonedDateTime at) {
    boolean day = days.get(at.getDayOfMonth());
    boolean weekday = weekdays.get(at.getDayOfWeek().getValue() % 7);
    return eitherDay ? day || weekday : day && weekday;
  }
}
