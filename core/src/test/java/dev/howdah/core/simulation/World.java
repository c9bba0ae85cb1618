// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import dev.howdah.core.leadership.Durable;
import dev.howdah.core.leadership.Effect;
import dev.howdah.core.leadership.Identity;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.leadership.PeerMessage;
import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.SafetyRule;
import dev.howdah.core.leadership.Settings;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// One run: virtual time, the network, and everybody in it.
final class World {
  static final long MILLI = 1_000_000L;
  static final long SECOND = 1_000_000_000L;

  final Scenario scenario;
  final Settings settings;
  final SplittableRandom random;
  final Histories histories = new Histories();
  final Node[] nodes;
  final ApiServer api;
  final Checker checker;
  final Routing routing;
  final @Nullable StringBuilder trace;
  long now;
  int lastNumber;
  boolean dataLost;
  boolean settingChanged;

  private final EventQueue queue = new EventQueue();
  private final int[][] cuts;
  private final int[] apiCuts;
  private final List<Fault> waiting = new ArrayList<>();
  final List<Node> zombies = new ArrayList<>();
  private int networkBad;
  private int ordersLost;
  private final List<Stuck> stuck = new ArrayList<>();
  private boolean settled;
  private boolean rolledBack;
  private boolean leaseRestored;
  private boolean recreated;

  World(Scenario scenario, Set<SafetyRule> off, boolean traced) {
    this.scenario = scenario;
    random = new SplittableRandom(scenario.seed() ^ 0x5DEECE66DL);
    var base = Settings.of(scenario.timings());
    settings =
        new Settings(
            base.timings(),
            0,
            20 * SECOND,
            Long.MAX_VALUE,
            off.isEmpty() ? Set.of() : EnumSet.copyOf(off));
    trace = traced ? new StringBuilder() : null;
    int count = scenario.nodes();
    cuts = new int[count][count];
    apiCuts = new int[count];
    nodes = new Node[count];
    api = new ApiServer(this);
    checker = new Checker(this);
    routing = new Routing(this, count);
    histories.begin(-1, 0, 1);
    for (int i = 0; i < count; i++) {
      nodes[i] = new Node(this, i, 0, new Disk("v" + i));
    }
  }

  // ---- running

  /// @return what went wrong; null if nothing did
  @Nullable String run() {
    boolean fresh = random.nextInt(8) == 0;
    prepare(fresh);
    for (Fault fault : scenario.faults()) {
      at(fault.at(), () -> inject(fault));
    }
    at(scenario.calm(), this::calm);
    while (!queue.isEmpty() && checker.violation() == null && !settled) {
      long time = queue.nextTime();
      if (time > scenario.end()) {
        break;
      }
      now = time;
      queue.poll().run();
    }
    if (checker.violation() == null && !settled) {
      now = scenario.end();
      checker.checkLiveness();
    }
    return checker.violation();
  }

  /// A cluster that was stopped in order, or one that never ran.
  private void prepare(boolean fresh) {
    api.cluster =
        new dev.howdah.core.leadership.ClusterView(
            "n0", fresh ? "" : "n0", List.of(), names(), Scenario.spec(scenario.spec()));
    var members = new ArrayList<Member>();
    for (Node node : nodes) {
      Disk disk = node.disk();
      members.add(new Member(node.name, disk.volume));
      disk.length = fresh && node.index > 0 ? 0 : 10;
      disk.data = node.index == 0 ? Data.PRIMARY : fresh ? Data.UNUSABLE : Data.STANDBY;
    }
    if (fresh) {
      api.put(LeaseRecord.FRESH);
    } else {
      nodes[0].disk().durable = new Durable("v0", 1, 1, 1, 1, 1, 1, null);
      boolean asynchronous = api.cluster.sync().isAsynchronous();
      api.put(
          new LeaseRecord(
              "",
              settings.timings().lease(),
              1,
              1,
              new Identity("n0", nodes[0].disk().volume, "before", "before"),
              asynchronous ? Quorum.ASYNCHRONOUS : Quorum.SAME_DATA_ONLY,
              members,
              new Timeline(1),
              new Timeline(1),
              WalPosition.of(1, 10),
              true,
              "",
              "",
              List.of()));
    }
    for (Node node : nodes) {
      at(random.nextLong(200 * MILLI), node::start);
    }
  }

  List<String> names() {
    var names = new ArrayList<String>();
    for (int i = 0; i < scenario.nodes(); i++) {
      names.add("n" + i);
    }
    return names;
  }

  void at(long time, Runnable action) {
    queue.add(time, action);
  }

  void after(long delay, Runnable action) {
    queue.add(now + delay, action);
  }

  void trace(String who, String what) {
    if (trace != null) {
      trace.append("%9.4f  %-4s %s%n".formatted(now / 1e9, who, what));
    }
  }

  int number() {
    return ++lastNumber;
  }

  static int index(String name) {
    return name.charAt(1) - '0';
  }

  // ---- the network

  boolean reaches(int from, int to) {
    return cuts[from][to] == 0;
  }

  boolean reachesApi(int node) {
    return apiCuts[node] == 0;
  }

  boolean isNetworkBad() {
    return networkBad > 0;
  }

  long latency() {
    return MILLI / 5 + random.nextLong(2 * MILLI);
  }

  void send(Node from, String to, PeerMessage message) {
    int target = index(to);
    if (target >= nodes.length || !reaches(from.index, target)) {
      return;
    }
    int copies = 1;
    if (networkBad > 0) {
      int luck = random.nextInt(10);
      copies = luck < 2 ? 0 : luck == 9 ? 2 : 1;
    }
    for (int i = 0; i < copies; i++) {
      long delay =
          networkBad > 0 && random.nextInt(3) == 0 ? random.nextLong(3 * SECOND) : latency();
      after(delay, () -> nodes[target].receive(message));
    }
  }

  // ---- faults

  private void inject(Fault fault) {
    if (fault.isAtEffect()) {
      waiting.add(fault);
      return;
    }
    strike(fault);
  }

  /// @return whether something struck the node that just executed this effect
  boolean struck(Node node, Effect effect) {
    if (waiting.isEmpty()) {
      return false;
    }
    String name = name(effect);
    for (int i = 0; i < waiting.size(); i++) {
      Fault fault = waiting.get(i);
      if (fault.trigger().equals(name)) {
        waiting.remove(i);
        int victim = node.index;
        if (fault.kind() == Fault.Kind.VOLUME_LOST
            || fault.kind() == Fault.Kind.VOLUME_ROLLED_BACK) {
          victim = (node.index + fault.other()) % nodes.length;
        }
        strike(new Fault(fault.kind(), now, victim, fault.other(), fault.lasts(), fault.trigger()));
        return true;
      }
    }
    return false;
  }

  /// @return whether this order fails before PostgreSQL hears of it
  boolean isOrderLost() {
    if (ordersLost == 0) {
      return false;
    }
    ordersLost--;
    return true;
  }

  /// What becomes of a promotion that begins now.
  Stuck promotion() {
    for (Stuck how : stuck) {
      if (how != Stuck.START) {
        stuck.remove(how);
        return how;
      }
    }
    return Stuck.NONE;
  }

  /// What becomes of a start as primary that begins now.
  Stuck start() {
    return stuck.remove(Stuck.START) ? Stuck.START : Stuck.NONE;
  }

  private String name(Effect effect) {
    return switch (effect) {
      case Effect.Send(_, PeerMessage message) -> message.getClass().getSimpleName();
      case Effect.Persist(Durable durable) -> isClaim(durable) ? "Claim" : "Persist";
      default -> effect.getClass().getSimpleName();
    };
  }

  /// It was written by the winner of an election, before its write to the Lease.
  private boolean isClaim(Durable durable) {
    LeaseRecord lease = api.lease();
    return lease != null && durable.claim() > lease.term();
  }

  private void strike(Fault fault) {
    if (now >= scenario.calm()) {
      return;
    }
    long until = Math.min(now + fault.lasts(), scenario.calm());
    Node node = nodes[fault.node()];
    if (trace != null) {
      trace("!", fault.toString().strip());
    }
    checker.troubleBegins();
    switch (fault.kind()) {
      case MANAGER_KILLED -> node.killManager(until);
      case MANAGER_PAUSED -> node.pauseManager(until);
      case MACHINE_FROZEN -> node.freeze(until);
      case MACHINE_CRASHED -> node.crash(until);
      case POSTGRES_CRASHED -> node.server.crash();
      case POSTGRES_HUNG -> node.server.hang();
      case STORAGE_FAILED -> node.server.storageFails();
      case GUARD_KILLED -> node.guard.killed();
      case ORDER_LOST -> ordersLost++;
      case STUCK -> {
        Stuck how = Stuck.of(fault.other());
        if (how.isOfOneInstance()) {
          node.server.always = how;
        } else {
          stuck.add(how);
        }
      }
      case CUT -> cut(fault, until, true);
      case CUT_ONE_WAY -> cut(fault, until, false);
      case CUT_FROM_API -> cutFromApi(fault.node(), until);
      case ISOLATED -> isolate(fault.node(), until);
      case API_DOWN -> {
        api.down++;
        heal(until, () -> api.down--);
      }
      case API_FLAKY -> {
        api.flaky++;
        heal(until, () -> api.flaky--);
      }
      case NETWORK_BAD -> {
        networkBad++;
        heal(until, () -> networkBad--);
      }
      case WATCH_STALE -> {
        api.staleWatch++;
        heal(until, () -> api.staleWatch--);
      }
      case VOLUME_LOST -> {
        dataLost = true;
        node.crash(until);
        if (!recreated) {
          node.loseVolume();
        }
      }
      case VOLUME_ROLLED_BACK -> {
        dataLost = true;
        node.crash(until);
        if (recreated) {
          return; // the volumes were all there was
        }
        if (leaseRestored) {
          node.loseVolume(); // nothing is left to know better by, when both are from the past
        } else {
          node.rollVolumeBack();
          rolledBack = true;
        }
      }
      case REPLACED -> replace(node);
      case LEASE_RESTORED -> {
        if (!rolledBack && api.restoreLease()) {
          dataLost = true;
          leaseRestored = true;
        }
      }
      case CLUSTER_RECREATED -> recreate(node, fault.other() == 0, until);
      case SWITCHOVER -> api.switchover(node.name);
      case TERMINATED -> node.terminate();
      case RESTARTED -> node.restart();
      case UPDATED -> node.update(20);
      case SYNC_CHANGED -> {
        settingChanged = true;
        api.changeSync(Scenario.spec(fault.other()));
      }
      case FENCED_BY_HAND -> {
        api.fence(List.of(node.name));
        heal(until, () -> api.fence(List.of()));
      }
      case PROOF_OF_DEATH -> api.freeFromTheDead();
      case CLOCK_JUMPED -> node.clockJumps();
      case LEASE_DELETED -> {
        if (!rolledBack) {
          dataLost = true;
          leaseRestored = true;
          api.deleteLease();
          heal(until, api::recreateLease);
        }
      }
    }
    checker.troubleChanges();
  }

  /// Everything but the volumes is deleted and made anew; but not when volumes were lost before, as
  /// then nothing is left that would know better.
  private void recreate(Node named, boolean knows, long until) {
    if (dataLost) {
      return;
    }
    recreated = true;
    leaseRestored = true;
    LeaseRecord last = api.lastWritten();
    String owner = last == null ? "" : last.owner().name();
    String target = knows && !owner.isEmpty() ? owner : named.name;
    dataLost = nodes.length > 1;
    for (Node zombie : zombies) {
      zombie.crash(scenario.end());
    }
    for (Node node : nodes) {
      node.crash(until);
    }
    api.recreate(target);
  }

  /// The pod was deleted by force; a new one of the same name runs elsewhere with the same volume,
  /// which the storage doesn't take away from the old machine.
  private void replace(Node old) {
    if (!old.up || old.server.phase() != PostgresStatus.Phase.PRIMARY || old.isReplaced()) {
      return;
    }
    var another = new Node(this, old.index, number(), old.disk());
    nodes[old.index] = another;
    zombies.add(old);
    routing.replaced(old.index);
    for (Node other : nodes) {
      other.server.connectionLost(old.index);
    }
    after(
        random.nextLong(2 * SECOND),
        () -> {
          another.start();
          old.guard.ownerChanged();
        });
  }

  private void heal(long until, Runnable how) {
    at(
        until,
        () -> {
          checker.troubleChanges();
          how.run();
          checker.troubleChanges();
        });
  }

  private void cut(Fault fault, long until, boolean both) {
    cutPair(fault.node(), fault.other(), 1);
    if (both) {
      cutPair(fault.other(), fault.node(), 1);
    }
    heal(
        until,
        () -> {
          cutPair(fault.node(), fault.other(), -1);
          if (both) {
            cutPair(fault.other(), fault.node(), -1);
          }
        });
  }

  private void cutPair(int from, int to, int by) {
    if (from != to) {
      cuts[from][to] += by;
    }
  }

  private void cutFromApi(int node, long until) {
    apiCuts[node]++;
    heal(until, () -> apiCuts[node]--);
  }

  private void isolate(int node, long until) {
    for (int i = 0; i < nodes.length; i++) {
      cutPair(node, i, 1);
      cutPair(i, node, 1);
    }
    apiCuts[node]++;
    heal(
        until,
        () -> {
          for (int i = 0; i < nodes.length; i++) {
            cutPair(node, i, -1);
            cutPair(i, node, -1);
          }
          apiCuts[node]--;
        });
  }

  /// All faults are over; whoever is down comes back.
  private void calm() {
    trace("!", "all faults are healed");
    waiting.clear();
    ordersLost = 0;
    stuck.clear();
    for (Node node : zombies) {
      node.crash(scenario.end());
    }
    for (Node node : nodes) {
      node.server.always = Stuck.NONE;
      node.comeBack();
    }
    after(3 * SECOND, this::look);
  }

  /// Long enough for what was under way to go wrong; from then on it is enough that somebody
  /// serves.
  private void look() {
    settled = checker.isServing();
    after(SECOND / 2, this::look);
  }
}
