// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.Effect.StopReason;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.leadership.Write.Purpose;
import dev.howdah.core.wal.WalPosition;
import java.time.Duration;

/// What is due in each role, now.
final class Duties {
  private Duties() {}

  static void perform(Turn turn) {
    forgetLostCalls(turn);
    Role before;
    int changes = 0;
    do {
      before = turn.role;
      performOnce(turn);
      changes++;
    } while (turn.role != before && changes < 4);
    if (turn.holds() && turn.role != Role.ADOPTING) {
      if (turn.now >= turn.renewAt) {
        LeaseLoop.renew(turn);
      }
      turn.wakeAt(turn.renewAt);
    }
  }

  private static void performOnce(Turn turn) {
    if (turn.holds()) {
      permit(turn);
    }
    switch (turn.role) {
      case FOLLOWER -> follower(turn);
      case ADOPTING -> Adoption.perform(turn);
      case STARTING, PROMOTING -> Crash.starting(turn);
      case LEADING -> {
        Handover.perform(turn);
        if (turn.role == Role.LEADING) {
          SyncLoop.perform(turn);
        }
      }
      case CRASHED -> Crash.perform(turn);
      case HANDING_OVER -> Handover.stopped(turn);
      case STOPPED_BY_HAND -> stoppedByHand(turn);
      case RELEASING -> releasing(turn);
      case FENCING, ENDED -> {}
    }
  }

  /// The driver answers every call; should it not, the machine goes on.
  private static void forgetLostCalls(Turn turn) {
    long patience = 2 * turn.timings.retry();
    if (turn.reading != 0 && turn.now - turn.readingSince > patience) {
      turn.reading = 0;
    }
    Write write = turn.write;
    if (write != null && turn.now - write.sentAt() > patience) {
      LeaseLoop.written(
          turn, write.request(), new WriteOutcome.Failed("no answer within " + patience + " ns"));
    }
  }

  private static void permit(Turn turn) {
    boolean stopped = turn.role == Role.STOPPED_BY_HAND && turn.isDown();
    if (turn.now >= turn.permit && !stopped) {
      turn.fence("the permit to write ended");
    } else {
      turn.wakeAt(turn.permit);
    }
  }

  private static void follower(Turn turn) {
    if (turn.postgres.phase() == Phase.PRIMARY) {
      turn.fence("PostgreSQL accepts writes without the Lease");
      return;
    }
    if (turn.stopping) {
      end(turn);
      return;
    }
    if (turn.cluster.isFenced(turn.self.name())) {
      stopByHand(turn);
    }
    if (turn.lease.restored()) {
      RestoredLease.perform(turn);
    } else {
      StartGate.perform(turn);
      if (turn.role == Role.FOLLOWER) {
        Election.perform(turn);
        follow(turn);
      }
    }
    if (turn.role == Role.FOLLOWER) {
      poll(turn);
    }
  }

  private static void poll(Turn turn) {
    long at = turn.lease.readAt() + turn.timings.retry();
    if (turn.now >= at && turn.write == null) {
      turn.read();
    } else {
      turn.wakeAt(at);
    }
  }

  /// SIGTERM for a follower: stop, and go. If the Lease is still ours, release it first.
  private static void end(Turn turn) {
    if (!turn.isDown()) {
      if (!turn.outgoing.stopping()) {
        turn.outgoing = turn.outgoing.asStopping();
        turn.add(
            new Effect.Stop(Duration.ofNanos(turn.settings.switchoverDelay()), StopReason.END));
      }
      return;
    }
    if (turn.write != null) {
      return; // it may take the Lease: then that is released
    }
    StartGate.perform(turn);
    if (turn.role == Role.FOLLOWER) {
      turn.add(new Effect.Exit());
      turn.become(Role.ENDED);
    }
  }

  private static void stopByHand(Turn turn) {
    if (!turn.isDown() && !turn.outgoing.stopping()) {
      turn.outgoing = turn.outgoing.asStopping();
      turn.followed = "";
      turn.add(
          new Effect.Stop(Duration.ofNanos(turn.settings.switchoverDelay()), StopReason.FENCED));
    }
  }

  /// S1: from the current holder, and from nobody while sealed.
  private static void follow(Turn turn) {
    LeaseRecord record = turn.lease.record();
    String unfinished = VoteHandler.unfinished(turn);
    if (unfinished != null && turn.postgres.phase() == Phase.STANDBY) {
      VoteHandler.sealFor(turn, unfinished);
      return;
    }
    if (record == null
        || turn.lease.version().isEmpty()
        || turn.cluster.isFenced(turn.self.name())
        || turn.write != null) {
      return;
    }
    turn.outgoing = Outgoing.NONE;
    String holder =
        turn.has(SafetyRule.FOLLOW_HOLDER_ONLY) ? record.holder() : turn.cluster.currentPrimary();
    boolean sealed = turn.durable.seal() != null && turn.has(SafetyRule.SEAL_UNTIL_CHANGE);
    boolean another = !holder.isEmpty() && !holder.equals(turn.self.name());
    if (another && !sealed && !Election.isDue(turn, record)) {
      follow(turn, holder, record);
    } else if (turn.isDown() && mayRunAlone(turn, record)) {
      runAlone(turn, record);
    }
  }

  /// Starts PostgreSQL as a standby of nobody.
  static void runAlone(Turn turn, LeaseRecord record) {
    follow(turn, "", record);
  }

  /// Without an upstream, to be electable. What was a primary is left as it is while it may become
  /// primary again.
  private static boolean mayRunAlone(Turn turn, LeaseRecord record) {
    return switch (turn.postgres.data()) {
      case STANDBY -> true;
      case PRIMARY -> !StartGate.owns(turn, record);
      case UNUSABLE -> false;
    };
  }

  private static void follow(Turn turn, String upstream, LeaseRecord record) {
    String key = upstream + "/" + record.term();
    if (!turn.followed.equals(key)) {
      turn.followed = key;
      boolean compares = turn.has(SafetyRule.CONNECT_TO_WHAT_CONTAINS);
      WalPosition held = compares ? record.position() : turn.postgres.position();
      turn.add(new Effect.Follow(upstream, record.timeline(), held));
    }
  }

  /// A person fenced the holder: the Lease stays with it, so that nobody takes over.
  private static void stoppedByHand(Turn turn) {
    LeaseRecord record = turn.lease.record();
    if (turn.stopping && turn.isDown()) {
      turn.release(turn.exactEnd(), "");
    } else if (record != null && !turn.cluster.isFenced(turn.self.name()) && turn.isDown()) {
      if (turn.votersInDoubt()) {
        Crash.lookAgain(turn); // it would start with too few synchronous standbys
      } else if (turn.now < turn.permit) {
        StartGate.start(turn, record);
      }
    }
  }

  private static void releasing(Turn turn) {
    LeaseRecord record = turn.lease.record();
    if (turn.now - turn.since > turn.timings.lease()) {
      turn.become(Role.FOLLOWER);
      if (turn.stopping) {
        turn.add(new Effect.Exit());
        turn.become(Role.ENDED);
      }
      return;
    }
    if (turn.write != null || turn.reading != 0) {
      return;
    }
    if (record == null || turn.lease.version().isEmpty() || turn.lease.restored()) {
      turn.read();
    } else if (!LeaseLoop.isOurs(turn, record)) {
      turn.become(Role.FOLLOWER);
    } else if (turn.now >= turn.renewAt) {
      LeaseRecord released = record.released(turn.outgoing.end(), turn.outgoing.target());
      LeaseLoop.write(turn, released, Purpose.RELEASE);
    } else {
      turn.wakeAt(turn.renewAt);
    }
  }
}
