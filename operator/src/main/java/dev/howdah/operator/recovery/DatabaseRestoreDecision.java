// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.api.recovery.DatabaseRestoreSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is to happen with a DatabaseRestore now; a pure function of what was observed.
sealed interface DatabaseRestoreDecision {
  Set<String> OVER = Set.of("Completed", "Failed");
  Duration WORKING = Duration.ofSeconds(1);

  /// Nothing is to be done for this time.
  record Wait(@Nullable Duration again) implements DatabaseRestoreDecision {}

  /// Choose the name of the temporary Cluster, and write it down before anything is made.
  record Begin() implements DatabaseRestoreDecision {}

  /// Make the temporary Cluster.
  record Create() implements DatabaseRestoreDecision {}

  /// The temporary instance takes sessions: the primary may copy from it.
  record Copy(String address) implements DatabaseRestoreDecision {}

  /// It is over.
  record Finish(boolean well, String message) implements DatabaseRestoreDecision {}

  /// What there is of the temporary Cluster.
  ///
  /// @param address of its instance, once that takes sessions; empty before
  /// @param failure why it can't be recovered; empty while that isn't known
  record Temporary(boolean exists, String address, String failure) {}

  /// @param source why the Cluster can't be restored from; empty if it can
  static DatabaseRestoreDecision of(
      JsonNode restore, Temporary temporary, String source, Instant now) {
    JsonNode status = restore.path("status");
    String phase = status.path("phase").asText("");
    if (OVER.contains(phase)) {
      return new Wait(null);
    }
    if (phase.isEmpty()) {
      return source.isEmpty() ? new Begin() : new Finish(false, source);
    }
    Instant began = DrillDecision.time(status.path("startedAt")).orElse(now);
    long limit = restore.path("spec").path("timeoutSeconds").asLong(DatabaseRestoreSpec.TIMEOUT);
    JsonNode copy = status.path("copy");
    switch (copy.path("result").asText("")) {
      case "Copied" -> {
        return new Finish(true, copied(copy));
      }
      case "Failed" -> {
        return new Finish(false, copy.path("message").asText("copying failed"));
      }
      default -> {}
    }
    if (phase.equals("Preparing")) {
      return source.isEmpty() ? new Create() : new Finish(false, source);
    }
    if (!temporary.exists()) {
      return new Finish(
          false,
          "the temporary Cluster was deleted before it was over; make a new DatabaseRestore");
    }
    if (!temporary.failure().isEmpty()) {
      return new Finish(false, temporary.failure());
    }
    if (Duration.between(began, now).toSeconds() >= limit) {
      return new Finish(false, "not over after %d s; raise spec.timeoutSeconds".formatted(limit));
    }
    return phase.equals("Recovering") && !temporary.address().isEmpty()
        ? new Copy(temporary.address())
        : new Wait(WORKING);
  }

  private static String copied(JsonNode copy) {
    String kept = copy.path("replacedAs").asText("");
    String notes = copy.path("message").asText("");
    return "the data is in database %s%s%s"
        .formatted(
            copy.path("database").asText(""),
            kept.isEmpty()
                ? ""
                : "; what it replaced is kept as database %s until you drop it".formatted(kept),
            notes.isEmpty() ? "" : "; " + notes);
  }
}
