// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.core.leadership.Effect.StopReason;
import dev.howdah.core.leadership.PeerMessage.PositionRequest;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.wal.WalPosition;
import java.time.Duration;

/// A planned end of leading (P5): a switchover, SIGTERM, or a fence by hand.
///
/// First the target catches up, while clients still write; then PostgreSQL stops, which sends it
/// the rest; then the Lease is released to it, with the exact end of the log, so that it needs no
/// vote. What doesn't work out in time is undone. The log of a primary that follows another cluster
/// goes on elsewhere and has no end here: its successor is elected.
final class Handover {
  /// How long the target may take to come near.
  static final long CATCH_UP = 10_000_000_000L;

  /// How long SIGTERM waits for somebody who could take over.
  static final long INQUIRY = 1_000_000_000L;

  /// How near is near enough to stop.
  static final long NEAR_BYTES = 16 << 20;

  private static final long POLL = 100_000_000L;

  private Handover() {}

  /// While leading.
  static void perform(Turn turn) {
    if (turn.cluster.isFenced(turn.self.name())) {
      stopByHand(turn);
      return;
    }
    String wanted = wanted(turn);
    Outgoing outgoing = turn.outgoing;
    if (!turn.stopping && wanted.isEmpty()) {
      turn.outgoing = Outgoing.NONE;
      if (!turn.cluster.targetPrimary().equals(turn.aborted)) {
        turn.aborted = "";
      }
      return;
    }
    boolean begun = outgoing.until() > 0 && outgoing.target().equals(wanted);
    if (!begun) {
      turn.report(Notice.Kind.SWITCHOVER, "to " + (wanted.isEmpty() ? "whoever can" : wanted));
      if (turn.others().isEmpty()) {
        stop(turn, "");
        return;
      }
      long patience = turn.stopping ? INQUIRY : CATCH_UP;
      long round = ask(turn, wanted);
      turn.outgoing = new Outgoing(wanted, turn.now + patience, round, false, WalPosition.NONE, 0);
      turn.wakeAt(turn.now + POLL);
      return;
    }
    Peer target = wanted.isEmpty() ? Peers.best(turn, outgoing.round()) : turn.peer(wanted);
    if (target != null && target.round() >= outgoing.round() && isNear(turn, target)) {
      stop(turn, target.member().name());
    } else if (turn.now >= outgoing.until()) {
      gaveUp(turn, wanted);
    } else if (turn.now >= turn.positionsAt + POLL) {
      ask(turn, wanted); // an answer to an earlier question counts as well
    }
    turn.wakeAt(turn.now + POLL);
  }

  private static long ask(Turn turn, String target) {
    if (target.isEmpty()) {
      return Peers.askAll(turn);
    }
    long round = turn.newId();
    turn.send(target, new PositionRequest(turn.self, round));
    turn.positionsAt = turn.now;
    return round;
  }

  /// Only a Cluster whose status already names this instance as the current primary asks anything
  /// of it: a target from before its election is history.
  private static String wanted(Turn turn) {
    if (turn.stopping || !Crash.canBeTaken(turn)) {
      return "";
    }
    String target = turn.cluster.targetPrimary();
    boolean asked =
        turn.cluster.currentPrimary().equals(turn.self.name())
            && !target.isEmpty()
            && !target.equals(turn.self.name())
            && !target.equals(turn.aborted)
            && turn.cluster.instances().contains(target);
    return asked ? target : "";
  }

  private static boolean isNear(Turn turn, Peer target) {
    WalPosition own = turn.postgres.position();
    return target.electable()
        && target.position().timeline().equals(own.timeline())
        && own.lsn().bytesSince(target.position().lsn()) <= NEAR_BYTES;
  }

  private static void stop(Turn turn, String target) {
    StopReason reason = turn.stopping ? StopReason.END : StopReason.HANDOVER;
    Duration deadline = Duration.ofNanos(turn.settings.switchoverDelay());
    turn.outgoing = new Outgoing(target, 0, 0, true, WalPosition.NONE, 0);
    turn.become(Role.HANDING_OVER);
    turn.add(new Effect.Stop(deadline, reason));
    if (!turn.has(SafetyRule.RELEASE_AFTER_STOP)) {
      turn.release(turn.postgres.position(), target);
    }
  }

  private static void gaveUp(Turn turn, String wanted) {
    if (turn.stopping) {
      stop(turn, "");
      return;
    }
    turn.report(Notice.Kind.SWITCHOVER_ABORTED, wanted + " did not come near enough to take over");
    turn.aborted = wanted;
    turn.outgoing = Outgoing.NONE;
  }

  private static void stopByHand(Turn turn) {
    turn.replication = Replication.NONE;
    turn.outgoing = Outgoing.NONE;
    turn.become(Role.STOPPED_BY_HAND);
    turn.renewAt = turn.now;
    turn.add(new Effect.Stop(Duration.ofNanos(turn.settings.switchoverDelay()), StopReason.FENCED));
  }

  /// PostgreSQL is gone: does somebody have all of it?
  static void down(Turn turn) {
    if (Crash.isBroken(turn)) {
      Crash.happened(turn); // not one to start again if nobody takes over
      return;
    }
    WalPosition end = turn.exactEnd();
    long round = Peers.askAll(turn);
    turn.outgoing =
        new Outgoing(turn.outgoing.target(), turn.now + turn.timings.retry(), round, true, end, 0);
  }

  /// While handing over.
  static void stopped(Turn turn) {
    Outgoing outgoing = turn.outgoing;
    LeaseRecord record = turn.lease.record();
    if (!turn.isDown() || record == null || outgoing.until() == 0) {
      return;
    }
    Peer target = turn.peer(outgoing.target());
    if (target != null && Peers.covers(target, outgoing.end())) {
      turn.release(outgoing.end(), outgoing.target());
      return;
    }
    if (target != null && endsAnOffice(turn, target)) {
      turn.release(WalPosition.NONE, outgoing.target());
      return;
    }
    if (turn.now < outgoing.until() && !turn.others().isEmpty()) {
      if (turn.now >= turn.positionsAt + POLL) {
        Peers.askAll(turn);
      }
      turn.wakeAt(turn.now + POLL);
      return;
    }
    Peer other = Peers.having(turn, outgoing.round(), outgoing.end());
    if (other != null || turn.stopping) {
      turn.release(outgoing.end(), other == null ? "" : other.member().name());
    } else if (turn.votersInDoubt()) {
      Crash.lookAgain(turn);
    } else if (turn.now < turn.permit) {
      turn.report(
          Notice.Kind.SWITCHOVER_ABORTED,
          outgoing.end(),
          outgoing.target() + " did not receive the end of the log");
      turn.aborted = outgoing.target();
      turn.outgoing = Outgoing.NONE;
      StartGate.start(turn, record);
    }
  }

  /// A standby of another cluster has written nothing that its successor would have to have from
  /// it. What was acknowledged before it was one is with the voters, who elect.
  private static boolean endsAnOffice(Turn turn, Peer target) {
    return turn.postgres.data() == Data.STANDBY
        && target.round() >= turn.outgoing.round()
        && target.electable()
        && Peers.canElect(turn, turn.outgoing.round());
  }
}
