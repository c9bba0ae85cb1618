// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The deadlines of `spec.primaryLease`, in nanoseconds of the boot-time clock.
///
/// @param lease how long a standby must have seen an unchanged Lease before it may run
/// @param permit how long the primary may write, counted from before its renewal was sent
/// @param retry between renewals and between polls; also the deadline of each call
/// @param released `leaseDurationSeconds` of a Lease without a holder (which is free at once; the
///   number is for other readers)
public record Timings(long lease, long permit, long retry, long released) {
  /// From the end of the permit until the last process is gone: 0.8 s after SIGQUIT comes SIGKILL.
  public static final long KILL = 1_000_000_000L;

  /// How late the guard may be scheduled.
  public static final long GUARD_LATENESS = 500_000_000L;

  public static final Timings STANDARD = ofSeconds(15, 10, 2, 1);
  public static final Timings FAST = ofSeconds(6, 4, 1, 1);

  public static Timings ofSeconds(int lease, int permit, int retry, int released) {
    return new Timings(
        lease * 1_000_000_000L,
        permit * 1_000_000_000L,
        retry * 1_000_000_000L,
        released * 1_000_000_000L);
  }

  public Duration leaseDuration() {
    return Duration.ofNanos(lease);
  }

  public Duration retryPeriod() {
    return Duration.ofNanos(retry);
  }

  /// How long votes are collected before the candidate starts over.
  public long voteCollection() {
    return retry;
  }

  /// What is wrong with these values, in words for the manifest's author; empty when nothing is.
  public List<String> problems() {
    var problems = new ArrayList<String>();
    if (retry < 1_000_000_000L) {
      problems.add("spec.primaryLease.retryPeriodSeconds must be at least 1");
      return problems;
    }
    if (permit * 10 <= retry * 12) {
      problems.add(
          "spec.primaryLease.renewDeadlineSeconds (%s s) must be more than 1.2 times"
                  .formatted(seconds(permit))
              + " retryPeriodSeconds (%s s)".formatted(seconds(retry)));
    }
    if (lease - lease / 1000 <= permit + KILL + GUARD_LATENESS) {
      problems.add(
          "spec.primaryLease.leaseDurationSeconds (%s s) must exceed renewDeadlineSeconds (%s s)"
                  .formatted(seconds(lease), seconds(permit))
              + " by more than 1.5 s and 0.1 %: the old primary needs that time to stop");
    }
    return problems;
  }

  private static String seconds(long nanos) {
    return nanos % 1_000_000_000L == 0
        ? Long.toString(nanos / 1_000_000_000L)
        : Double.toString(nanos / 1e9);
  }
}
