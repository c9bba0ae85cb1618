// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/// PostgreSQL died while it led (P4): whichever way is both short and safe.
///
/// If a standby has the log to its very end, it takes over: nothing is lost, and promotion takes a
/// tenth of a second, while crash recovery takes as long as there is WAL since the last checkpoint.
/// Else, with voters, those take over if they are enough. Else the server is restarted in place,
/// where nothing is lost either.
final class Crash {
  /// How long answers of the others are awaited.
  static final long INQUIRY = 300_000_000L;

  /// How long a restart in place may take before a standby is preferred.
  static final long IN_PLACE = 10_000_000_000L;

  /// After this long without a sign of it, a start or a promotion is ordered again.
  static final long NOT_BEGUN = 8_000_000_000L;

  private Crash() {}

  static void happened(Turn turn) {
    WalPosition end = turn.exactEnd();
    turn.report(Notice.Kind.CRASHED, end, "PostgreSQL ended");
    turn.replication = Replication.NONE;
    turn.become(Role.CRASHED);
    if (!canBeTaken(turn)) {
      turn.renewAt = turn.now; // perhaps it can by now
    }
    long round = Peers.askAll(turn);
    turn.outgoing = new Outgoing("", turn.now + INQUIRY, round, true, end, 0);
  }

  static void perform(Turn turn) {
    Outgoing outgoing = turn.outgoing;
    LeaseRecord record = turn.lease.record();
    if (record == null) {
      return;
    }
    Peer successor = Peers.having(turn, outgoing.round(), outgoing.end());
    boolean quorum = !record.quorum().asynchronous() && Peers.canElect(turn, outgoing.round());
    if (successor == null && quorum) {
      successor = Peers.best(turn, outgoing.round());
    }
    boolean useful = canBeTaken(turn) || turn.stopping || isBroken(turn);
    if (successor != null && useful) {
      turn.release(outgoing.end(), successor.member().name());
      return;
    }
    boolean allKnown = Peers.allAnswered(turn, outgoing.round()) && successor == null;
    if (turn.now < outgoing.until() && !allKnown) {
      turn.wakeAt(outgoing.until());
      return;
    }
    Peer best = Peers.best(turn, outgoing.round());
    boolean mayLose = record.quorum().asynchronous() && canBeTaken(turn);
    if (outgoing.starts() >= Attempts.STARTS && best != null && mayLose) {
      startsInVain(turn, best);
    } else if (turn.stopping) {
      turn.release(outgoing.end(), "");
    } else if (isBroken(turn)) {
      brokenStorage(turn, record);
    } else if (turn.votersInDoubt()) {
      lookAgain(turn); // it would start with too few synchronous standbys
    } else if (turn.now < turn.permit) {
      restart(turn, record, outgoing);
    }
  }

  /// While the API server doesn't answer, nobody takes a Lease that is released, and it couldn't be
  /// had back.
  static boolean canBeTaken(Turn turn) {
    return turn.failingSince == 0;
  }

  /// Without synchronous replication others have less, as a rule; but it is there to be used.
  private static void startsInVain(Turn turn, Peer successor) {
    String reason = "PostgreSQL failed to start %d times".formatted(turn.outgoing.starts());
    turn.report(Notice.Kind.GAVE_UP, turn.outgoing.end(), reason);
    Attempts.failed(turn);
    turn.release(turn.outgoing.end(), successor.member().name());
  }

  /// A renewal that is due says more than a look, and isn't written while one is under way.
  static void lookAgain(Turn turn) {
    boolean renews = turn.write == null && turn.now >= turn.renewAt;
    if (!renews && turn.mayReadAgain()) {
      turn.read();
    }
    turn.wakeAt(turn.now + turn.timings.retry() / 4);
  }

  static boolean isBroken(Turn turn) {
    return turn.postgres.exit() == Exit.STORAGE && !turn.others().isEmpty();
  }

  /// Not started again on this volume while there may be another copy.
  private static void brokenStorage(Turn turn, LeaseRecord record) {
    Peer best = Peers.best(turn, turn.outgoing.round());
    if (best != null && record.quorum().asynchronous()) {
      turn.release(WalPosition.NONE, best.member().name());
    } else if (turn.now >= turn.outgoing.until()) {
      ask(turn);
    }
  }

  private static void ask(Turn turn) {
    long round = Peers.askAll(turn);
    turn.outgoing = turn.outgoing.in(round, turn.now + turn.timings.retry() / 2);
    turn.wakeAt(turn.outgoing.until());
  }

  private static void restart(Turn turn, LeaseRecord record, Outgoing outgoing) {
    turn.report(Notice.Kind.RESTARTED_IN_PLACE, outgoing.end(), "no standby has all of it");
    turn.outgoing =
        new Outgoing(
            "",
            turn.now + IN_PLACE,
            outgoing.round(),
            false,
            outgoing.end(),
            outgoing.starts() + 1);
    StartGate.start(turn, record);
  }

  /// While PostgreSQL starts: a standby is the better choice if that takes too long.
  static void starting(Turn turn) {
    LeaseRecord record = turn.lease.record();
    if (turn.role == Role.PROMOTING) {
      if (record == null || !Attempts.giveUp(turn, record)) {
        promoting(turn, record);
      }
      return;
    }
    if (turn.role != Role.STARTING || record == null) {
      return;
    }
    if (turn.isDown() && turn.now >= turn.since + NOT_BEGUN) {
      turn.callOff(); // or it starts when another one leads
      startFailed(turn);
      return;
    }
    if (Attempts.giveUp(turn, record)) {
      return;
    }
    long patience = turn.outgoing.starts() > 0 ? turn.outgoing.until() : turn.since + IN_PLACE;
    boolean pointless = !canBeTaken(turn) && !turn.stopping;
    if (turn.now < patience || pointless) {
      turn.wakeAt(patience);
      return;
    }
    Quorum quorum = record.quorum();
    boolean mayLose = quorum.asynchronous() && turn.outgoing.starts() == 0;
    if (turn.now >= turn.positionsAt + turn.timings.retry() / 2) {
      long round = Peers.askAll(turn);
      turn.outgoing = turn.outgoing.in(round, turn.outgoing.until());
    } else if (!mayLose && Peers.canElect(turn, turn.outgoing.round())) {
      Peer best = Peers.best(turn, turn.outgoing.round());
      turn.fenceAndRelease(
          "PostgreSQL takes too long to start, and a standby is ready",
          best == null ? "" : best.member().name());
    }
  }

  /// An order to promote may have failed before PostgreSQL had it; to give it twice does no harm.
  private static void promoting(Turn turn, @Nullable LeaseRecord record) {
    long again = turn.since + NOT_BEGUN;
    if (turn.now < again) {
      turn.wakeAt(again);
    } else if (record != null
        && turn.postgres.phase() == PostgresStatus.Phase.STANDBY
        && turn.now < turn.permit) {
      turn.become(Role.PROMOTING);
      turn.add(new Effect.Promote(record.timeline(), SyncLoop.inForce(turn, record.quorum())));
    }
  }

  static void startFailed(Turn turn) {
    Outgoing outgoing = turn.outgoing;
    turn.report(Notice.Kind.CRASHED, turn.exactEnd(), "PostgreSQL did not start");
    turn.become(Role.CRASHED);
    long round = Peers.askAll(turn);
    long pause = Math.min(10, 1 + outgoing.starts()) * 1_000_000_000L;
    turn.outgoing =
        new Outgoing(
            "", turn.now + pause, round, true, turn.exactEnd(), Math.max(1, outgoing.starts()));
  }
}
