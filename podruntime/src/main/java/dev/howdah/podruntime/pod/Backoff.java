// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import java.time.Duration;

/// How long a container that ended waits for its next start: not at all the first time, then twice
/// as long each time. A container that ran long enough starts afresh.
///
/// @param first the wait before the second restart
/// @param longest the longest wait
public record Backoff(Duration first, Duration longest) {
  /// 1, 2, 4 … seconds, at most 5 minutes; Kubernetes begins with 10.
  public static final Backoff USUAL = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(5));

  /// @param failures how often it ended in a row before
  Duration delay(int failures) {
    if (failures == 0) {
      return Duration.ZERO;
    }
    Duration delay = first.multipliedBy(1L << Math.min(failures - 1, 20));
    return delay.compareTo(longest) > 0 ? longest : delay;
  }

  /// Whether a run was long enough to forget what was before.
  boolean forgives(Duration run) {
    return run.compareTo(longest.multipliedBy(2)) >= 0;
  }
}
