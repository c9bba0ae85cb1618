// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.leadership.SafetyRule;
import dev.howdah.core.sync.Enforcement;
import dev.howdah.core.sync.Enforcement.Step;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.sync.SyncConfig.Method;
import dev.howdah.core.wal.Lsn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Synchronous replication as a primary's processes do it, each by the setting that it has read:
/// the checkpointer decides whether commits wait, each WAL sender whether enough have confirmed.
/// Any of them may be late. Beside it the instance manager, which takes production's steps.
final class Synchronous {
  private static final long DEADLINE = 5 * World.SECOND;
  private static final long POLL = 10 * World.MILLI;
  private static final int CHECKPOINTER = 0;

  private final Node node;
  private final World world;
  private final Server server;

  /// Chance of its own, so that a schedule stays what it was.
  private final SplittableRandom random;

  // PostgreSQL
  private SyncConfig file = SyncConfig.ASYNCHRONOUS;
  private SyncConfig shown = SyncConfig.ASYNCHRONOUS;
  private boolean waits;
  private final SyncConfig[] senders;
  private final long[] busyUntil;
  private int since;

  // the instance manager
  private Enforcement enforcement = Enforcement.started(SyncConfig.ASYNCHRONOUS);
  private int applying;
  private boolean isApplying;
  private int applyingRun;
  private int applyingProcess;
  private @Nullable SyncConfig next;

  Synchronous(Node node, Server server) {
    this.node = node;
    this.world = node.world;
    this.server = server;
    int count = world.scenario.nodes();
    random = new SplittableRandom(world.scenario.seed() ^ (0x51A1L + node.index));
    senders = new SyncConfig[count];
    busyUntil = new long[count + 1];
    Arrays.fill(senders, SyncConfig.ASYNCHRONOUS);
  }

  // ---- PostgreSQL

  SyncConfig file() {
    return file;
  }

  boolean waits() {
    return waits;
  }

  /// Where the log ended when a process last took another setting up.
  int since() {
    return since;
  }

  /// What those WAL senders go by that may let commits pass: each has its own number and method,
  /// and counts those standbys whose WAL senders say that they are synchronous.
  List<SyncConfig> obeyed() {
    List<Integer> candidates = candidates();
    List<String> names = candidates.stream().map(i -> world.nodes[i].name).toList();
    return candidates.stream()
        .map(i -> senders[i])
        .filter(rule -> rule.number() <= names.size())
        .map(rule -> new SyncConfig(rule.method(), rule.number(), names))
        .toList();
  }

  private List<Integer> candidates() {
    var candidates = new ArrayList<Integer>();
    for (int i = 0; i < senders.length; i++) {
      if (server.isConnected(i) && priority(i) > 0) {
        candidates.add(i);
      }
    }
    return candidates;
  }

  /// Commits wait from the first one on: the standby that it was had been told, too.
  void begin(SyncConfig config, boolean promoted) {
    boolean inForce = waits && !isApplying && config.equals(file);
    if (promoted || !inForce) {
      since = server.disk.length;
    }
    file = config;
    shown = config;
    waits = !config.isAsynchronous();
    Arrays.fill(senders, config);
    Arrays.fill(busyUntil, 0);
    enforcement = Enforcement.started(config);
    if (promoted && random.nextInt(4) == 0) {
      enforcement = Enforcement.started(SyncConfig.ASYNCHRONOUS).after(new Step.Use(config));
    }
    applying++;
    next = null;
    if (random.nextInt(6) == 0) {
      server.ifSame(random.nextLong(15 * World.SECOND), server::restartInPlace);
    }
  }

  void connected(int standby) {
    senders[standby] = shown;
  }

  private int priority(int standby) {
    return Enforcement.priority(senders[standby], world.nodes[standby].name);
  }

  /// A standby's confirmation has come: its WAL sender lets pass what it may.
  void confirmed(int standby) {
    SyncConfig rule = senders[standby];
    if (priority(standby) == 0) {
      return;
    }
    List<Integer> candidates = candidates();
    if (candidates.size() < rule.number()) {
      return;
    }
    candidates.sort(
        rule.method() == Method.FIRST
            ? Comparator.comparingInt(this::priority)
            : Comparator.comparingInt(i -> -server.flushedBy(i)));
    int least = Integer.MAX_VALUE;
    for (int i : candidates.subList(0, rule.number())) {
      least = Math.min(least, server.flushedBy(i));
    }
    server.acknowledge(least);
  }

  /// The postmaster has read the file, and so has a session; the others will.
  private void reloaded() {
    shown = file;
    soon(CHECKPOINTER, this::checkpointerReads);
    for (int i = 0; i < senders.length; i++) {
      int standby = i;
      soon(
          1 + i,
          () -> {
            // one whose standby is gone has ended, and a new one reads what is there
            if (server.isConnected(standby) && !senders[standby].equals(file)) {
              senders[standby] = file;
              changed();
            }
          });
    }
  }

  private void checkpointerReads() {
    if (waits == file.isAsynchronous()) {
      waits = !file.isAsynchronous();
      changed();
      if (!waits) {
        server.acknowledge(Integer.MAX_VALUE);
      }
    }
  }

  private void changed() {
    since = server.disk.length;
    world.checker.syncChanged(node);
  }

  private void soon(int process, Runnable action) {
    if (world.now >= busyUntil[process] && random.nextInt(30) == 0) {
      busyUntil[process] = world.now + random.nextLong(9 * World.SECOND);
    }
    long read = Math.max(world.now + random.nextLong(10 * World.MILLI), busyUntil[process]);
    server.ifSame(read - world.now, action);
  }

  // ---- the instance manager

  void adopted(SyncConfig least) {
    applying++;
    next = null;
    enforcement = Enforcement.adopted(least);
  }

  void apply(SyncConfig config) {
    if (server.phase() != Phase.PRIMARY) {
      return;
    }
    if (next != null || isApplying()) {
      next = config;
      return;
    }
    begin(config);
  }

  private boolean isApplying() {
    return isApplying && applyingRun == node.run && applyingProcess == server.process();
  }

  private void begin(SyncConfig config) {
    isApplying = true;
    applyingRun = node.run;
    applyingProcess = server.process();
    boolean proved = !world.settings.off().contains(SafetyRule.RULE_IS_SEEN);
    List<Step> steps = proved ? enforcement.towards(config) : List.of(new Step.Use(config));
    take(++applying, steps, 0, config, enforcement.written());
  }

  private void take(int mine, List<Step> steps, int at, SyncConfig target, SyncConfig before) {
    if (at == steps.size()) {
      end();
      node.feed(new Event.SyncApplied(target, new Lsn(server.disk.length)));
      server.rowsChanged();
      goOn();
      return;
    }
    Step step = steps.get(at);
    Runnable then =
        () -> {
          enforcement = step instanceof Step.Use ? enforcement : enforcement.after(step);
          take(mine, steps, at + 1, target, before);
        };
    Runnable failed =
        () -> {
          if (enforcement.written().equals(Enforcement.NOBODY)) {
            write(before);
            reloaded();
          }
          end();
          goOn();
        };
    switch (step) {
      case Step.Use(SyncConfig config) -> {
        write(config);
        later(
            mine,
            5 * World.MILLI + random.nextLong(40 * World.MILLI),
            () -> {
              reloaded();
              then.run();
            });
      }
      case Step.SeeSenders(SyncConfig config) ->
          await(mine, world.now + DEADLINE, () -> allShow(config), then, failed);
      case Step.SeeWaiting _ -> await(mine, world.now + DEADLINE, () -> waits, then, failed);
      case Step.SeePassing _ -> await(mine, world.now + DEADLINE, () -> !waits, then, failed);
    }
  }

  private void write(SyncConfig config) {
    file = config;
    enforcement = enforcement.after(new Step.Use(config));
  }

  private boolean allShow(SyncConfig config) {
    for (int i = 0; i < senders.length; i++) {
      if (server.isConnected(i)
          && priority(i) != Enforcement.priority(config, world.nodes[i].name)) {
        return false;
      }
    }
    return true;
  }

  private void await(int mine, long until, BooleanSupplier seen, Runnable then, Runnable failed) {
    later(
        mine,
        POLL,
        () -> {
          if (seen.getAsBoolean()) {
            then.run();
          } else if (world.now >= until) {
            failed.run();
          } else {
            await(mine, until, seen, then, failed);
          }
        });
  }

  /// While the manager and the server are the same, and the manager runs.
  private void later(int mine, long delay, Runnable action) {
    int run = node.run;
    server.ifSame(
        delay,
        () -> {
          if (applying != mine || node.run != run) {
            return;
          }
          if (node.isManagerRunning()) {
            action.run();
          } else {
            later(mine, POLL, action);
          }
        });
  }

  private void end() {
    isApplying = false;
  }

  private void goOn() {
    SyncConfig waiting = next;
    next = null;
    if (waiting != null && server.phase() == Phase.PRIMARY) {
      begin(waiting);
    }
  }
}
