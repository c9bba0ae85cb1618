// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.Identity;
import dev.howdah.core.leadership.Kept;
import dev.howdah.core.leadership.SafetyRule;

/// The process that kills PostgreSQL when the permit ends or its manager is gone.
final class Guard {
  private static final long LATENESS = World.SECOND / 2;
  private static final long STARVED = 10 * World.SECOND;
  private static final long KILL = World.SECOND;

  private final Node node;
  private boolean alive;
  private long until;
  private boolean keep;
  private int epoch;

  Guard(Node node) {
    this.node = node;
  }

  /// The worst case more often than chance would have it.
  private long lateness() {
    boolean late = node.world.random.nextInt(4) == 0;
    return late ? LATENESS : node.world.random.nextLong(LATENESS);
  }

  void permit(long permit, boolean keepWithoutManager) {
    alive = true;
    keep = keepWithoutManager;
    until = permit;
    watch();
  }

  boolean allows() {
    return alive && node.local() < until;
  }

  boolean isWell() {
    return alive;
  }

  /// The instant from which nobody may rely on this instance's permit any more.
  boolean isOver() {
    return node.local() >= until;
  }

  private void watch() {
    int mine = ++epoch;
    node.world.at(node.trueTime(until) + lateness(), () -> node.whenThawed(() -> look(mine)));
  }

  private void look(int mine) {
    if (alive && mine == epoch && isOver()) {
      fire("the permit ended");
    }
  }

  /// The machine goes on: the guard is scheduled again like everybody else, within its lateness; or
  /// much later than the protocol reckons with, where only I2 has to hold.
  void thawed() {
    if (alive && isOver()) {
      int mine = ++epoch;
      node.server.exempt = true;
      var random = node.world.random;
      long late = random.nextLong(random.nextInt(4) == 0 ? STARVED : LATENESS);
      node.world.after(late, () -> look(mine));
    }
  }

  /// The name on the volume is another's: seen when the guard looks, twice a second.
  void ownerChanged() {
    node.world.after(
        node.world.random.nextLong(LATENESS),
        () ->
            node.whenThawed(() -> {
              if (alive) {
                fire("the volume has another owner");
              }
            }));
  }

  private void fire(String reason) {
    alive = false;
    epoch++;
    if (!node.world.settings.off().contains(SafetyRule.GUARD)) {
      node.world.trace(node.name, "the guard fires: " + reason);
      boolean slow = node.world.random.nextInt(4) == 0;
      node.server.kill(slow ? KILL : node.world.random.nextLong(KILL));
      node.feed(new Event.GuardLost(reason));
    }
  }

  /// What it kept running when the manager died, for the next run.
  Kept kept(Identity before) {
    return alive && keep ? new Kept(before.incarnation(), until) : Kept.NONE;
  }

  /// Its pipe is closed: the manager died.
  void orphaned() {
    if (alive && !keep) {
      int mine = ++epoch;
      node.world.after(
          node.world.random.nextLong(LATENESS),
          () ->
              node.whenThawed(() -> {
                if (alive && epoch == mine) {
                  fire("the manager is gone");
                }
              }));
    }
  }

  void killed() {
    if (alive) {
      alive = false;
      epoch++;
      node.server.exempt |= !node.isManagerRunning();
      node.feed(new Event.GuardLost("the guard is gone"));
    }
  }

  /// PostgreSQL is down, or the machine.
  void end() {
    alive = false;
    epoch++;
  }
}
