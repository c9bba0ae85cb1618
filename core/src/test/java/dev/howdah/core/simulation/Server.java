// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import dev.howdah.core.leadership.Effect;
import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.Event.ReplicationRead.Row;
import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.leadership.SafetyRule;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayList;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// PostgreSQL: a log that a primary appends to, standbys that copy it, and commits that are
/// acknowledged when the synchronous standbys confirmed them. One unit of the log is one commit.
final class Server {
  private static final long RECEIVER_TIMEOUT = 5 * World.SECOND;

  Disk disk;

  /// Runs on past its permit after a freeze, until the guard is scheduled; time says nothing then.
  boolean exempt;

  private final World world;
  private final Node node;
  private Phase phase = Phase.DOWN;
  private Exit exit = Exit.NONE;
  private boolean open;
  private boolean dying;
  private boolean hung;
  private boolean stopping;
  private boolean restarting;

  /// The postmaster is dead, its backends are not.
  private boolean orphaned;

  /// Changes whenever the server process does.
  private int process;

  /// The process that was told to promote.
  private int promoting = -1;

  /// What the manager saw last, when it doesn't see any more what becomes of the server.
  private @Nullable PostgresStatus unseen;

  /// The process whose promotion gets on, slowly.
  private int working = -1;

  /// What becomes of each of its promotions and starts.
  Stuck always = Stuck.NONE;

  final Synchronous synchronous;

  private int acknowledged;
  private int recoveredTo;

  private boolean startedInPlace;

  // As an upstream: who is connected here, and what it confirmed on this connection.
  private final int[] connections;
  private final int[] flushed;

  /// What each has confirmed to this process at any time, whatever became of it since.
  private final int[] confirmed;

  private boolean rowsDirty;

  // As a standby.
  private int upstream = -1;
  private int connection;
  private boolean receiving;
  private boolean deliveryPending;
  private int following;

  private Effect.@Nullable Follow order;

  /// The number of the order under which it may have connected without asking.
  private int unasked = -1;

  Server(Node node, Disk disk) {
    this.node = node;
    this.disk = disk;
    world = node.world;
    connections = new int[world.scenario.nodes()];
    flushed = new int[world.scenario.nodes()];
    confirmed = new int[world.scenario.nodes()];
    synchronous = new Synchronous(node, this);
  }

  // ---- what can be seen

  Phase phase() {
    return phase;
  }

  int process() {
    return process;
  }

  boolean isRunning() {
    return phase != Phase.DOWN;
  }

  boolean isReceiving() {
    return receiving;
  }

  /// A new manager can't go on with it.
  boolean isBroken() {
    return dying || hung || orphaned;
  }

  boolean isTroubled() {
    return dying || hung || orphaned || stopping;
  }

  boolean acceptsWrites() {
    return phase == Phase.PRIMARY && open && node.up && node.frozen == 0 && !hung;
  }

  WalPosition position() {
    int at = world.histories.branchAt(disk.branch, disk.length);
    return WalPosition.of(world.histories.timeline(at), disk.length);
  }

  PostgresStatus status() {
    if (unseen != null) {
      return unseen;
    }
    Phase shown = hung && phase == Phase.PRIMARY ? Phase.HUNG : phase;
    boolean known = disk.data != Data.UNUSABLE && exit != Exit.STORAGE;
    Data seen = phase == Phase.STANDBY ? Data.STANDBY : disk.data;
    return new PostgresStatus(shown, seen, known ? position() : WalPosition.NONE, receiving, exit);
  }

  boolean has(int of, int at) {
    return disk.data != Data.UNUSABLE && world.histories.has(disk.branch, disk.length, of, at);
  }

  boolean hasConfirmed(int standby, int position) {
    return confirmed[standby] >= position;
  }

  // ---- start, promotion and end

  void ifSame(long delay, Runnable action) {
    int mine = process;
    world.after(
        delay,
        () -> {
          if (process == mine) {
            node.whenThawed(() -> {
              if (process == mine) {
                action.run();
              }
            });
          }
        });
  }

  private void launch() {
    process++;
    unseen = null;
    phase = Phase.STARTING;
    exit = Exit.NONE;
    dying = false;
    hung = false;
    exempt = false;
    open = false;
    receiving = false;
    orphaned = false;
    stopping = false;
    restarting = false;
    Arrays.fill(connections, 0);
    Arrays.fill(confirmed, 0);
    if (node.isManagerRunning()) {
      node.report();
    }
  }

  boolean startAsPrimary(SyncConfig config, boolean toClients) {
    if (isRunning() || disk.data != Data.PRIMARY) {
      return true;
    }
    following++;
    upstream = -1;
    world.checker.startsAsPrimary(node);
    launch();
    startedInPlace = true;
    if (always == Stuck.FAILS) {
      failSoon();
      return true;
    }
    if (world.start() == Stuck.START) {
      world.trace(node.name, "PostgreSQL hangs while it starts");
      return true;
    }
    long recovery = world.random.nextInt(20) == 0 ? 12 * World.SECOND : 500 * World.MILLI;
    ifSame(
        50 * World.MILLI + world.random.nextLong(recovery),
        () -> becomePrimary(config, toClients, false));
    return true;
  }

  /// Its volume doesn't answer for some seconds, say.
  boolean startLate(SyncConfig config, boolean toClients) {
    int order = ++following;
    int run = node.run;
    world.after(
        8 * World.SECOND + world.random.nextLong(3 * World.SECOND),
        () -> {
          if (following == order && node.run == run && node.guard.allows()) {
            startAsPrimary(config, toClients);
          }
        });
    return true;
  }

  boolean promote(int timeline, SyncConfig config) {
    if (phase != Phase.STANDBY || promoting == process) {
      return true;
    }
    following++;
    promoting = process;
    disconnect();
    upstream = -1;
    receiving = false;
    world.checker.startsAsPrimary(node);
    Stuck how = always == Stuck.NONE ? world.promotion() : always;
    if (how != Stuck.NONE) {
      world.trace(node.name, "the promotion is stuck: " + how);
    }
    long takes = 60 * World.MILLI + world.random.nextLong(200 * World.MILLI);
    switch (how) {
      case AT_ONCE, ALWAYS, START -> {}
      case FAILS -> failSoon();
      case HALF_WAY -> ifSame(takes, () -> beginTimeline(timeline));
      case SLOW -> {
        working = process;
        work();
        ifSame(world.random.nextLong(100 * World.SECOND), () -> endPromotion(timeline, config));
      }
      case UNSEEN -> {
        unseen = status();
        ifSame(takes, () -> endPromotion(timeline, config));
      }
      case NONE -> ifSame(takes, () -> endPromotion(timeline, config));
    }
    return true;
  }

  private void endPromotion(int timeline, SyncConfig config) {
    working = -1;
    beginTimeline(timeline);
    startedInPlace = false;
    becomePrimary(config, true, true);
  }

  private void beginTimeline(int timeline) {
    int parent = world.histories.branchAt(disk.branch, disk.length);
    disk.branch = world.histories.begin(parent, disk.length, timeline);
    disk.length++;
    disk.data = Data.PRIMARY;
    world.checker.promoted(node, timeline);
  }

  private void failSoon() {
    ifSame(
        100 * World.MILLI + world.random.nextLong(World.SECOND),
        () -> {
          if (!dying) {
            gone(Exit.CRASH);
          }
        });
  }

  /// Applies much of the log.
  private void work() {
    if (working == process) {
      node.feed(new Event.Progressed("replayed its log"));
      ifSame(1 + world.random.nextLong(20 * World.SECOND), this::work);
    }
  }

  /// It would be wrong to give up what it does.
  boolean isWorking() {
    return working == process && !dying;
  }

  private void becomePrimary(SyncConfig config, boolean toClients, boolean promoted) {
    phase = Phase.PRIMARY;
    exit = Exit.NONE;
    synchronous.begin(config, promoted);
    acknowledged = 0;
    rowsDirty = false;
    recoveredTo = disk.length;
    open = toClients;
    world.trace(node.name, "PostgreSQL is primary at " + position() + (open ? "" : ", closed"));
    world.checker.becamePrimary(node);
    if (open) {
      if (startedInPlace) {
        world.checker.opened(node, recoveredTo);
      }
      world.checker.acceptsWrites(node);
    }
    node.report();
    clientWrites(process);
  }

  boolean open() {
    if (phase == Phase.PRIMARY && !open) {
      open = true;
      if (startedInPlace) {
        world.checker.opened(node, recoveredTo);
      }
      world.checker.acceptsWrites(node);
    }
    return true;
  }

  private void clientWrites(int mine) {
    world.after(
        20 * World.MILLI + world.random.nextLong(700 * World.MILLI),
        () -> {
          if (process == mine && phase == Phase.PRIMARY) {
            node.whenThawed(() -> {
              if (process == mine && phase == Phase.PRIMARY) {
                if (open && !hung && !stopping) {
                  append();
                }
                clientWrites(mine);
              }
            });
          }
        });
  }

  private void append() {
    disk.length++;
    if (!synchronous.waits()) {
      acknowledge(disk.length);
    }
    push();
  }

  /// Kills all processes; they are gone after `delay`.
  void kill(long delay) {
    if (!isRunning() || dying) {
      return;
    }
    dying = true;
    int mine = process;
    world.after(
        delay,
        () -> {
          if (process == mine && isRunning()) {
            gone(Exit.CRASH);
          }
        });
  }

  /// Returns when nothing runs.
  void end() {
    if (isRunning()) {
      gone(Exit.CRASH);
    }
  }

  private void gone(Exit how) {
    world.trace(node.name, "PostgreSQL is gone at " + position());
    disconnect();
    dropConnections();
    process++;
    unseen = null;
    phase = Phase.DOWN;
    exit = how;
    receiving = false;
    open = false;
    dying = false;
    hung = false;
    exempt = false;
    stopping = false;
    orphaned = false;
    if (node.frozen == 0) {
      node.guard.end();
    }
    if (node.isReplaced()) {
      node.vanish();
    } else if (node.isManagerRunning()) {
      node.report();
    }
  }

  /// The postmaster alone: its backends go on until the manager has swept them away.
  void crash() {
    if (isRunning() && !orphaned) {
      orphaned = true;
      sweep(process);
    }
  }

  private void sweep(int mine) {
    world.after(
        30 * World.MILLI,
        () -> {
          if (process == mine && isRunning()) {
            if (node.isManagerRunning()) {
              gone(Exit.CRASH);
            } else {
              sweep(mine);
            }
          }
        });
  }

  void storageFails() {
    if (isRunning() && !dying) {
      world.dataLost = true;
      int mine = process;
      world.after(
          30 * World.MILLI,
          () -> {
            if (process == mine && isRunning()) {
              gone(Exit.STORAGE);
            }
          });
    }
  }

  void hang() {
    if (phase == Phase.PRIMARY) {
      hung = true;
      ifSame(6 * World.SECOND, node::report);
    }
  }

  void powerLost() {
    following++;
    if (isRunning()) {
      gone(Exit.CRASH);
    }
  }

  void stopFollowing() {
    following++;
  }

  void attach(Disk another) {
    disk = another;
    exit = Exit.NONE;
  }

  /// Fast shutdown: no more clients, a checkpoint, and all of it sent to who is connected.
  void stop(long deadline) {
    if (!isRunning() || dying) {
      return;
    }
    if (phase != Phase.PRIMARY) {
      kill(50 * World.MILLI);
      return;
    }
    stopping = true;
    restarting = false;
    long until = world.now + Math.min(deadline, 4 * World.SECOND);
    ifSame(
        30 * World.MILLI + world.random.nextLong(200 * World.MILLI),
        () -> {
          disk.length++;
          push();
          stopWhenSent(until);
        });
  }

  /// For a changed parameter, say: it is stopped and started while the Lease is held.
  void restartInPlace() {
    if (!acceptsWrites() || isTroubled() || !node.isManagerRunning() || !node.isLeading()) {
      return;
    }
    stopping = true;
    restarting = true;
    long until = world.now + World.SECOND;
    ifSame(
        30 * World.MILLI,
        () -> {
          disk.length++;
          push();
          restartWhenSent(until);
        });
  }

  private void restartWhenSent(long until) {
    if (dying || !restarting) {
      return; // a fence or a stop overtakes every start that was planned before
    }
    if (!isAllSent() && world.now < until) {
      ifSame(10 * World.MILLI, () -> restartWhenSent(until));
      return;
    }
    dropConnections();
    boolean late = node.guard.isOver(); // its machine has just thawed: the guard is about to end it
    launch();
    exempt = late;
    startedInPlace = true;
    SyncConfig config = synchronous.file();
    boolean closed =
        !config.isAsynchronous()
            && !world.settings.off().contains(SafetyRule.CLOSED_UNTIL_CONFIRMED);
    ifSame(
        200 * World.MILLI,
        () -> {
          becomePrimary(config, !closed, false);
          tellClosed();
        });
  }

  /// An adopted one may have been restarted just before.
  void tellClosed() {
    if (phase == Phase.PRIMARY && !open) {
      node.feed(new Event.RestartedClosed(position()));
    }
  }

  private boolean isAllSent() {
    boolean sent = true;
    for (int i = 0; i < connections.length; i++) {
      sent &= connections[i] == 0 || flushed[i] >= disk.length;
    }
    return sent;
  }

  private void stopWhenSent(long until) {
    boolean sent = isAllSent();
    if (sent || world.now >= until) {
      gone(sent ? Exit.CLEAN : Exit.CRASH);
    } else {
      ifSame(10 * World.MILLI, () -> stopWhenSent(until));
    }
  }

  // ---- as a primary

  boolean isConnected(int standby) {
    return connections[standby] != 0;
  }

  int flushedBy(int standby) {
    return flushed[standby];
  }

  void acknowledge(int upTo) {
    if (phase != Phase.PRIMARY || !open || hung) {
      return;
    }
    // A standby on a volume that another machine writes to as well may say that it has more.
    int all = Math.min(upTo, disk.length);
    if (all > acknowledged) {
      acknowledged = all;
      world.checker.acknowledged(node, disk.branch, all);
    }
  }

  void rowsChanged() {
    if (rowsDirty || phase != Phase.PRIMARY) {
      return;
    }
    rowsDirty = true;
    boolean hurry = !world.api.cluster.sync().isAsynchronous();
    int mine = process;
    world.after(
        (hurry ? 250 : 1500) * World.MILLI,
        () -> {
          rowsDirty = false;
          if (process == mine && phase == Phase.PRIMARY && !hung) {
            if (node.isManagerRunning()) {
              feedRows();
            } else {
              rowsChanged();
            }
          }
        });
  }

  private void feedRows() {
    var rows = new ArrayList<Row>(connections.length);
    for (int i = 0; i < connections.length; i++) {
      if (connections[i] != 0) {
        rows.add(new Row(world.nodes[i].name, true, new Lsn(flushed[i])));
      }
    }
    node.feed(new Event.ReplicationRead(rows));
  }

  /// Sends what there is to every standby.
  private void push() {
    for (int i = 0; i < connections.length; i++) {
      if (connections[i] != 0) {
        world.nodes[i].server.expectDelivery(node.index, connections[i]);
      }
    }
  }

  private void dropConnections() {
    for (int i = 0; i < connections.length; i++) {
      if (connections[i] != 0) {
        connections[i] = 0;
        Server receiver = world.nodes[i].server;
        int over = receiver.connection;
        boolean told = node.up && world.reaches(node.index, i);
        world.after(
            told ? world.latency() : RECEIVER_TIMEOUT,
            () -> {
              if (receiver.connection == over) {
                receiver.connectionLost(node.index);
              }
            });
      }
    }
  }

  // ---- as a standby

  void seal(String version) {
    following++;
    disconnect();
    upstream = -1;
    receiving = false;
    int run = node.run;
    world.after(
        8 * World.MILLI + world.random.nextLong(20 * World.MILLI),
        () -> {
          if (node.run == run) {
            node.feed(
                new Event.Sealed(
                    version, disk.data == Data.UNUSABLE ? WalPosition.NONE : position()));
          }
        });
  }

  void follow(Effect.Follow order) {
    following++;
    disconnect();
    receiving = false;
    upstream = order.upstream().isEmpty() ? -1 : World.index(order.upstream());
    this.order = order;
    tryToFollow(following, node.run);
  }

  /// Who goes by the Lease alone connects before it can ask. From then on it may confirm what the
  /// upstream writes in that term.
  void checkUnasked() {
    if (order == null || unasked != following || isShared()) {
      return;
    }
    Server from = world.nodes[World.index(order.upstream())].server;
    if (disk.data != Data.UNUSABLE
        && from.phase == Phase.PRIMARY
        && from.position().timeline().equals(order.timeline())
        && !isPrefixOf(from)) {
      world.checker.violated(
          "I2 no acknowledged loss",
          "%s at %s would confirm to %s what it doesn't have"
              .formatted(node.name, position(), from.node.name));
    }
  }

  /// A machine that came back writes to the same volume until its guard ends that: what the log is
  /// says nothing from then on.
  private boolean isShared() {
    for (Node zombie : world.zombies) {
      if (zombie.server.disk == disk) {
        return true;
      }
    }
    return false;
  }

  private void tryToFollow(int mine, int run) {
    if (following != mine || node.run != run) {
      return;
    }
    if (!node.isManagerRunning() || dying || phase == Phase.PRIMARY) {
      again(mine, run, 200 * World.MILLI);
      return;
    }
    if (upstream < 0) {
      if (!isRunning() && disk.data != Data.UNUSABLE) {
        startAsStandby();
      }
      return;
    }
    if (phase == Phase.STANDBY && order != null && order.contains(position())) {
      unasked = following;
      checkUnasked();
    }
    Server from = world.nodes[upstream].server;
    boolean there =
        from.phase == Phase.PRIMARY
            && !from.hung
            && world.nodes[upstream].up
            && world.nodes[upstream].frozen == 0
            && world.reaches(node.index, upstream)
            && world.reaches(upstream, node.index);
    if (!there) {
      if (!isRunning() && disk.data == Data.STANDBY) {
        startAsStandby(); // without an upstream, so that it can be elected
      }
      again(mine, run, 300 * World.MILLI);
    } else if (!isPrefixOf(from)) {
      copyFrom(from, mine, run);
    } else if (!isRunning()) {
      startAsStandby();
      again(mine, run, 100 * World.MILLI);
    } else if (phase == Phase.STANDBY) {
      connect(from);
    } else {
      again(mine, run, 100 * World.MILLI);
    }
  }

  private void again(int mine, int run, long delay) {
    world.after(delay, () -> tryToFollow(mine, run));
  }

  private boolean isPrefixOf(Server from) {
    return disk.data != Data.UNUSABLE
        && world.histories.common(disk.branch, disk.length, from.disk.branch, from.disk.length)
            >= disk.length;
  }

  private void startAsStandby() {
    launch();
    disk.data = Data.STANDBY;
    ifSame(
        100 * World.MILLI + world.random.nextLong(300 * World.MILLI),
        () -> {
          phase = Phase.STANDBY;
          if (node.isManagerRunning()) {
            node.report();
          }
        });
  }

  /// pg_rewind, or a clone where there is nothing to rewind. Until it is complete the data is of no
  /// use; a clone may be taken from a standby that lags.
  private void copyFrom(Server from, int mine, int run) {
    if (isRunning()) {
      kill(20 * World.MILLI);
      again(mine, run, 100 * World.MILLI);
      return;
    }
    boolean clone = disk.data == Data.UNUSABLE;
    disk.data = Data.UNUSABLE;
    node.report();
    Server source = clone ? cloneSource(from) : from;
    int sourceProcess = source.process;
    world.after(
        World.SECOND / 2 + world.random.nextLong(2 * World.SECOND),
        () -> {
          if (following != mine || node.run != run) {
            return;
          }
          boolean complete =
              source.process == sourceProcess
                  && source.isRunning()
                  && world.reaches(source.node.index, node.index)
                  && node.isManagerRunning();
          if (complete) {
            disk.branch = source.disk.branch;
            disk.length = source.disk.length;
            disk.data = Data.STANDBY;
            exit = Exit.NONE;
            world.trace(node.name, "copied " + source.node.name + " up to " + position());
          }
          again(mine, run, 50 * World.MILLI);
        });
  }

  private Server cloneSource(Server primary) {
    for (Node other : world.nodes) {
      if (other != node
          && other.server.phase == Phase.STANDBY
          && other.server.disk.data == Data.STANDBY
          && world.random.nextInt(2) == 0) {
        return other.server;
      }
    }
    return primary;
  }

  private void connect(Server from) {
    connection = world.number();
    receiving = true;
    from.connections[node.index] = connection;
    from.flushed[node.index] = Math.min(disk.length, from.disk.length);
    from.synchronous.connected(node.index);
    from.rowsChanged();
    deliveryPending = false;
    expectDelivery(upstream, connection);
  }

  private void expectDelivery(int from, int over) {
    if (deliveryPending || over != connection || !receiving) {
      return;
    }
    deliveryPending = true;
    deliver(from, over, world.now, world.latency());
  }

  private void deliver(int from, int over, long since, long delay) {
    world.after(
        delay,
        () -> {
          if (over != connection || !receiving) {
            return;
          }
          Server sender = world.nodes[from].server;
          if (sender.connections[node.index] != over) {
            connectionLost(from);
            return;
          }
          if (!world.reaches(from, node.index) || world.nodes[from].frozen > 0) {
            if (world.now - since > RECEIVER_TIMEOUT) {
              sender.connections[node.index] = 0;
              connectionLost(from);
            } else {
              deliver(from, over, since, 200 * World.MILLI);
            }
            return;
          }
          int sentBranch = sender.disk.branch;
          int sentLength = sender.disk.length;
          deliveryPending = false;
          node.whenThawed(() -> received(from, over, sentBranch, sentLength));
        });
  }

  private void received(int from, int over, int sentBranch, int sentLength) {
    if (over != connection || !receiving || phase != Phase.STANDBY) {
      return;
    }
    if (sentLength > disk.length || sentBranch != disk.branch) {
      world.checker.flushes(node);
      disk.branch = sentBranch;
      disk.length = Math.max(disk.length, sentLength);
    }
    confirm(from, over, disk.length, world.now);
    Server sender = world.nodes[from].server;
    if (sender.connections[node.index] == over && sender.disk.length > disk.length) {
      expectDelivery(from, over);
    }
  }

  /// The standby's reply travels on, whatever becomes of the standby.
  private void confirm(int to, int over, int position, long since) {
    world.after(
        world.latency(),
        () -> {
          Server receiver = world.nodes[to].server;
          if (receiver.connections[node.index] != over) {
            return;
          }
          if (!world.reaches(node.index, to)) {
            if (world.now - since < RECEIVER_TIMEOUT) {
              confirm(to, over, position, since);
            }
            return;
          }
          world.nodes[to].whenThawed(() -> {
            if (receiver.connections[node.index] == over) {
              receiver.flushed[node.index] = Math.max(receiver.flushed[node.index], position);
              receiver.confirmed[node.index] = Math.max(receiver.confirmed[node.index], position);
              receiver.synchronous.confirmed(node.index);
              receiver.rowsChanged();
            }
          });
        });
  }

  /// The receiver's process ends.
  private void disconnect() {
    if (receiving && upstream >= 0) {
      Server from = world.nodes[upstream].server;
      int over = connection;
      int to = upstream;
      world.after(
          world.latency(),
          () -> {
            if (from.connections[node.index] == over && world.reaches(node.index, to)) {
              from.connections[node.index] = 0;
              from.rowsChanged();
            }
          });
    }
    connection = 0;
    deliveryPending = false;
  }

  void connectionLost(int from) {
    if (!receiving || upstream != from) {
      return;
    }
    receiving = false;
    connection = 0;
    deliveryPending = false;
    again(following, node.run, 200 * World.MILLI);
  }
}
