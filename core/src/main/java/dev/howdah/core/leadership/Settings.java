// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import java.util.EnumSet;
import java.util.Set;

/// What the Cluster configures.
///
/// @param failoverDelay nanoseconds that candidates wait after an unplanned loss of the primary
///   (`spec.failoverDelay`)
/// @param switchoverDelay nanoseconds that a planned stop of the old primary may take
///   (`spec.switchoverDelay`)
/// @param maxLagBytes without synchronous replication, a standby further behind the position that
///   the old primary last published isn't elected; `Long.MAX_VALUE`: no limit
/// @param off always empty in production
public record Settings(
    Timings timings,
    long failoverDelay,
    long switchoverDelay,
    long maxLagBytes,
    Set<SafetyRule> off) {
  private static final Set<SafetyRule> NONE = Set.of();

  public Settings {
    off = off.isEmpty() ? NONE : EnumSet.copyOf(off);
  }

  public static Settings of(Timings timings) {
    return new Settings(timings, 0, 3600_000_000_000L, Long.MAX_VALUE, NONE);
  }

  boolean has(SafetyRule rule) {
    return off == NONE || !off.contains(rule);
  }
}
