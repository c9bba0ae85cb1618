// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import dev.howdah.core.leadership.Durable;
import dev.howdah.core.leadership.Effect;
import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.Identity;
import dev.howdah.core.leadership.Kept;
import dev.howdah.core.leadership.Leadership;
import dev.howdah.core.leadership.LeaseAnswer;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.leadership.PeerMessage;
import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.leadership.Role;
import dev.howdah.core.leadership.State;
import dev.howdah.core.leadership.Step;
import dev.howdah.core.leadership.WriteOutcome;
import dev.howdah.core.sync.SyncConfig;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A machine with one instance: its manager (which runs the production code), its guard, its
/// PostgreSQL and its volume.
final class Node {
  final World world;
  final int index;
  final String name;
  final Server server;
  final Guard guard;

  /// Counts what it announced.
  int announcements;

  /// Counts the runs of the manager.
  int run;

  /// The last revision of the Lease that it voted on.
  String voted = "";

  /// The volumes with which it did.
  final Set<String> votedWith = new HashSet<>();

  /// The revisions that it voted on and has not seen gone.
  final Set<String> votes = new HashSet<>();

  boolean up = true;
  int frozen;

  /// Tells apart the machines that an instance of this name ran on.
  final int machine;

  private final double drift;
  private int boots;
  private long bootedAt;
  private @Nullable State state;
  private Identity identity = Identity.NOBODY;
  private int paused;
  private boolean asynchronous;
  private boolean ending;

  /// The next run was started beside this one, to take a running standby on too.
  private boolean changingOver;

  /// It doesn't tell the protocol what becomes of PostgreSQL, as it is about to end itself.
  private boolean muted;

  private long tickAt = Long.MAX_VALUE;
  private final ArrayDeque<Event> inbox = new ArrayDeque<>();
  private List<Effect> unfinished = List.of();
  private final List<Runnable> deferred = new ArrayList<>();
  private @Nullable PostgresStatus reported;

  Node(World world, int index, int machine, Disk disk) {
    this.world = world;
    this.index = index;
    this.machine = machine;
    name = "n" + index;
    drift = world.scenario.drift()[index];
    bootedAt = world.now;
    server = new Server(this, disk);
    guard = new Guard(this);
  }

  Disk disk() {
    return server.disk;
  }

  // ---- clocks

  long local() {
    long since = world.now - bootedAt;
    return since + (long) (since * drift) + World.SECOND;
  }

  /// When this machine's clock shows `local`, in true time; never before it does.
  long trueTime(long local) {
    double since = (local - World.SECOND) / (1 + drift);
    return Math.max(world.now, bootedAt + (long) since + 2);
  }

  // ---- the manager

  boolean isManagerRunning() {
    return state != null && paused == 0 && frozen == 0;
  }

  boolean isManagerAlive() {
    return state != null;
  }

  @Nullable State state() {
    return state;
  }

  boolean isLeading() {
    return state != null && state.role() == Role.LEADING;
  }

  Identity identity() {
    return identity;
  }

  /// As far as it knows, replication is asynchronous.
  boolean promisesNothing() {
    return asynchronous;
  }

  /// Whether a process may be left of the container that this run was in. The operator knows no
  /// runs, only containers and boots: PostgreSQL that outlived its manager is in the container
  /// still.
  boolean isAlive(Identity holder) {
    boolean here = up && holder.boot().equals(bootId());
    return here && (state != null || server.isRunning());
  }

  private String place() {
    return machine == 0 ? name : name + "/" + machine;
  }

  private String bootId() {
    return place() + "-boot" + boots;
  }

  void start() {
    if (!up || state != null || isReplaced()) {
      return;
    }
    Kept kept = server.isBroken() ? Kept.NONE : guard.kept(identity);
    boolean follows = changingOver && server.phase() == Phase.STANDBY && !server.isBroken();
    changingOver = false;
    muted = false;
    if (server.isRunning() && kept.equals(Kept.NONE) && !follows) {
      server.kill(50 * World.MILLI);
      world.after(100 * World.MILLI, this::start);
      return;
    }
    run++;
    ending = false;
    disk().owner = machine;
    identity = new Identity(name, disk().volume, place() + "-" + run, bootId());
    state =
        Leadership.initial(
            identity,
            world.settings,
            disk().durable,
            server.status(),
            kept,
            local(),
            world.random.nextLong());
    reported = server.status();
    if (world.trace != null) {
      world.trace(name, "manager starts as " + identity.incarnation() + ", " + disk().durable);
    }
    tickAt = Long.MAX_VALUE;
    int mine = run;
    feed(new Event.ClusterRead(world.api.cluster));
    feed(new Event.Tick());
    world.after(World.SECOND / 2, () -> report(mine));
    world.after(5 * World.SECOND, () -> readCluster(mine));
  }

  private void report(int of) {
    if (run == of && state != null) {
      if (isManagerRunning()) {
        report();
      }
      world.after(800 * World.MILLI, () -> report(of));
    }
  }

  void report() {
    PostgresStatus status = server.status();
    if (!status.equals(reported) && !muted) {
      reported = status;
      feed(new Event.PostgresChanged(status));
    }
  }

  private void readCluster(int of) {
    if (run == of && state != null) {
      world.api.tell(this);
      world.after(5 * World.SECOND, () -> readCluster(of));
    }
  }

  void receive(PeerMessage message) {
    if (message instanceof PeerMessage.PositionRequest && isManagerRunning()) {
      report();
    }
    feed(new Event.Received(message));
  }

  void feed(Event event) {
    if (state == null) {
      return;
    }
    if (!isManagerRunning() || !unfinished.isEmpty()) {
      inbox.add(event);
      return;
    }
    take(event);
  }

  private void take(Event event) {
    State before = state;
    if (before == null) {
      return;
    }
    if (!votes.isEmpty()) {
      seesGone(event);
    }
    Step step = Leadership.step(before, local(), event);
    state = step.state();
    LeaseRecord record = state.leaseRecord();
    if (record != null && record.isHeldBy(identity)) {
      asynchronous = record.quorum().asynchronous();
    }
    if (world.trace != null) {
      traceStep(before, event, step);
    }
    scheduleTick(step.wakeAt());
    execute(step.effects());
  }

  private void seesGone(Event event) {
    if (event instanceof Event.LeaseRead(_, LeaseAnswer.Found(_, String version))) {
      votes.removeIf(voted -> !voted.equals(version));
    } else if (event instanceof Event.LeaseWritten(_, WriteOutcome.Written(String version))) {
      votes.removeIf(voted -> !voted.equals(version));
    }
  }

  private void traceStep(State before, Event event, Step step) {
    boolean news = step.state().role() != before.role();
    for (Effect effect : step.effects()) {
      news |= isNews(effect);
    }
    String change =
        step.state().role() == before.role()
            ? "    "
            : before.role() + " -> " + step.state().role() + " ";
    if (news || isNews(event)) {
      world.trace(name, change + "< " + Words.of(event));
    }
  }

  private static boolean isNews(Event event) {
    return switch (event) {
      case Event.Tick _,
          Event.LeaseChanged _,
          Event.ReplicationRead _,
          Event.PostgresChanged _,
          Event.ClusterRead _ ->
          false;
      case Event.Received(PeerMessage message) ->
          !(message instanceof PeerMessage.PositionReply
              || message instanceof PeerMessage.PositionRequest);
      case Event.LeaseRead(_, LeaseAnswer answer) -> !(answer instanceof LeaseAnswer.Found);
      case Event.LeaseWritten(_, WriteOutcome outcome) ->
          !(outcome instanceof WriteOutcome.Written);
      default -> true;
    };
  }

  private static boolean isNews(Effect effect) {
    return switch (effect) {
      case Effect.ReadLease _, Effect.SendPermit _ -> false;
      case Effect.WriteLease _ -> false;
      case Effect.Send(_, PeerMessage message) ->
          !(message instanceof PeerMessage.PositionReply
              || message instanceof PeerMessage.PositionRequest);
      default -> true;
    };
  }

  private void traceEffect(Effect effect) {
    boolean renewal =
        effect instanceof Effect.WriteLease write
            && world.api.lease() != null
            && Words.saysTheSame(write.record(), world.api.lease());
    if (isNews(effect) || (effect instanceof Effect.WriteLease && !renewal)) {
      world.trace(name, "  > " + Words.of(effect));
    }
  }

  private void scheduleTick(long wakeAt) {
    long time = trueTime(wakeAt);
    if (time < tickAt) {
      tickAt = time;
      int mine = run;
      world.at(
          time,
          () -> {
            if (run == mine && tickAt == time) {
              tickAt = Long.MAX_VALUE;
              feed(new Event.Tick());
            }
          });
    }
  }

  private void execute(List<Effect> effects) {
    for (int i = 0; i < effects.size(); i++) {
      Effect effect = effects.get(i);
      if (world.trace != null) {
        traceEffect(effect);
      }
      if (!perform(effect)) {
        return;
      }
      if (world.struck(this, effect)) {
        if (state == null) {
          return;
        }
        if (!isManagerRunning()) {
          unfinished = List.copyOf(effects.subList(i + 1, effects.size()));
          return;
        }
      }
    }
  }

  private boolean perform(Effect effect) {
    switch (effect) {
      case Effect.ReadLease(long request) -> world.api.read(this, request);
      case Effect.WriteLease write ->
          world.api.write(this, write.request(), write.version(), write.record());
      case Effect.Persist(Durable changed) -> disk().durable = changed;
      case Effect.Send(String to, PeerMessage message) -> {
        world.checker.sent(this, message);
        world.send(this, to, message);
      }
      case Effect.SendPermit(long until, boolean keep) -> guard.permit(until, keep);
      case Effect.Seal(String version) -> server.seal(version);
      case Effect.StartAsPrimary start -> {
        return guarded()
            && (world.isOrderLost()
                ? server.startLate(start.sync(), start.open())
                : server.startAsPrimary(start.sync(), start.open()));
      }
      case Effect.Adopt(SyncConfig sync) -> {
        server.synchronous.adopted(sync);
        world.after(0, server::tellClosed);
      }
      case Effect.Open _ -> {
        return guarded() && server.open();
      }
      case Effect.Promote promote -> {
        if (!guarded()) {
          return false;
        }
        world.routing.prepare(this, state().leaseRecord().term());
        return (world.isOrderLost() || server.promote(promote.timeline().id(), promote.sync()));
      }
      case Effect.Follow follow -> server.follow(follow);
      case Effect.Fence _ -> {
        server.stopFollowing();
        server.kill(5 * World.MILLI + world.random.nextLong(900 * World.MILLI));
      }
      case Effect.CallOff _ -> {
        server.stopFollowing();
        server.end();
      }
      case Effect.Stop stop -> {
        server.stopFollowing();
        server.stop(stop.deadline().toNanos());
      }
      case Effect.ApplySync(var config) -> server.synchronous.apply(config);
      case Effect.Announce announcement -> world.routing.announce(this, announcement.term());
      case Effect.Report(var notice) -> {
        if (notice.kind() == Effect.Notice.Kind.GAVE_UP && server.isWorking() && !ending) {
          world.checker.violated("L2 work is not given up", name + ": " + notice.text());
        }
      }
      case Effect.Exit _ -> ended();
    }
    return true;
  }

  private boolean guarded() {
    if (guard.allows()) {
      return true;
    }
    int mine = run;
    world.after(
        0,
        () -> {
          if (run == mine) {
            feed(new Event.GuardLost("no guard"));
          }
        });
    return false;
  }

  /// The manager's process ended by itself.
  private void ended() {
    state = null;
    run++;
    guard.end();
    world.after(World.SECOND + world.random.nextLong(2 * World.SECOND), this::start);
  }

  // ---- what befalls it

  void killManager(long until) {
    if (state == null) {
      return;
    }
    forgetManager();
    guard.orphaned();
    world.at(Math.max(until, world.now + World.SECOND / 2), this::start);
  }

  private void forgetManager() {
    state = null;
    run++;
    inbox.clear();
    unfinished = List.of();
  }

  void pauseManager(long until) {
    paused++;
    int mine = boots;
    world.at(
        until,
        () -> {
          if (boots == mine && paused > 0) {
            paused--;
            goOn();
          }
        });
  }

  void freeze(long until) {
    if (!up) {
      return;
    }
    frozen++;
    int mine = boots;
    world.at(
        until,
        () -> {
          if (boots == mine && frozen > 0) {
            frozen--;
            if (frozen == 0) {
              thaw();
            }
          }
        });
  }

  private void thaw() {
    guard.thawed();
    var actions = new ArrayList<>(deferred);
    deferred.clear();
    for (Runnable action : actions) {
      world.after(world.random.nextLong(5 * World.MILLI), action);
    }
    goOn();
  }

  /// Now, or when the machine is no longer frozen.
  void whenThawed(Runnable action) {
    if (frozen > 0) {
      int mine = boots;
      deferred.add(() -> {
        if (boots == mine) {
          action.run();
        }
      });
    } else {
      action.run();
    }
  }

  private void goOn() {
    if (!isManagerRunning()) {
      return;
    }
    world.checker.troubleChanges();
    if (!unfinished.isEmpty()) {
      var rest = unfinished;
      unfinished = List.of();
      execute(rest);
    }
    while (isManagerRunning() && unfinished.isEmpty() && !inbox.isEmpty()) {
      take(inbox.poll());
    }
    if (isManagerRunning() && unfinished.isEmpty()) {
      report();
      feed(new Event.Tick());
    }
  }

  void crash(long until) {
    if (!up) {
      return;
    }
    up = false;
    forgetManager();
    server.powerLost();
    guard.end();
    world.at(Math.max(until, world.now + World.SECOND), this::boot);
  }

  private void boot() {
    if (up) {
      return;
    }
    up = true;
    boots++;
    bootedAt = world.now;
    frozen = 0;
    paused = 0;
    deferred.clear();
    start();
  }

  void loseVolume() {
    var empty = new Disk("v" + index + "/" + world.number());
    empty.data = Data.UNUSABLE;
    server.attach(empty);
    votes.clear();
  }

  /// A volume made from an old snapshot takes the place of the old one.
  void rollVolumeBack() {
    Disk now = disk();
    var old = new Disk("v" + index + "/" + world.number());
    old.data = now.data;
    old.durable = now.durable;
    old.length = Math.max(10, now.length - 1 - world.random.nextInt(20));
    old.branch = world.histories.branchAt(now.branch, old.length);
    server.attach(old);
    votes.clear();
  }

  void terminate() {
    if (state != null && !ending) {
      ending = true;
      feed(new Event.StopRequested());
    }
  }

  /// PostgreSQL stops in order; then the run ends without giving the Lease back, and the next one
  /// goes on with it.
  void restart() {
    if (state != null && !ending && !muted && server.phase() == Phase.PRIMARY) {
      muted = true;
      server.stop(20 * World.SECOND);
      endWhenStopped(run);
    }
  }

  private void endWhenStopped(int of) {
    if (run != of || state == null) {
      return;
    }
    if (server.isRunning() || !isManagerRunning()) {
      world.after(20 * World.MILLI, () -> endWhenStopped(of));
      return;
    }
    forgetManager();
    guard.end();
    world.after(World.SECOND / 5 + world.random.nextLong(3 * World.SECOND), this::start);
  }

  /// At a moment when nothing is under way that only this run knows of, another one goes on.
  void update(int tries) {
    State now = state;
    if (now == null || ending || muted || tries == 0) {
      return;
    }
    boolean quiet = isManagerRunning() && inbox.isEmpty() && unfinished.isEmpty();
    if (!quiet || !Leadership.canHandOver(now, local())) {
      world.after(100 * World.MILLI, () -> update(tries - 1));
      return;
    }
    forgetManager();
    changingOver = true;
    guard.orphaned();
    world.after(5 * World.MILLI + world.random.nextLong(World.SECOND / 2), this::start);
  }

  /// Another machine has its name and its volume now.
  boolean isReplaced() {
    return world.nodes[index] != this;
  }

  void vanish() {
    forgetManager();
    guard.end();
  }

  void clockJumps() {
    feed(new Event.ClockJumped("the clocks drifted apart"));
  }

  void comeBack() {
    if (!up) {
      boot();
    } else if (state == null) {
      start();
    }
  }

  boolean isTroubled() {
    return !up
        || frozen > 0
        || paused > 0
        || state == null
        || ending
        || server.isTroubled()
        || !guard.isWell()
        || server.phase() != Phase.PRIMARY;
  }
}
