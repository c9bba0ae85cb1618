// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A container at one moment.
///
/// @param attempt its number of restarts
/// @param previous how the attempt before this one ended
/// @param retryAt the earliest time for the next start
record ContainerState(
    ContainerSpec spec,
    int attempt,
    Now now,
    @Nullable Ended previous,
    boolean started,
    boolean ready,
    Instant retryAt) {

  /// What it does.
  sealed interface Now {}

  /// It hasn't started, and why.
  record Waiting(String reason, String message) implements Now {
    static final Waiting FRESH = new Waiting("", "");
  }

  /// It runs.
  record Running(Instant since) implements Now {}

  /// It ran.
  record Ended(
      int attempt, int exitCode, String reason, String message, Instant started, Instant finished)
      implements Now {}

  boolean isRunning() {
    return now instanceof Running;
  }

  boolean hasSucceeded() {
    return now instanceof Ended ended && ended.exitCode == 0;
  }

  boolean hasFailed() {
    return now instanceof Ended ended && ended.exitCode != 0;
  }

  /// It runs and its startup probe, if any, has passed.
  boolean isUp() {
    return isRunning() && started;
  }

  static ContainerState fresh(ContainerSpec spec) {
    return new ContainerState(spec, 0, Waiting.FRESH, null, false, false, Instant.EPOCH);
  }

  ContainerState waiting(String reason, String message, Instant retry) {
    return new ContainerState(
        spec, attempt, new Waiting(reason, message), previous, false, false, retry);
  }

  ContainerState running(Instant since) {
    return new ContainerState(spec, attempt, new Running(since), previous, false, false, retryAt);
  }

  ContainerState ended(Ended ended, Instant retry) {
    return new ContainerState(spec, attempt, ended, previous, false, false, retry);
  }

  ContainerState probed(boolean nowStarted, boolean nowReady) {
    return new ContainerState(spec, attempt, now, previous, nowStarted, nowReady, retryAt);
  }

  /// About to start once more.
  ContainerState next() {
    return now instanceof Ended ended
        ? new ContainerState(spec, attempt + 1, Waiting.FRESH, ended, false, false, retryAt)
        : this;
  }
}
