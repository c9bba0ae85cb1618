// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.table;

import static dev.howdah.apiserver.table.BuiltInColumns.containers;
import static dev.howdah.apiserver.table.BuiltInColumns.images;
import static dev.howdah.apiserver.table.BuiltInColumns.selector;
import static dev.howdah.apiserver.table.Column.age;
import static dev.howdah.apiserver.table.Column.flag;
import static dev.howdah.apiserver.table.Column.number;
import static dev.howdah.apiserver.table.Column.text;
import static dev.howdah.apiserver.table.Row.NONE;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;

/// Jobs and what makes them.
final class JobCells {
  private static final String POD_SPEC = "/spec/jobTemplate/spec/template/spec/containers";

  static final List<Column> JOBS =
      BuiltInColumns.columns(
          text("Status", JobCells::status),
          text("Completions", JobCells::completions),
          text("Duration", JobCells::duration),
          age(),
          containers(),
          images(),
          selector());

  static final List<Column> CRON_JOBS =
      BuiltInColumns.columns(
          text("Schedule", row -> row.text("/spec/schedule")),
          text("Timezone", row -> row.text("/spec/timeZone", NONE)),
          flag("Suspend", row -> row.at("/spec/suspend").asBoolean() ? "True" : "False"),
          number("Active", row -> row.size("/status/active")),
          text("Last Schedule", JobCells::lastSchedule),
          age(),
          text("Containers", row -> row.joined(POD_SPEC, "name", ",")).wide(),
          text("Images", row -> row.joined(POD_SPEC, "image", ",")).wide(),
          text("Selector", row -> row.selector("/spec/jobTemplate/spec/selector")).wide());

  private JobCells() {}

  private static String status(Row row) {
    if (has(row, "Complete")) {
      return "Complete";
    } else if (has(row, "Failed")) {
      return "Failed";
    } else if (row.isDeleted()) {
      return "Terminating";
    }
    for (var condition : List.of("Suspended", "FailureTarget", "SuccessCriteriaMet")) {
      if (has(row, condition)) {
        return condition;
      }
    }
    return "Running";
  }

  private static boolean has(Row row, String condition) {
    return row.at("/status/conditions")
        .valueStream()
        .anyMatch(each ->
            each.path("type").asText().equals(condition)
                && each.path("status").asText().equals("True"));
  }

  private static String completions(Row row) {
    var done = row.number("/status/succeeded");
    if (row.at("/spec").hasNonNull("completions")) {
      return done + "/" + row.number("/spec/completions");
    }
    var parallelism = row.number("/spec/parallelism");
    return parallelism > 1 ? done + "/1 of " + parallelism : done + "/1";
  }

  private static String duration(Row row) {
    var start = row.text("/status/startTime");
    var end = row.text("/status/completionTime");
    if (start.isEmpty()) {
      return "";
    }
    return end.isEmpty()
        ? Ages.since(start, row.now())
        : Ages.human(Duration.between(OffsetDateTime.parse(start), OffsetDateTime.parse(end)));
  }

  private static String lastSchedule(Row row) {
    var last = row.text("/status/lastScheduleTime");
    return last.isEmpty() ? NONE : Ages.since(last, row.now());
  }
}
