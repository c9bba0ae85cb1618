// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import dev.howdah.core.leadership.SafetyRule;
import dev.howdah.core.replica.Following;
import dev.howdah.core.replica.Following.Start;
import dev.howdah.core.wal.Timeline;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Two clusters that change places, again and again: somebody demotes the one that writes, and
/// promotes the other one with the token. Instances crash at any step, others are elected in their
/// place, what an instance knows of its Cluster may be old, and the Lease may be lost while nobody
/// has it.
///
/// That one instance of a cluster leads at a time, and that the elected one has what was
/// acknowledged, is taken for granted: that is what [World] is for. There is no clock here; one
/// step is whatever happens next.
final class Swap {
  private static final int STEPS = 800;
  private static final int CALM = 3000;

  private final SplittableRandom random;
  private final Set<SafetyRule> off;
  private final @Nullable StringBuilder trace;
  private final Histories histories = new Histories();
  private final Side[] sides = {new Side("east"), new Side("west")};
  private final Map<Integer, BitSet> checkpoints = new HashMap<>();
  private final Set<Integer> timelines = new HashSet<>();

  /// Nobody asks for synchronous replication: the Leases name no voters.
  private final boolean plain;

  private @Nullable String violation;
  private int tick;
  private int swaps;
  private int demoting;
  private boolean asked;
  private boolean given;

  /// How long the person doesn't see the mistake.
  private int unaware;

  private int patience;
  private boolean calm;

  Swap(long seed, Set<SafetyRule> off, boolean traced) {
    random = new SplittableRandom(seed * 31 + 7);
    this.off = off;
    trace = traced ? new StringBuilder() : null;
    plain = random.nextInt(2) == 0;
    histories.begin(-1, 0, 1);
    timelines.add(1);
    checkpoint(0, 1);
    for (Side side : sides) {
      side.say(new Cluster(side == sides[1], "", "", ""));
      for (Instance instance : side.all) {
        instance.length = 1;
        instance.standby = true;
      }
      side.leader = side.all[0];
      side.all[0].standby = side == sides[1];
    }
  }

  /// What a Cluster's spec and status say.
  ///
  /// @param promotion `spec.replica.promotionToken`
  /// @param demotion `status.demotionToken`
  /// @param last `status.lastPromotionToken`
  private record Cluster(boolean follows, String promotion, String demotion, String last) {
    boolean awaitsToken() {
      return !follows && !promotion.isEmpty() && !promotion.equals(last);
    }
  }

  private final class Side {
    final String name;
    final Instance[] all;
    final List<Cluster> versions = new ArrayList<>();
    Instance leader;

    /// What the Lease says of the timelines that its holders had.
    Timeline reached = new Timeline(1);

    /// The token that it was promoted with before.
    String used = "";

    /// The timeline that its leader had when that was given again by mistake; 0: it wasn't.
    int passed;

    /// Whether the Lease has voters, and what they confirmed.
    boolean voters;

    int confirmedBranch;
    int confirmed;

    /// The Lease is gone, with all that it said: nobody leads before its last holder is back.
    boolean lost;

    Side(String name) {
      this.name = name;
      all = new Instance[] {new Instance(this, 1), new Instance(this, 2), new Instance(this, 3)};
      leader = all[0];
    }

    Cluster now() {
      return versions.getLast();
    }

    void say(Cluster cluster) {
      versions.add(cluster);
    }

    Side other() {
      return this == sides[0] ? sides[1] : sides[0];
    }
  }

  private final class Instance {
    final Side side;
    final String name;
    int branch;
    int length;

    /// The data says so.
    boolean standby;

    boolean running;
    boolean primary;
    boolean open;
    boolean office;

    /// On the volume.
    String token = "";

    String made = "";

    /// What it remembers of the Lease's [Side#reached].
    Timeline reached = new Timeline(1);

    int seen;

    /// It isn't started before that step.
    int away;

    final Deque<Runnable> steps = new ArrayDeque<>();

    Instance(Side side, int number) {
      this.side = side;
      name = side.name + "-" + number;
    }

    boolean leads() {
      return side.leader == this;
    }

    /// What it goes by when it decides whether to become a primary.
    Cluster cluster() {
      if (!off.contains(SafetyRule.SWAP_FRESH_CLUSTER)) {
        seen = side.versions.size() - 1;
      }
      return side.versions.get(seen);
    }

    void stop() {
      steps.clear();
      running = false;
      primary = false;
      open = false;
      office = false;
      made = "";
    }
  }

  // ---- running

  @Nullable String run() {
    for (int i = 0; i < STEPS && violation == null; i++) {
      step();
    }
    calm = true;
    trace("all faults are over");
    int before = swaps;
    for (int i = 0; i < CALM && violation == null && swaps == before; i++) {
      step();
    }
    if (violation == null && swaps == before) {
      violated("R4 the clusters change places", "nothing goes on: " + describe());
    }
    return violation;
  }

  @Nullable StringBuilder trace() {
    return trace;
  }

  int swaps() {
    return swaps;
  }

  private void step() {
    tick++;
    Side side = sides[random.nextInt(2)];
    Instance any = side.all[random.nextInt(side.all.length)];
    switch (random.nextInt(16)) {
      case 0 -> any.seen = side.versions.size() - 1;
      case 1, 2 -> write(side.leader);
      case 3, 4, 5 -> pull(any);
      case 6 -> acknowledge(side.leader);
      case 7 -> user();
      case 8 -> {
        if (!calm && random.nextInt(4) == 0) {
          crash(any, random.nextInt(3) == 0 ? random.nextInt(STEPS) : 0);
        }
      }
      case 9 -> elect(side);
      case 10 -> start(any);
      default -> lead(side.leader);
    }
  }

  private void crash(Instance i, int away) {
    trace(i.name + " crashes");
    i.stop();
    i.away = tick + away;
    if (i.leads() && random.nextInt(4) == 0) {
      trace("its Lease is lost");
      i.side.lost = true;
    }
  }

  /// What the last holder of a Lease that was lost writes into the new one.
  private void leadAgain(Instance i) {
    Side side = i.side;
    side.lost = false;
    side.reached = i.reached;
    reach(i);
    if (off.contains(SafetyRule.SWAP_LOST_VOTERS_ARE_MADE_ANEW)) {
      side.voters = false;
    } else if (!plain) {
      confirm(i, i.length);
    }
  }

  private void trace(String what) {
    if (trace != null) {
      trace.append(what).append(System.lineSeparator());
    }
  }

  private String describe() {
    var text = new StringBuilder();
    for (Side side : sides) {
      text.append(side.name).append(' ').append(side.now()).append(' ');
      for (Instance i : side.all) {
        text.append(
            "%s%s at %s%s%s%s; "
                .formatted(
                    i.name,
                    i.leads() ? " leads" : "",
                    position(i),
                    i.running ? "" : " down",
                    i.primary ? " primary" : "",
                    i.office ? " in office" : ""));
      }
    }
    return text.toString();
  }

  private void violated(String invariant, String text) {
    if (violation == null) {
      violation = invariant + ": " + text;
      trace("!! " + violation);
    }
  }

  // ---- logs

  private String position(Instance i) {
    return text(histories.branchAt(i.branch, i.length), i.length);
  }

  private String text(int branch, int length) {
    return histories.timeline(branch) + "/" + length;
  }

  private void checkpoint(int branch, int at) {
    checkpoints.computeIfAbsent(branch, _ -> new BitSet()).set(at);
  }

  private void append(Instance i, boolean checkpoint) {
    i.length++;
    if (checkpoint) {
      checkpoint(i.branch, i.length);
    }
  }

  /// Where the last checkpoint is: what `pg_controldata` says of a stopped server, and of a standby
  /// after a restart point.
  private String control(Instance i) {
    int length = i.length;
    for (int branch = i.branch; branch >= 0; branch = histories.parent(branch)) {
      BitSet known = checkpoints.get(branch);
      int at = known == null ? -1 : known.previousSetBit(length);
      if (at > histories.fork(branch)) {
        return text(branch, at);
      }
      length = Math.min(length, histories.fork(branch));
    }
    return text(0, 1);
  }

  private void write(Instance i) {
    if (i.running && i.primary && i.open) {
      append(i, random.nextInt(5) == 0);
    }
  }

  /// Commits wait for a standby of their own cluster; what is acknowledged while the Lease has no
  /// voters yet is no promise.
  private void acknowledge(Instance i) {
    if (!i.running || !i.primary || !i.open) {
      return;
    }
    int confirmed = 0;
    for (Instance other : i.side.all) {
      if (other != i && other.running) {
        int common = histories.common(i.branch, i.length, other.branch, other.length);
        confirmed = Math.max(confirmed, common);
      }
    }
    Side side = i.side;
    boolean more =
        side.voters && histories.has(i.branch, confirmed, side.confirmedBranch, side.confirmed);
    if (more) {
      histories.acknowledge(histories.branchAt(i.branch, confirmed), confirmed);
      confirm(i, confirmed);
    }
  }

  private void confirm(Instance i, int length) {
    i.side.voters = true;
    i.side.confirmedBranch = histories.branchAt(i.branch, length);
    i.side.confirmed = length;
  }

  private void pull(Instance i) {
    if (!i.running || i.primary || !i.standby) {
      return;
    }
    Instance from = i.leads() ? i.office ? i.side.other().leader : i : i.side.leader;
    if (from == i || !from.running) {
      return;
    }
    int common = histories.common(i.branch, i.length, from.branch, from.length);
    if (common == i.length && from.length > common) {
      int more = 1 + random.nextInt(from.length - common);
      i.branch = from.branch;
      i.length = common + more;
    } else if (common < i.length && !i.leads()) {
      trace(i.name + " is rewound to " + from.name);
      i.branch = from.branch;
      i.length = from.length;
    }
  }

  /// Whether it went another way than the other cluster's primary, which its Cluster says then.
  private boolean hasDiverged(Instance i) {
    Instance from = i.side.other().leader;
    return i.running
        && i.office
        && from.running
        && from.primary
        && histories.common(i.branch, i.length, from.branch, from.length) < i.length;
  }

  // ---- one cluster

  private void elect(Side side) {
    Instance old = side.leader;
    if (calm || side.lost || old.running || random.nextInt(2) > 0) {
      return;
    }
    for (Instance next : side.all) {
      if (next != old && next.running && next.standby && isElectable(next)) {
        side.leader = next;
        reach(next);
        Cluster cluster = next.cluster();
        boolean office =
            off.contains(SafetyRule.SWAP_ELECTED_TAKES_OFFICE)
                ? cluster.follows()
                : Following.takesOffice(cluster.follows(), cluster.awaitsToken());
        trace(next.name + " is elected" + (office ? ", in office" : ""));
        if (!office) {
          promote(next, false);
        } else {
          next.office = true;
          if (random.nextInt(6) == 0) {
            crash(next, 0);
          }
        }
        return;
      }
    }
  }

  /// What an election asks for: where the Lease has voters, what they confirmed.
  private boolean isElectable(Instance i) {
    Side side = i.side;
    return !side.voters || histories.has(i.branch, i.length, side.confirmedBranch, side.confirmed);
  }

  private void start(Instance i) {
    if (i.running || (tick < i.away && !calm)) {
      return;
    }
    if (!i.leads()) {
      i.running = true;
      i.standby = true;
      return;
    }
    if (i.side.lost) {
      leadAgain(i);
    }
    Cluster cluster = i.cluster();
    boolean standby = i.standby && !off.contains(SafetyRule.SWAP_STANDBY_STAYS);
    Start how = Following.start(cluster.follows(), standby);
    trace(i.name + " starts: " + how);
    i.running = true;
    switch (how) {
      case IN_OFFICE -> {
        i.standby = true;
        i.office = true;
      }
      case CLOSED_PRIMARY, PRIMARY -> {
        i.standby = false;
        i.primary = true;
        append(i, true);
        i.open = how == Start.PRIMARY;
        opens(i);
      }
    }
  }

  /// The upkeep of the instance that leads, one step at a time.
  private void lead(Instance i) {
    if (!i.running) {
      return;
    }
    if (calm || random.nextInt(4) == 0) {
      renew(i);
    }
    if (!i.steps.isEmpty()) {
      i.steps.poll().run();
      return;
    }
    Cluster cluster = i.office ? i.cluster() : i.side.versions.get(i.seen);
    switch (Following.duty(cluster.follows(), i.office, !i.primary, cluster.awaitsToken())) {
      case LEAD -> {
        boolean early = off.contains(SafetyRule.SWAP_VOTERS_FIRST) && cluster.awaitsToken();
        if (i.side.voters || plain || early) {
          promoted(i, cluster);
        } else {
          confirm(i, i.length); // until a standby has it, only this data may lead
        }
        if (!i.open) {
          i.open = true; // no demotion comes
          opens(i);
        }
      }
      case FOLLOW -> tell(i, cluster);
      case DEMOTE -> {
        if (isTimelineKnown(i)) {
          demote(i);
        }
      }
      case PROMOTE_AT_TOKEN -> {
        boolean there =
            control(i).equals(cluster.promotion()) || off.contains(SafetyRule.SWAP_AT_TOKEN);
        if (there && isPresent(i.side, cluster.promotion())) {
          if (i.side.voters && !off.contains(SafetyRule.SWAP_OLD_VOTERS_GO)) {
            i.side.voters = false;
          } else {
            promote(i, true);
          }
        }
      }
      case PROMOTE -> {
        if (isTimelineKnown(i)) {
          promote(i, false);
        }
      }
    }
  }

  /// The Lease has said so since the instance saw it: whose voters those are is known.
  private boolean isTimelineKnown(Instance i) {
    return i.side.reached.compareTo(timeline(i)) >= 0;
  }

  private void renew(Instance i) {
    if (i.office && off.contains(SafetyRule.SWAP_VOTERS_STAY)) {
      i.side.voters = false;
    }
    reach(i);
  }

  private void reach(Instance i) {
    var own = timeline(i);
    i.side.reached = own.compareTo(i.side.reached) > 0 ? own : i.side.reached;
    i.reached = i.side.reached;
  }

  private Timeline timeline(Instance i) {
    return new Timeline(histories.timeline(histories.branchAt(i.branch, i.length)));
  }

  private boolean isPresent(Side side, String token) {
    var timeline = new Timeline(Integer.parseInt(token.substring(0, token.indexOf('/'))));
    return !Following.isOfThePast(timeline, side.reached)
        || off.contains(SafetyRule.SWAP_TOKEN_IS_PRESENT);
  }

  /// On a timeline that its own cluster began there, by a promotion that nobody saw to its end.
  private boolean hasPassed(Instance i, String token) {
    int at = Integer.parseInt(token.substring(token.indexOf('/') + 1));
    int branch = histories.branchAt(i.branch, i.length);
    return i.length > at
        && text(histories.branchAt(i.branch, at), at).equals(token)
        && branch != histories.branchAt(i.branch, at);
  }

  private void demote(Instance i) {
    trace(i.name + " is to be demoted");
    i.steps.add(() -> i.open = false);
    i.steps.add(() -> {
      boolean inOrder = calm || random.nextInt(5) > 0;
      i.running = inOrder || off.contains(SafetyRule.SWAP_STOPS_IN_ORDER);
      if (inOrder) {
        append(i, true);
      } else if (!i.running) {
        i.stop();
        return;
      }
      i.primary = false;
    });
    i.steps.add(() -> {
      i.token = control(i);
      i.made = i.token;
      trace(i.name + " stopped at " + i.token);
    });
    i.steps.add(() -> i.standby = true);
    i.steps.add(() -> {
      i.office = true;
      if (!calm && random.nextInt(6) == 0) {
        crash(i, random.nextInt(STEPS)); // before the others have all of it
      }
    });
  }

  private void tell(Instance i, Cluster known) {
    Cluster now = i.side.now();
    boolean ends = control(i).equals(i.token);
    if (!i.token.isEmpty() && ends && Following.tells(i.token, known.demotion(), i.made)) {
      trace(i.name + " tells " + i.token);
      String last = off.contains(SafetyRule.SWAP_USED_TOKEN_IS_FORGOTTEN) ? now.last() : "";
      i.side.say(new Cluster(now.follows(), now.promotion(), i.token, last));
    }
  }

  private void promote(Instance i, boolean atToken) {
    if (atToken && !control(i).equals(i.side.now().promotion())) {
      violated(
          "R2 promoted at the token",
          "%s is promoted at %s, and the token says %s"
              .formatted(i.name, control(i), i.side.now().promotion()));
    }
    if (atToken && timeline(i).id() < i.side.passed) {
      violated(
          "R5 a token of the past promotes nobody",
          "%s is promoted at %s, and its cluster was on timeline %d when that was given"
              .formatted(i.name, control(i), i.side.passed));
    }
    int timeline = histories.timeline(histories.branchAt(i.branch, i.length)) + 1;
    while (!timelines.add(timeline)) {
      timeline++;
    }
    int parent = histories.branchAt(i.branch, i.length);
    i.branch = histories.begin(parent, i.length, timeline);
    append(i, true);
    i.standby = false;
    i.primary = true;
    i.open = true;
    i.office = false;
    trace(i.name + " is promoted: " + position(i));
    opens(i);
    for (Instance other : i.side.all) {
      if (other != i && !calm && random.nextInt(4) == 0) {
        crash(other, random.nextInt(STEPS)); // left behind at the token
      }
    }
  }

  private void promoted(Instance i, Cluster known) {
    i.token = "";
    i.made = "";
    Cluster now = i.side.now();
    boolean last = known.awaitsToken();
    if (last || !known.demotion().isEmpty()) {
      i.side.say(
          new Cluster(now.follows(), now.promotion(), "", last ? known.promotion() : now.last()));
    }
  }

  private void opens(Instance i) {
    if (!i.open) {
      return;
    }
    for (Instance other : i.side.other().all) {
      if (other.running && other.primary && other.open) {
        violated(
            "R1 one cluster writes",
            "%s accepts writes while %s does".formatted(i.name, other.name));
      }
    }
    for (int branch = 0; branch < histories.count(); branch++) {
      int last = histories.acknowledged(branch);
      if (last > 0 && !histories.has(i.branch, i.length, branch, last)) {
        violated(
            "R3 nothing acknowledged is lost",
            "%s writes at %s without %s".formatted(i.name, position(i), text(branch, last)));
      }
    }
  }

  /// No token comes, or what it stands for is lost with the instance that was demoted: the demoted
  /// cluster is to write again.
  private void takeBack(Side from, Side to) {
    Cluster it = to.now();
    if (given && !it.promotion().isEmpty() && hasPassed(to.leader, it.promotion())) {
      trace("promote " + to.name + " without the token");
      to.say(new Cluster(false, "", it.demotion(), ""));
      patience = 0;
      return;
    }
    trace("take it back");
    to.say(new Cluster(true, "", it.demotion(), it.last()));
    Cluster now = from.now();
    from.say(new Cluster(false, "", now.demotion(), now.last()));
    asked = false;
    given = false;
  }

  // ---- the person who has them change places

  private void user() {
    Side from = sides[demoting];
    Side to = from.other();
    if (asked && (calm || !given) && patience++ > (calm ? 40 : 8)) {
      takeBack(from, to);
    } else if (!asked) {
      boolean settled = from.leader.running && from.leader.primary && from.leader.open;
      if (calm && hasDiverged(to.leader)) {
        trace(to.name + " is made anew");
        to.leader.branch = from.leader.branch;
        to.leader.length = from.leader.length;
        return;
      }
      Cluster now = from.now();
      boolean admitted = now.demotion().isEmpty() || off.contains(SafetyRule.SWAP_OLD_TOKEN_GOES);
      if (settled && admitted && (calm || random.nextInt(3) == 0)) {
        asked = true;
        patience = 0;
        trace("demote " + from.name);
        from.say(new Cluster(true, "", now.demotion(), now.last()));
      }
    } else if (!given) {
      Cluster now = to.now();
      String token = from.now().demotion();
      if (unaware > 0 && !calm) {
        unaware--;
      } else if (!token.isEmpty()) {
        boolean mistaken = !to.used.isEmpty() && random.nextInt(4) == 0;
        String it = mistaken ? to.used : token;
        given = !mistaken;
        unaware = mistaken ? random.nextInt(12) : 0;
        to.passed = 0;
        if (mistaken && to.leader.running) {
          renew(to.leader); // a person is slower
          to.passed = timeline(to.leader).id();
        }
        if (mistaken && !calm && random.nextBoolean()) {
          for (Instance i : to.all) { // whoever was left behind takes the leader's place
            if (i == to.leader || !control(i).equals(it)) {
              crash(i, 100);
            } else {
              i.away = tick;
            }
          }
        }
        patience = 0;
        trace("promote " + to.name + " at " + it + (mistaken ? ", by mistake" : ""));
        to.say(new Cluster(false, it, now.demotion(), now.last()));
      }
    } else if (to.now().promotion().isEmpty() || to.now().last().equals(to.now().promotion())) {
      patience = 0;
      swaps++;
      to.used = to.now().promotion();
      asked = false;
      given = false;
      demoting = 1 - demoting;
    }
  }
}
