// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import java.util.List;

/// The protocol of one instance: a function from its state and an event to its next state and what
/// to do.
///
/// Time is the boot-time clock (`CLOCK_BOOTTIME`) in nanoseconds; only differences of one machine's
/// readings are used.
public final class Leadership {
  private Leadership() {}

  /// A run of an instance manager begins.
  ///
  /// Call it with the data directory's lock held (so that no earlier run on this kernel still uses
  /// it) and with every process of an earlier PostgreSQL gone.
  ///
  /// @param seed any number that differs from run to run
  public static State initial(
      Identity self,
      Settings settings,
      Durable durable,
      PostgresStatus postgres,
      long now,
      long seed) {
    long promised =
        settings.has(SafetyRule.RESTART_FORGETS_NO_PROMISE)
            ? now + settings.timings().lease()
            : now;
    return new State(
        self,
        settings,
        seed,
        seed >>> 1,
        Role.FOLLOWER,
        now,
        durable,
        postgres,
        ClusterView.UNKNOWN,
        LeaseView.UNKNOWN,
        0,
        0,
        null,
        Long.MIN_VALUE,
        0,
        0,
        null,
        List.of(),
        new Ballot(promised, "", null, List.of()),
        null,
        0,
        "",
        List.of(),
        0,
        Replication.NONE,
        Outgoing.NONE,
        "",
        false);
  }

  public static Step step(State state, long now, Event event) {
    return new Step(state, List.of(), now + state.settings().timings().retry());
  }
}
