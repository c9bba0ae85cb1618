// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import dev.howdah.core.leadership.Timings;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.sync.SyncSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// One schedule: the cluster, its setting, and the faults that befall it.
///
/// @param drift of each machine's clock rate from true time
/// @param faults in the order of their time
/// @param calm when all faults are healed
/// @param end of the schedule
record Scenario(
    long seed,
    int nodes,
    Timings timings,
    int spec,
    double[] drift,
    List<Fault> faults,
    long calm,
    long end) {
  static final long SECOND = 1_000_000_000L;

  /// Until a promotion or a start is given up when nobody else is there, and begun again.
  private static final long STUCK = 200 * SECOND;

  private static final String[] TRIGGERS = {
    "WriteLease",
    "WriteLease",
    "Promote",
    "SendPermit",
    "StartAsPrimary",
    "Stop",
    "Seal",
    "Persist",
    "ApplySync",
    "Follow",
    "Fence",
    "Open",
    "Announce",
    "ReadLease",
    "VoteRequest",
    "VoteReply",
    "PromiseRequest",
    "PromiseReply",
    "PositionReply"
  };

  /// The name of an effect.
  static String trigger(SplittableRandom random) {
    return TRIGGERS[random.nextInt(TRIGGERS.length)];
  }

  static SyncSpec spec(int index) {
    return switch (index) {
      case 0 -> SyncSpec.NONE;
      case 1 -> SyncSpec.required(SyncConfig.Method.ANY, 1);
      case 2 -> SyncSpec.required(SyncConfig.Method.ANY, 2);
      case 3 -> SyncSpec.preferred(SyncConfig.Method.ANY, 1);
      case 4 -> SyncSpec.required(SyncConfig.Method.FIRST, 1);
      default -> SyncSpec.legacy(1, 2, List.of());
    };
  }

  /// A cluster that asks for more synchronous standbys than it has would wait for ever.
  static int possible(int spec, int nodes) {
    boolean waits = spec(spec).required() && spec(spec).number() >= nodes;
    return waits ? 3 : spec;
  }

  static Scenario of(long seed) {
    var random = new SplittableRandom(seed);
    int nodes =
        random.nextInt(100) < 80 ? 3 : random.nextBoolean() ? 2 : random.nextInt(10) < 7 ? 4 : 1;
    Timings timings = random.nextInt(100) < 75 ? Timings.FAST : Timings.STANDARD;
    int spec = possible(random.nextInt(100) < 35 ? 1 : random.nextInt(6), nodes);
    double[] drift = new double[nodes];
    for (int i = 0; i < nodes; i++) {
      drift[i] = (random.nextDouble() - 0.5) * 2 * 0.0005;
    }
    long start = 4 * SECOND;
    long span = timings.lease() + 8 * SECOND;
    long until = start + span;
    var faults = new ArrayList<Fault>();
    boolean recipe = nodes > 1 && random.nextInt(100) < 50;
    if (recipe) {
      Recipes.add(random, nodes, timings, start + random.nextLong(4 * SECOND), faults);
    }
    int count = recipe ? random.nextInt(3) : 1 + random.nextInt(5);
    long at = start;
    for (int i = 0; i < count; i++) {
      // Faults come in clusters: the second one is of interest while the first has its effect.
      at =
          random.nextInt(3) == 0
              ? start + random.nextLong(span)
              : Math.min(until, at + random.nextLong(3 * SECOND));
      faults.add(fault(random, nodes, timings, at, until));
    }
    var others = new SplittableRandom(seed ^ 0x2545F4914F6CDD1DL); // all else stays as it is
    if (others.nextInt(12) == 0) {
      Recipes.stuck(others, nodes, timings, start + others.nextLong(4 * SECOND), faults);
    } else if (nodes > 1 && others.nextInt(16) == 0) {
      Recipes.claimedInVain(others, nodes, timings, start + others.nextLong(4 * SECOND), faults);
    } else if (nodes > 1 && others.nextInt(40) == 0) {
      Recipes.lostWithItsLease(others, nodes, timings, start + others.nextLong(4 * SECOND), faults);
    }
    faults.sort((one, other) -> Long.compare(one.at(), other.at()));
    long calm = start;
    for (Fault fault : faults) {
      calm = Math.max(calm, fault.at() + fault.lasts() + (fault.isAtEffect() ? 4 : 2) * SECOND);
    }
    calm = Math.min(calm, until + 2 * timings.lease());
    return new Scenario(
        seed,
        nodes,
        timings,
        spec,
        drift,
        List.copyOf(faults),
        calm,
        calm + bound(timings, faults));
  }

  /// How long after the last fault a primary must be there.
  private static long bound(Timings timings, List<Fault> faults) {
    long bound = 2 * timings.lease() + 18 * SECOND;
    for (Fault fault : faults) {
      if (fault.kind() == Fault.Kind.STUCK) {
        bound += STUCK; // nobody can know at once that it will get nowhere
      }
    }
    return bound;
  }

  private static Fault fault(
      SplittableRandom random, int nodes, Timings timings, long at, long until) {
    Fault.Kind kind = kind(random);
    int node = random.nextInt(nodes);
    int other = nodes == 1 ? 0 : (node + 1 + random.nextInt(nodes - 1)) % nodes;
    long lasts =
        switch (random.nextInt(4)) {
          case 0 -> random.nextLong(SECOND / 2) + SECOND / 100;
          case 1 -> random.nextLong(3 * SECOND) + SECOND / 10;
          case 2 -> random.nextLong(timings.lease() + 2 * SECOND);
          default -> random.nextLong(2 * timings.lease());
        };
    lasts = Math.max(SECOND / 100, Math.min(lasts, until - at + timings.lease() - SECOND));
    String trigger = "";
    switch (kind) {
      case SYNC_CHANGED -> {
        other = possible(random.nextInt(6), nodes);
        lasts = 0;
      }
      case SWITCHOVER,
          POSTGRES_CRASHED,
          POSTGRES_HUNG,
          STORAGE_FAILED,
          GUARD_KILLED,
          TERMINATED,
          RESTARTED,
          UPDATED,
          PROOF_OF_DEATH,
          ORDER_LOST,
          CLOCK_JUMPED ->
          lasts = 0;
      case MANAGER_KILLED,
          MANAGER_PAUSED,
          MACHINE_FROZEN,
          MACHINE_CRASHED,
          CUT_FROM_API,
          ISOLATED -> {
        if (random.nextInt(3) == 0) {
          trigger = trigger(random);
        }
      }
      case CLUSTER_RECREATED -> other = random.nextInt(3) / 2;
      case VOLUME_LOST, VOLUME_ROLLED_BACK -> {
        if (random.nextBoolean()) {
          trigger = trigger(random);
          other = random.nextInt(nodes);
        }
      }
      default -> {}
    }
    return new Fault(kind, at, node, other, lasts, trigger);
  }

  private static Fault.Kind kind(SplittableRandom random) {
    Fault.Kind[] frequent = {
      Fault.Kind.MANAGER_KILLED,
      Fault.Kind.MANAGER_PAUSED,
      Fault.Kind.MACHINE_FROZEN,
      Fault.Kind.MACHINE_CRASHED,
      Fault.Kind.POSTGRES_CRASHED,
      Fault.Kind.ISOLATED,
      Fault.Kind.CUT_FROM_API,
      Fault.Kind.CUT,
      Fault.Kind.API_FLAKY,
      Fault.Kind.SWITCHOVER,
    };
    if (random.nextInt(100) < 60) {
      return frequent[random.nextInt(frequent.length)];
    }
    var all = Fault.Kind.values();
    Fault.Kind kind = all[random.nextInt(Fault.Kind.STUCK.ordinal())];
    boolean rare = kind == Fault.Kind.LEASE_DELETED || kind == Fault.Kind.STORAGE_FAILED;
    return rare && random.nextInt(3) != 0 ? Fault.Kind.API_DOWN : kind;
  }

  Scenario with(List<Fault> fewer) {
    return new Scenario(seed, nodes, timings, spec, drift, List.copyOf(fewer), calm, end);
  }

  String describe() {
    var text = new StringBuilder();
    text.append(
        "%d instances, lease %d s, permit %d s, %s%n"
            .formatted(nodes, timings.lease() / SECOND, timings.permit() / SECOND, spec(spec)));
    for (Fault fault : faults) {
      text.append("  ").append(fault).append(System.lineSeparator());
    }
    return text.toString();
  }
}
