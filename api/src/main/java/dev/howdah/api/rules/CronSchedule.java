// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Schedules as ScheduledBackups write them: five or six fields of which the first is seconds, or a
/// word such as `@daily`.
public final class CronSchedule {
  private static final Set<String> WORDS =
      Set.of("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly");
  private static final List<String> MONTHS =
      List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
  private static final List<String> DAYS = List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");
  private static final List<Part> PARTS =
      List.of(
          new Part("seconds", 0, 59, List.of()),
          new Part("minutes", 0, 59, List.of()),
          new Part("hours", 0, 23, List.of()),
          new Part("day of month", 1, 31, List.of()),
          new Part("month", 1, 12, MONTHS),
          new Part("day of week", 0, 6, DAYS));

  private record Part(String name, int first, int last, List<String> words) {}

  private CronSchedule() {}

  /// What is wrong with a schedule; empty where nothing is.
  public static Optional<String> problem(String schedule) {
    String text = schedule.strip();
    if (text.isEmpty()) {
      return Optional.of("empty");
    }
    if (text.startsWith("@every ")) {
      Optional<Double> seconds = GoText.parseDuration(text.substring("@every ".length()).strip());
      return seconds.isPresent() && seconds.get() > 0
          ? Optional.empty()
          : Optional.of("@every needs a duration such as 6h");
    }
    if (text.startsWith("@")) {
      return WORDS.contains(text)
          ? Optional.empty()
          : Optional.of("\"" + text + "\" is no schedule that is known");
    }
    String[] fields = text.split("\\s+");
    if (fields.length < 5 || fields.length > 6) {
      return Optional.of("has %d fields instead of six".formatted(fields.length));
    }
    for (int i = 0; i < fields.length; i++) {
      Optional<String> problem = field(fields[i], PARTS.get(i));
      if (problem.isPresent()) {
        return problem;
      }
    }
    return Optional.empty();
  }

  /// Whether it asks for something each second or so.
  static boolean isEverySecond(String schedule) {
    String text = schedule.strip();
    return text.startsWith("* ")
        || (text.startsWith("@every ")
            && GoText.parseDuration(text.substring("@every ".length()).strip()).orElse(60.0) < 60);
  }

  private static Optional<String> field(String field, Part part) {
    for (String range : field.split(",", -1)) {
      if (!isRange(range, part)) {
        return Optional.of(
            "\"%s\" can't be %s (%d to %d)".formatted(field, part.name, part.first, part.last));
      }
    }
    return Optional.empty();
  }

  private static boolean isRange(String range, Part part) {
    String[] stepped = range.split("/", -1);
    if (stepped.length > 2 || (stepped.length == 2 && number(stepped[1], 1, 1000) < 0)) {
      return false;
    }
    if (stepped[0].equals("*") || stepped[0].equals("?")) {
      return true;
    }
    String[] ends = stepped[0].split("-", -1);
    int from = value(ends[0], part);
    int to = ends.length == 1 ? from : ends.length == 2 ? value(ends[1], part) : -1;
    return from >= 0 && to >= from;
  }

  private static int value(String text, Part part) {
    int word = part.words.indexOf(text.toLowerCase(Locale.ROOT));
    return word >= 0 ? word + part.first : number(text, part.first, part.last);
  }

  private static int number(String text, int first, int last) {
    if (!text.matches("[0-9]{1,4}")) {
      return -1;
    }
    int number = Integer.parseInt(text);
    return number >= first && number <= last ? number : -1;
  }
}
