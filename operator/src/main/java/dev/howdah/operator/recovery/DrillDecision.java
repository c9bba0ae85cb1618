// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.api.recovery.RestoreDrillSpec;
import dev.howdah.operator.backup.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What is to happen with a RestoreDrill now; a pure function of what was observed.
sealed interface DrillDecision {
  /// The annotation by which a person asks for a drill; each new value is one.
  String REQUEST = "howdah.dev/drillRequested";

  Duration WORKING = Duration.ofSeconds(1);
  Duration LONGEST = Duration.ofHours(1);

  /// Nothing is to be done for this time.
  record Wait(@Nullable Duration again) implements DrillDecision {}

  /// Note how far the schedule was looked at.
  record Note(Instant checked, @Nullable Instant next) implements DrillDecision {}

  /// A drill begins: written down before anything is made.
  record Begin(Instant checked, @Nullable Instant next, String answered) implements DrillDecision {}

  /// Make the temporary Cluster of the drill that was begun.
  record Create() implements DrillDecision {}

  /// The restored server takes sessions.
  record Recovered() implements DrillDecision {}

  /// The drill is over.
  ///
  /// @param failure empty if it went well
  /// @param report what the instance found; missing if it got to none
  record Finish(String failure, JsonNode report) implements DrillDecision {}

  /// What there is of the temporary Cluster.
  ///
  /// @param failure why it can't be recovered; empty while that isn't known
  /// @param report what its instance found; missing before
  record Temporary(boolean exists, boolean ready, String failure, JsonNode report) {}

  /// @param source why the Cluster can't be restored; empty if it can
  static DrillDecision of(JsonNode drill, Temporary temporary, String source, Instant now) {
    JsonNode status = drill.path("status");
    JsonNode current = status.path("current");
    if (current.isObject()) {
      return running(drill, current, temporary, source, now);
    }
    String request = drill.path("metadata").path("annotations").path(REQUEST).asText("");
    boolean asked =
        !request.isEmpty() && !request.equals(status.path("answeredRequest").asText(""));
    Optional<Schedule> schedule = schedule(drill);
    Instant noted = time(status.path("lastCheckTime")).orElse(now);
    boolean ahead = noted.isAfter(now); // a clock was wrong then
    Instant checked = ahead ? now : noted;
    boolean paused = drill.path("spec").path("suspend").asBoolean(false);
    Instant slot = schedule.isEmpty() || paused ? null : schedule.get().after(checked).orElse(null);
    Instant next = schedule.isEmpty() || paused ? null : schedule.get().after(now).orElse(null);
    boolean due = slot != null && !slot.isAfter(now) && checked.isBefore(now);
    if (asked || due) {
      return new Begin(now, next, request);
    }
    boolean fresh = status.path("lastCheckTime").asText("").isEmpty();
    String told = status.path("nextScheduleTime").asText("");
    if (fresh || ahead || !told.equals(slot == null ? "" : slot.toString())) {
      return new Note(checked, slot);
    }
    if (slot == null) {
      return new Wait(null);
    }
    Duration wait = Duration.between(now, slot);
    return new Wait(wait.compareTo(LONGEST) > 0 ? LONGEST : wait.plusMillis(20));
  }

  private static DrillDecision running(
      JsonNode drill, JsonNode current, Temporary temporary, String source, Instant now) {
    JsonNode nothing = com.fasterxml.jackson.databind.node.MissingNode.getInstance();
    Instant began = time(current.path("startedAt")).orElse(now);
    long limit = drill.path("spec").path("timeoutSeconds").asLong(RestoreDrillSpec.TIMEOUT);
    if (temporary.report().isObject()) {
      return new Finish(failures(temporary.report()), temporary.report());
    }
    if (!current.path("created").asBoolean(false)) {
      return source.isEmpty() ? new Create() : new Finish(source, nothing);
    }
    if (!temporary.exists()) {
      return new Finish(
          "the temporary Cluster was deleted before the drill was over; run the drill again",
          nothing);
    }
    if (!temporary.failure().isEmpty()) {
      return new Finish(temporary.failure(), nothing);
    }
    if (Duration.between(began, now).toSeconds() >= limit) {
      return new Finish(
          "not over after %d s (%s); raise spec.timeoutSeconds, or find out what makes it slow"
              .formatted(limit, temporary.ready() ? "while checking" : "while recovering"),
          nothing);
    }
    boolean known = !current.path("recoveredAt").asText("").isEmpty();
    return temporary.ready() && !known ? new Recovered() : new Wait(WORKING);
  }

  /// A check that doesn't say whether it passed was none.
  private static String failures(JsonNode report) {
    var text = new StringBuilder();
    for (JsonNode check : report.path("checks")) {
      if (!check.path("passed").asBoolean(true)) {
        text.append(text.isEmpty() ? "" : "; ")
            .append(check.path("name").asText(""))
            .append(": ")
            .append(check.path("message").asText(""));
      }
    }
    return text.toString();
  }

  /// @throws IllegalArgumentException saying what is wrong with it
  private static Optional<Schedule> schedule(JsonNode drill) {
    String text = drill.path("spec").path("schedule").asText("");
    return text.isEmpty() ? Optional.empty() : Optional.of(Schedule.parse(text));
  }

  /// A time in a status.
  static Optional<Instant> time(JsonNode text) {
    try {
      return text.asText("").isEmpty()
          ? Optional.empty()
          : Optional.of(Instant.parse(text.asText()));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
