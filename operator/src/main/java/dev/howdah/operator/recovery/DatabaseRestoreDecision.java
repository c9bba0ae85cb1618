// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.recovery.DatabaseRestoreSpec;
import dev.howdah.kube.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is to happen with a DatabaseRestore now; a pure function of what was observed.
sealed interface DatabaseRestoreDecision {
  Set<String> OVER = Set.of("Completed", "Failed");
  Duration WORKING = Duration.ofSeconds(1);

  /// Until another one that fills the same database is over.
  Duration TURN = Duration.ofSeconds(5);

  Set<String> NOT_BEGUN = Set.of("", "Waiting");

  /// Nothing is to be done for this time.
  record Wait(@Nullable Duration again) implements DatabaseRestoreDecision {}

  /// Another one fills the same database, and is first.
  record Queue(String message) implements DatabaseRestoreDecision {}

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
  /// @param first the name of the one that is to be waited for; empty for none
  static DatabaseRestoreDecision of(
      JsonNode restore, Temporary temporary, String source, String first, Instant now) {
    JsonNode status = restore.path("status");
    String phase = status.path("phase").asText("");
    if (OVER.contains(phase)) {
      return new Wait(null);
    }
    if (NOT_BEGUN.contains(phase)) {
      if (!source.isEmpty()) {
        return new Finish(false, source);
      }
      return first.isEmpty() ? new Begin() : queue(restore, first);
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

  private static DatabaseRestoreDecision queue(JsonNode restore, String first) {
    String message =
        "DatabaseRestore %s fills database %s of this Cluster; this one begins when that is over"
            .formatted(first, target(restore));
    JsonNode status = restore.path("status");
    return status.path("phase").asText("").equals("Waiting")
            && status.path("message").asText("").equals(message)
        ? new Wait(TURN)
        : new Queue(message);
  }

  /// The name of the DatabaseRestore that is to be over first: two that fill one database at once
  /// would take it for each other's original. Whoever has begun goes on, else the older one begins.
  ///
  /// @param all of the namespace
  static String first(ObjectNode restore, Collection<ObjectNode> all) {
    return all.stream()
        .filter(other -> !Json.uid(other).equals(Json.uid(restore)))
        .filter(other -> cluster(other).equals(cluster(restore)))
        .filter(other -> target(other).equals(target(restore)))
        .filter(other -> !OVER.contains(phase(other)))
        .filter(
            other -> !NOT_BEGUN.contains(phase(other)) || age(other).compareTo(age(restore)) < 0)
        .min(Comparator.comparing(DatabaseRestoreDecision::age))
        .map(Json::name)
        .orElse("");
  }

  private static String phase(JsonNode restore) {
    return restore.path("status").path("phase").asText("");
  }

  private static String cluster(JsonNode restore) {
    return restore.path("spec").path("cluster").path("name").asText("");
  }

  /// The database that it makes.
  private static String target(JsonNode restore) {
    JsonNode spec = restore.path("spec");
    return spec.path(spec.path("replace").asBoolean(false) ? "database" : "into").asText("");
  }

  private static String age(ObjectNode restore) {
    return restore.path("metadata").path("creationTimestamp").asText("") + " " + Json.uid(restore);
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
