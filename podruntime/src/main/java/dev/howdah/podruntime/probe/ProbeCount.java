// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.probe;

import java.time.Duration;

/// Counts the outcomes of one probe and decides what they mean. Pure.
///
/// Until a container has started and got ready for the first time it is asked more often than its
/// period says, so that nobody waits longer than needed; failures of such extra questions don't
/// count. After that it is asked as kubelet would, but for one that lost its readiness, which is
/// asked every second.
///
/// @param good successes in a row
/// @param bad counted failures in a row
/// @param since how long it has been asked, at the last outcome
/// @param countedAt when the last failure was counted
/// @param verdict what is known so far
record ProbeCount(int good, int bad, Duration since, Duration countedAt, Verdict verdict) {
  /// What a probe has established.
  enum Verdict {
    UNKNOWN,
    PASSED,
    FAILED
  }

  private static final Duration EAGER = Duration.ofMillis(200);
  private static final Duration HOPEFUL = Duration.ofMillis(500);
  private static final Duration PATIENT = Duration.ofSeconds(1);

  static final ProbeCount START =
      new ProbeCount(0, 0, Duration.ZERO, Duration.ZERO, Verdict.UNKNOWN);

  /// The count after one more outcome.
  ///
  /// @param at how long the probe has been running
  ProbeCount after(Probe probe, boolean ok, Duration at) {
    if (ok) {
      Verdict now = good + 1 >= probe.successThreshold() ? Verdict.PASSED : verdict;
      return new ProbeCount(good + 1, 0, at, at, now);
    }
    boolean counts = at.minus(countedAt).compareTo(probe.period().minusMillis(50)) >= 0;
    if (!counts) {
      return new ProbeCount(0, bad, at, countedAt, verdict);
    }
    Verdict now = bad + 1 >= probe.failureThreshold() ? Verdict.FAILED : verdict;
    return new ProbeCount(0, bad + 1, at, at, now);
  }

  /// Whether the last outcome was a failure that counts.
  boolean counted() {
    return bad > 0 && since.equals(countedAt);
  }

  /// How long to wait until asking again.
  Duration pause(Probe probe) {
    if (probe.kind() == Probe.Kind.LIVENESS || (verdict == Verdict.PASSED && bad == 0)) {
      return probe.period();
    }
    Duration eager = PATIENT;
    if (verdict == Verdict.UNKNOWN && since.toSeconds() < 10) {
      eager = EAGER;
    } else if (verdict == Verdict.UNKNOWN && since.toSeconds() < 60) {
      eager = HOPEFUL;
    }
    return eager.compareTo(probe.period()) < 0 ? eager : probe.period();
  }
}
