// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import dev.howdah.core.leadership.Timings;
import dev.howdah.core.simulation.Fault.Kind;
import java.util.List;
import java.util.SplittableRandom;

/// Combinations of faults that chance alone brings about too seldom. `n0` is the first primary.
final class Recipes {
  private static final long SECOND = Scenario.SECOND;

  private final SplittableRandom random;
  private final int nodes;
  private final Timings timings;
  private final List<Fault> faults;

  private Recipes(SplittableRandom random, int nodes, Timings timings, List<Fault> faults) {
    this.random = random;
    this.nodes = nodes;
    this.timings = timings;
    this.faults = faults;
  }

  static void add(
      SplittableRandom random, int nodes, Timings timings, long at, List<Fault> faults) {
    var recipes = new Recipes(random, nodes, timings, faults);
    switch (random.nextInt(20)) {
      case 0, 1 -> recipes.zombie(at);
      case 2 -> recipes.partlyCut(at);
      case 3 -> recipes.slowRenewal(at);
      case 4, 5 -> recipes.succession(at);
      case 6 -> recipes.lonelyPrimary(at);
      case 7 -> recipes.lateWinner(at);
      case 8 -> recipes.lostVoter(at);
      case 9 -> recipes.replaced(at);
      case 10 -> recipes.blindVoter(at);
      case 11 -> recipes.recloned(at);
      case 12 -> recipes.volumesAtAnyPoint(at);
      case 13 -> recipes.maintained(at);
      case 14 -> recipes.restoredWhileDead(at);
      case 15 -> recipes.recreated(at);
      case 16, 17 -> recipes.overtaken(at);
      case 18 -> {
        if (random.nextInt(3) > 0) {
          recipes.releasedLate(at);
        } else {
          recipes.startedLate(at);
        }
      }
      default -> recipes.deadHolder(at);
    }
  }

  /// The primary is lost, and whoever is elected doesn't get there; perhaps the next one neither.
  static void stuck(
      SplittableRandom random, int nodes, Timings timings, long at, List<Fault> faults) {
    var recipes = new Recipes(random, nodes, timings, faults);
    if (nodes > 1 && random.nextInt(3) == 0) {
      recipes.unseen(at);
    } else {
      recipes.stuck(at);
    }
  }

  /// The primary is lost, more than one asks to be elected in its place, and the Lease is gone
  /// while the winner is down.
  static void claimedInVain(
      SplittableRandom random, int nodes, Timings timings, long at, List<Fault> faults) {
    var recipes = new Recipes(random, nodes, timings, faults);
    double lease = recipes.lease();
    recipes.add(Kind.MACHINE_CRASHED, at, 0, 0, recipes.between(lease + 2, lease + 6));
    long elected = at + recipes.between(lease - 0.5, lease);
    recipes.add(Kind.API_FLAKY, elected, 0, 0, recipes.between(1, 3));
    long lost = elected + recipes.between(3, 6);
    for (int i = 0; i < nodes; i++) {
      recipes.add(Kind.MACHINE_CRASHED, lost, i, 0, recipes.between(1, 4));
    }
    recipes.add(Kind.LEASE_DELETED, lost + SECOND / 2, 0, 0, recipes.between(0.1, 1));
  }

  /// The primary is lost, another one takes over, and its volume and the Lease are lost before the
  /// first one is back. And nothing else: one that is lost before it could say that it leads can't
  /// be told from one that never did.
  static void lostWithItsLease(
      SplittableRandom random, int nodes, Timings timings, long at, List<Fault> faults) {
    var recipes = new Recipes(random, nodes, timings, faults);
    faults.clear();
    long lost = at + recipes.between(recipes.lease() + 4, recipes.lease() + 10);
    recipes.add(Kind.MACHINE_CRASHED, at, 0, 0, lost - at + recipes.between(1, 4));
    recipes.add(Kind.VOLUME_LOST, lost, recipes.another(0), 0, recipes.between(1, 4));
    recipes.add(Kind.LEASE_DELETED, lost + SECOND / 2, 0, 0, recipes.between(0.1, 0.4));
  }

  /// Clients write to a new primary that doesn't know of it, it crashes, and the old one comes
  /// back.
  private void unseen(long at) {
    add(Kind.STUCK, at, 0, Stuck.UNSEEN.ordinal() - 1, 0);
    add(Kind.MACHINE_CRASHED, at + SECOND / 10, 0, 0, between(lease() + 1, lease() + 6));
    for (int i = 1; i < nodes; i++) {
      add(Kind.POSTGRES_CRASHED, at + between(lease() + 0.5, lease() + 5), i, 0, 0);
    }
  }

  private void stuck(long at) {
    Kind[] ends = {Kind.MACHINE_CRASHED, Kind.ISOLATED, Kind.POSTGRES_CRASHED, Kind.TERMINATED};
    Kind end = ends[random.nextInt(ends.length)];
    boolean lasting = end == Kind.MACHINE_CRASHED || end == Kind.ISOLATED;
    for (int i = random.nextInt(4) / 3; i >= 0; i--) {
      add(Kind.STUCK, at, random.nextInt(nodes), random.nextInt(Stuck.values().length), 0);
    }
    add(end, at + SECOND / 10, 0, 0, lasting ? between(lease(), 3 * lease()) : 0);
    if (random.nextInt(3) == 0) {
      String[] struck = {"Promote", "Fence", "WriteLease", "VoteReply"};
      Kind[] how = {Kind.MANAGER_KILLED, Kind.MACHINE_CRASHED, Kind.CUT_FROM_API};
      add(
          how[random.nextInt(how.length)],
          at + SECOND,
          struck[random.nextInt(struck.length)],
          between(0.1, lease()));
    }
  }

  private long between(double from, double to) {
    return (long) ((from + random.nextDouble() * (to - from)) * SECOND);
  }

  private double lease() {
    return timings.lease() / 1e9;
  }

  private int another(int than) {
    return (than + 1 + random.nextInt(nodes - 1)) % nodes;
  }

  private void add(Kind kind, long at, int node, int other, long lasts) {
    faults.add(new Fault(kind, at, node, other, lasts, ""));
  }

  private void add(Kind kind, long at, String trigger, long lasts) {
    faults.add(new Fault(kind, at, 0, 0, lasts, trigger));
  }

  /// The primary freezes until about the time of the election, which is held up, while a voter
  /// starts anew.
  private void zombie(long at) {
    add(Kind.MACHINE_FROZEN, at, 0, 0, between(lease() - 1, lease() + 6));
    if (random.nextInt(3) > 0) {
      String[] held = {"VoteRequest", "VoteRequest", "Seal", "WriteLease", "Promote"};
      add(Kind.MANAGER_PAUSED, at + SECOND, held[random.nextInt(held.length)], between(0.3, 6));
    }
    if (random.nextInt(3) > 0) {
      String[] restarted = {"VoteReply", "VoteReply", "Seal", "Follow"};
      add(
          Kind.MANAGER_KILLED,
          at + 2 * SECOND,
          restarted[random.nextInt(restarted.length)],
          between(0.01, 1));
    }
    if (random.nextInt(3) == 0) {
      add(Kind.NETWORK_BAD, at, 0, 0, between(lease(), lease() + 8));
    }
  }

  /// The primary reaches neither the API server nor some of the others.
  private void partlyCut(long at) {
    add(Kind.CUT_FROM_API, at, 0, 0, between(lease(), 2 * lease() + 4));
    for (int i = 1; i < nodes; i++) {
      if (random.nextBoolean()) {
        boolean both = random.nextInt(3) > 0;
        long when = at + between(0, 3);
        long lasts = between(lease(), 2 * lease());
        if (both || random.nextBoolean()) {
          add(both ? Kind.CUT : Kind.CUT_ONE_WAY, when, 0, i, lasts);
        } else {
          add(Kind.CUT_ONE_WAY, when, i, 0, lasts);
        }
      }
    }
    if (random.nextInt(3) == 0) {
      add(Kind.MANAGER_KILLED, at + between(1, lease()), another(0), 0, between(0.1, 2));
    }
  }

  /// The answer to a renewal is read late, and then the primary is alone.
  private void slowRenewal(long at) {
    double permit = timings.permit() / 1e9;
    add(Kind.MANAGER_PAUSED, at, "WriteLease", between(0.2, permit + 0.5));
    add(
        random.nextBoolean() ? Kind.ISOLATED : Kind.MANAGER_PAUSED,
        at + SECOND / 100,
        "SendPermit",
        between(lease(), 2 * lease()));
  }

  /// The primary is lost with a tail that nobody has, and its successor is lost soon after.
  private void succession(long at) {
    Kind[] first = {Kind.ISOLATED, Kind.ISOLATED, Kind.MACHINE_FROZEN, Kind.MACHINE_CRASHED};
    add(first[random.nextInt(first.length)], at, 0, 0, between(lease() + 1, lease() + 10));
    int successor = another(0);
    Kind[] second = {Kind.MACHINE_CRASHED, Kind.ISOLATED, Kind.MANAGER_KILLED};
    Kind kind = second[random.nextInt(second.length)];
    long lasts = between(lease(), 2 * lease() + 5);
    if (random.nextBoolean()) {
      add(kind, at + between(lease(), lease() + 9), successor, 0, lasts);
    } else {
      add(kind, at + between(lease(), lease() + 9), "SendPermit", lasts);
    }
  }

  /// The standbys go, the primary works on by itself, and then they come back without it.
  private void lonelyPrimary(long at) {
    long away = between(5, 12);
    for (int i = 1; i < nodes; i++) {
      add(
          random.nextBoolean() ? Kind.MACHINE_CRASHED : Kind.ISOLATED,
          at + between(0, 1),
          i,
          0,
          away);
    }
    add(Kind.MACHINE_CRASHED, at + away + between(-3, 2), 0, 0, between(lease(), 2 * lease() + 4));
    if (random.nextInt(3) == 0) {
      add(Kind.LEASE_RESTORED, at + away + between(-1, lease()), 0, 0, 0);
    }
  }

  /// Whoever wins the election learns of it late.
  private void lateWinner(long at) {
    add(Kind.MACHINE_CRASHED, at, 0, 0, between(lease() + 2, 2 * lease() + 6));
    Kind[] kinds = {Kind.MANAGER_PAUSED, Kind.MACHINE_FROZEN, Kind.CUT_FROM_API};
    String[] triggers = {"WriteLease", "WriteLease", "SendPermit", "Promote"};
    add(
        kinds[random.nextInt(kinds.length)],
        at + SECOND,
        triggers[random.nextInt(triggers.length)],
        between(0.5, 2 * lease()));
    if (random.nextInt(3) == 0) {
      add(Kind.API_FLAKY, at + timings.lease() - SECOND, 0, 0, between(1, 6));
    }
  }

  /// A voter loses what it confirmed, and the primary goes too.
  private void lostVoter(long at) {
    Kind kind = random.nextInt(3) > 0 ? Kind.VOLUME_LOST : Kind.VOLUME_ROLLED_BACK;
    int victim = random.nextInt(4) == 0 ? 0 : another(0);
    add(kind, at, victim, 0, between(1, 4));
    add(
        random.nextBoolean() ? Kind.MACHINE_CRASHED : Kind.ISOLATED,
        at + between(-1, 6),
        victim == 0 ? another(0) : 0,
        0,
        between(lease(), 2 * lease()));
    if (random.nextInt(3) == 0) {
      add(Kind.CUT, at + between(-3, 1), 0, another(0), between(1, 8));
    }
  }

  /// A voter loses its volume right after its vote, and is cloned anew from the old primary, which
  /// runs on without anybody to stop it, while the candidate stands still before its write.
  private void recloned(long at) {
    double frozen = between(lease() + 0.3, lease() + 1.5) / 1e9;
    add(Kind.MACHINE_FROZEN, at, 0, 0, (long) (frozen * SECOND));
    add(Kind.MANAGER_PAUSED, at, 0, 0, between(lease() + 8, lease() + 14));
    add(Kind.MANAGER_PAUSED, at + SECOND, "Claim", between(5, 9));
    add(Kind.VOLUME_LOST, at + SECOND, "VoteReply", SECOND / 100);
  }

  /// Volumes are lost or rolled back right after whatever somebody does while the primary is lost,
  /// starts again or hands over.
  private void volumesAtAnyPoint(long at) {
    Kind[] first = {
      Kind.POSTGRES_CRASHED,
      Kind.MACHINE_CRASHED,
      Kind.MACHINE_FROZEN,
      Kind.ISOLATED,
      Kind.MANAGER_KILLED,
      Kind.SWITCHOVER,
      Kind.SYNC_CHANGED
    };
    Kind kind = first[random.nextInt(first.length)];
    boolean lasting = kind != Kind.POSTGRES_CRASHED && kind != Kind.SWITCHOVER;
    switch (kind) {
      case SYNC_CHANGED -> add(kind, at, 0, Scenario.possible(random.nextInt(6), nodes), 0);
      case SWITCHOVER -> add(kind, at, another(0), 0, 0);
      default -> add(kind, at, 0, 0, lasting ? between(0.5, 2 * lease()) : 0);
    }
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      Kind lost = random.nextBoolean() ? Kind.VOLUME_LOST : Kind.VOLUME_ROLLED_BACK;
      long when = at + between(0, i == 0 ? 0.5 : lease());
      int offset = random.nextInt(nodes);
      faults.add(new Fault(lost, when, 0, offset, between(0.01, 4), Scenario.trigger(random)));
    }
    if (random.nextInt(3) == 0) {
      add(Kind.POSTGRES_CRASHED, at + between(0.2, lease()), random.nextInt(nodes), 0, 0);
    }
  }

  /// Somebody restarts or updates instances while they are cut off, elected or lost.
  private void maintained(long at) {
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      Kind[] kinds = {Kind.RESTARTED, Kind.UPDATED, Kind.UPDATED};
      Kind kind = kinds[random.nextInt(kinds.length)];
      int node = random.nextInt(3) > 0 ? 0 : random.nextInt(nodes);
      add(kind, at + between(0, i == 0 ? 1 : lease()), node, 0, 0);
    }
    Kind[] also = {
      Kind.ISOLATED,
      Kind.CUT_FROM_API,
      Kind.MACHINE_FROZEN,
      Kind.MACHINE_CRASHED,
      Kind.SWITCHOVER,
      Kind.PROOF_OF_DEATH,
      Kind.API_DOWN,
      Kind.MANAGER_KILLED
    };
    Kind kind = also[random.nextInt(also.length)];
    boolean lasts = kind != Kind.SWITCHOVER && kind != Kind.PROOF_OF_DEATH;
    int node = kind == Kind.SWITCHOVER ? another(0) : random.nextInt(3) > 0 ? 0 : another(0);
    add(kind, at + between(-1, 2), node, 0, lasts ? between(0.5, 2 * lease()) : 0);
  }

  /// The primary dies, the control plane comes back as it was before some change of the voters, and
  /// the operator, which knows nothing of that, frees the Lease.
  private void restoredWhileDead(long at) {
    add(Kind.CUT, at, 0, another(0), between(4, 8));
    long dead = at + between(1, 6);
    add(Kind.MACHINE_CRASHED, dead, 0, 0, between(lease(), 2 * lease()));
    add(Kind.LEASE_RESTORED, dead + between(0.1, 0.5), 0, 0, 0);
    add(Kind.PROOF_OF_DEATH, dead + between(0.6, 3), 0, 0, 0);
  }

  /// Somebody took over, and then all but the volumes is gone.
  private void recreated(long at) {
    add(Kind.MACHINE_CRASHED, at, 0, 0, between(lease() + 2, lease() + 9));
    long gone = at + between(lease(), lease() + 6);
    add(Kind.CLUSTER_RECREATED, gone, 0, random.nextInt(2), between(0.5, 5));
  }

  /// Who was just promoted has to hand over before all have heard of it, again and again.
  private void overtaken(long at) {
    add(Kind.API_FLAKY, at - SECOND / 10, 0, 0, between(6, 12));
    int to = 0;
    long when = at;
    for (int i = 0; i < 4; i++) {
      to = another(to);
      add(Kind.SWITCHOVER, when, to, 0, 0);
      when += between(0.5, 3.5);
    }
  }

  /// Who ends can't release its Lease, asks the others to, and is back before they have heard it.
  private void releasedLate(long at) {
    add(Kind.NETWORK_BAD, at, 0, 0, between(4, 8));
    add(random.nextBoolean() ? Kind.API_DOWN : Kind.CUT_FROM_API, at, 0, 0, between(0.5, 2.5));
    add(Kind.TERMINATED, at + between(0.01, 0.3), 0, 0, 0);
    add(Kind.MANAGER_KILLED, at, "ReleaseRequest", between(0.1, 1));
  }

  /// The primary is to start again, and its volume doesn't answer for a while; then it can't say
  /// soon that another may lead.
  private void startedLate(long at) {
    add(Kind.ORDER_LOST, at, 0, 0, 0);
    Kind[] kinds = {Kind.RESTARTED, Kind.RESTARTED, Kind.MANAGER_KILLED, Kind.POSTGRES_CRASHED};
    add(kinds[random.nextInt(kinds.length)], at + SECOND / 100, 0, 0, between(0.1, 1));
    add(Kind.CUT_FROM_API, at + between(8, 9.5), 0, 0, between(0.5, 4));
  }

  /// A second machine under the same name.
  private void replaced(long at) {
    if (random.nextBoolean()) {
      add(
          random.nextBoolean() ? Kind.CUT_FROM_API : Kind.MACHINE_FROZEN,
          at + between(-1, 1),
          0,
          0,
          between(0.5, lease()));
    }
    add(Kind.REPLACED, at, 0, 0, 0);
  }

  /// A voter doesn't see what becomes of the Lease, while the primary freezes.
  private void blindVoter(long at) {
    int voter = another(0);
    double frozen = between(1, 3) / 1e9;
    add(Kind.CUT_FROM_API, at, voter, 0, between(lease() + frozen, lease() + frozen + 3));
    add(
        Kind.MACHINE_FROZEN,
        at + (long) (frozen * SECOND),
        0,
        0,
        between(lease() + 0.5, lease() + 4));
    add(
        Kind.MANAGER_PAUSED,
        at + (long) ((lease() + frozen - 0.5) * SECOND),
        "VoteRequest",
        between(0.5, 4));
  }

  /// The operator knows that the holder is dead.
  private void deadHolder(long at) {
    add(
        random.nextBoolean() ? Kind.MACHINE_CRASHED : Kind.MANAGER_KILLED,
        at,
        0,
        0,
        between(3, lease() + 5));
    add(Kind.PROOF_OF_DEATH, at + between(0.1, 3), 0, 0, 0);
    if (random.nextInt(3) == 0) {
      add(Kind.CUT, at - between(0, 2), 0, another(0), between(1, 6));
    }
  }
}
