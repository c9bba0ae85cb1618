// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.lead;

import dev.howdah.core.leadership.Effect;
import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.Leadership;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.leadership.State;
import dev.howdah.core.leadership.Step;
import dev.howdah.instance.guard.BootClock;
import dev.howdah.instance.guard.Guard;
import dev.howdah.instance.update.Update;
import dev.howdah.instance.volume.Volume;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Feeds the protocol's state machine one event at a time and carries out what it decides.
public final class LeadershipLoop {
  private static final Logger LOG = LoggerFactory.getLogger(LeadershipLoop.class);

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final AtomicReference<@Nullable Supplier<State>> anew = new AtomicReference<>();
  private final Suspension suspension;
  private final AtomicReference<@Nullable Handing> handing = new AtomicReference<>();
  private final Ports ports;
  private volatile State state;
  private volatile long steppedAt;
  private long wakeAt;

  /// What the loop acts on.
  ///
  /// @param notices hears each with the state before the step that gives it
  public record Ports(
      BootClock clock,
      InstantSource wall,
      LeaseStore lease,
      Peers peers,
      Guard guard,
      Volume volume,
      PostgresPort postgres,
      Announcer announcer,
      BiConsumer<State, Effect.Notice> notices) {}

  /// Makes this instance known as the primary.
  public interface Announcer {
    /// It will be, soon: it holds the Lease of this term and is being promoted.
    void prepare(long term);

    void announce(Effect.Announce announcement);
  }

  public LeadershipLoop(State initial, Ports ports) {
    this.state = initial;
    this.ports = ports;
    this.wakeAt = ports.clock().nanos();
    this.steppedAt = wakeAt;
    this.suspension = new Suspension(ports.wall(), ports.clock()::nanos);
  }

  public void submit(Event event) {
    events.add(event);
  }

  /// Begins a new run, as the data directory holds other data now; for followers only.
  public void startOver(Supplier<State> initial) {
    anew.set(initial);
    submit(new Event.Tick());
  }

  /// Runs the action between two steps, at the first moment when another process may go on.
  ///
  /// @param condition what must be so besides
  /// @return false if there was no such moment in time
  public boolean handOver(Duration limit, BooleanSupplier condition, Update.Last action)
      throws InterruptedException {
    var request = new Handing(condition, action, new CompletableFuture<>());
    handing.set(request);
    try {
      return request.done.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("the change of versions failed: " + e.getMessage(), e);
    } finally {
      handing.compareAndSet(request, null);
    }
  }

  private record Handing(
      BooleanSupplier condition, Update.Last action, CompletableFuture<Boolean> done) {}

  private void handOverIfAsked() {
    Handing request = handing.get();
    if (request == null
        || !Leadership.canHandOver(state, ports.clock().nanos())
        || !request.condition.getAsBoolean()) {
      return;
    }
    handing.set(null);
    try {
      request.action.run();
      request.done.complete(true);
    } catch (IOException | RuntimeException e) {
      request.done.completeExceptionally(e);
    }
  }

  /// The state after the last event.
  public State state() {
    return state;
  }

  /// When the last event was taken, on the boot-time clock.
  public long steppedAt() {
    return steppedAt;
  }

  /// Runs until the protocol has ended, with PostgreSQL stopped and the Lease released; or until
  /// something fails on which its safety rests, with PostgreSQL killed.
  public void run() throws InterruptedException {
    boolean goOn = true;
    while (goOn) {
      goOn = step(next());
      handOverIfAsked();
    }
  }

  private Event next() throws InterruptedException {
    long left = wakeAt - ports.clock().nanos();
    Event event = events.poll(Math.max(left, 0), TimeUnit.NANOSECONDS);
    Optional<Event> suspended = suspension.look();
    if (suspended.isPresent()) {
      if (event != null) {
        events.add(event);
      }
      return suspended.get();
    }
    return event == null ? new Event.Tick() : event;
  }

  /// False when this was the last step.
  private boolean step(Event event) throws InterruptedException {
    Supplier<State> initial = anew.getAndSet(null);
    if (initial != null) {
      startOver(initial.get());
    }
    State before = state;
    steppedAt = ports.clock().nanos();
    Step step = Leadership.step(before, ports.clock().nanos(), event);
    state = step.state();
    wakeAt = step.wakeAt();
    if (before.role() != state.role()) {
      LOG.atInfo()
          .addKeyValue("from", before.role())
          .addKeyValue("to", state.role())
          .addKeyValue("event", event.getClass().getSimpleName())
          .log("role changed");
    }
    for (Effect effect : step.effects()) {
      LOG.atTrace().addKeyValue("effect", effect).log("effect");
      if (needsPermit(effect) && !ports.guard().allows()) {
        submit(new Event.GuardLost("the permit ended before it could be used"));
        return true;
      }
      try {
        if (!execute(before, effect)) {
          return false;
        }
      } catch (IOException | RuntimeException e) {
        LOG.atError().addKeyValue("effect", effect).setCause(e).log("leadership failed, fencing");
        ports.postgres().fence("leadership failed: " + e.getMessage());
        return false;
      }
    }
    return true;
  }

  /// What was said about the data before is void; that this process is to end isn't.
  private void startOver(State initial) {
    boolean stopping = state.stopping();
    state = initial;
    events.removeIf(waiting ->
        !(waiting instanceof Event.PostgresChanged || waiting instanceof Event.StopRequested));
    if (stopping) {
      events.add(new Event.StopRequested());
    }
  }

  /// This process may have stood still since the step was made.
  private static boolean needsPermit(Effect effect) {
    return effect instanceof Effect.StartAsPrimary
        || effect instanceof Effect.Adopt
        || effect instanceof Effect.Promote
        || effect instanceof Effect.Open;
  }

  private boolean execute(State before, Effect effect) throws IOException, InterruptedException {
    switch (effect) {
      case Effect.ReadLease(var request) ->
          background(() -> submit(new Event.LeaseRead(request, ports.lease().read())));
      case Effect.WriteLease(var request, var version, var record) ->
          background(
              () -> submit(new Event.LeaseWritten(request, ports.lease().write(version, record))));
      case Effect.Persist(var durable) -> ports.volume().persist(durable);
      case Effect.Send(var to, var message) -> ports.peers().send(to, message);
      case Effect.SendPermit(var until, var keep) -> ports.guard().permit(until, keep);
      case Effect.Seal(var version) -> ports.postgres().seal(version);
      case Effect.StartAsPrimary(var sync, var open) -> ports.postgres().startAsPrimary(sync, open);
      case Effect.Adopt(var sync) -> ports.postgres().adopt(sync);
      case Effect.Open _ -> ports.postgres().open();
      case Effect.Follow order -> {
        ports.guard().release();
        ports.postgres().follow(order);
      }
      case Effect.Promote(var timeline, var sync) -> {
        ports.postgres().promote(timeline, sync);
        LeaseRecord held = state.leaseRecord();
        if (held != null) {
          ports.announcer().prepare(held.term());
        }
      }
      case Effect.Fence(var reason) -> {
        if (!ports.postgres().fence(reason)) {
          throw new IOException("PostgreSQL can't be killed");
        }
        ports.guard().release();
      }
      case Effect.CallOff _ -> {
        if (!ports.postgres().callOff()) {
          throw new IOException("PostgreSQL can't be killed");
        }
      }
      case Effect.Stop(var deadline, var reason) -> ports.postgres().stop(deadline, reason);
      case Effect.ApplySync(var config) -> ports.postgres().applySync(config);
      case Effect.Announce announcement -> ports.announcer().announce(announcement);
      case Effect.Report(var notice) -> ports.notices().accept(before, notice);
      case Effect.Exit _ -> {
        return false;
      }
    }
    return true;
  }

  private static void background(Runnable work) {
    Thread.ofVirtual().name("lease").start(work);
  }
}
