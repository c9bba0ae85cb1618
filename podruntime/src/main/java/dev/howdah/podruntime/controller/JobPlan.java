// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.controller;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// Decides about a Job. Pure.
///
/// @param create how many pods to make now
/// @param stop whether its running pods have to go
/// @param verdict what it has come to, if anything
/// @param lookAgain when something will be due
record JobPlan(int create, boolean stop, Verdict verdict, Instant lookAgain) {
  /// What a Job has come to.
  sealed interface Verdict {
    /// It goes on.
    record Open() implements Verdict {}

    /// It rests until it is resumed.
    record Suspended() implements Verdict {}

    record Complete() implements Verdict {}

    record Failed(String reason, String message) implements Verdict {}
  }

  /// What is decided on.
  ///
  /// @param start when it began, or was resumed
  /// @param lastFailure when the last of its pods failed
  record View(
      JsonNode job,
      int active,
      int succeeded,
      int failed,
      int restarts,
      Instant start,
      Instant lastFailure,
      Instant now,
      Duration firstDelay) {

    int completions() {
      return job.path("spec").path("completions").asInt(1);
    }
  }

  private static final Duration LONGEST_DELAY = Duration.ofMinutes(6);
  private static final int DEFAULT_BACKOFF_LIMIT = 6;

  static JobPlan decide(View view) {
    JsonNode spec = view.job.path("spec");
    if (view.succeeded >= view.completions()) {
      return new JobPlan(0, true, new Verdict.Complete(), Instant.MAX);
    }
    if (spec.path("suspend").asBoolean()) {
      return new JobPlan(0, true, new Verdict.Suspended(), Instant.MAX);
    }
    int limit = spec.path("backoffLimit").asInt(DEFAULT_BACKOFF_LIMIT);
    if (view.failed > limit || view.restarts > limit) {
      return failed("BackoffLimitExceeded", "Job has reached the specified backoff limit");
    }
    Instant end = Instant.MAX;
    if (spec.path("activeDeadlineSeconds").isNumber()) {
      end = view.start.plusSeconds(spec.path("activeDeadlineSeconds").asLong());
      if (!view.now.isBefore(end)) {
        return failed("DeadlineExceeded", "Job was active longer than specified deadline");
      }
    }
    int wanted = Math.min(spec.path("parallelism").asInt(1), view.completions() - view.succeeded);
    int create = Math.max(0, wanted - view.active);
    if (create > 0 && view.failed > 0) {
      Duration delay = view.firstDelay.multipliedBy(1L << Math.min(view.failed - 1, 20));
      Duration capped = delay.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : delay;
      Instant due = view.lastFailure.plus(capped);
      if (view.now.isBefore(due)) {
        return new JobPlan(0, false, new Verdict.Open(), due.isBefore(end) ? due : end);
      }
    }
    return new JobPlan(create, false, new Verdict.Open(), end);
  }

  private static JobPlan failed(String reason, String message) {
    return new JobPlan(0, true, new Verdict.Failed(reason, message), Instant.MAX);
  }

  /// The indexes of an Indexed Job that still need a pod, lowest first.
  static List<Integer> missingIndexes(int completions, List<Integer> taken, int count) {
    return java.util.stream.IntStream.range(0, completions)
        .boxed()
        .filter(index -> !taken.contains(index))
        .limit(count)
        .toList();
  }
}
