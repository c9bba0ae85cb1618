// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.core.leadership.PostgresStatus.Phase;

/// What follows from a change in PostgreSQL.
final class PostgresWatch {
  private PostgresWatch() {}

  static void changed(Turn turn, PostgresStatus status) {
    PostgresStatus before = turn.postgres;
    turn.postgres = status;
    switch (status.phase()) {
      case DOWN -> {
        if (before.phase() != Phase.DOWN) {
          down(turn);
        }
      }
      case PRIMARY -> {
        if (turn.role == Role.STARTING || turn.role == Role.PROMOTING) {
          leads(turn);
        }
        SyncLoop.seen(turn);
      }
      case HUNG -> {
        if (turn.holds()) {
          turn.fenceAndRelease("PostgreSQL does not answer", "");
        }
      }
      case STARTING, STANDBY -> {}
    }
  }

  private static void down(Turn turn) {
    if (turn.holds()) {
      turn.callOff();
    }
    switch (turn.role) {
      case ADOPTING -> turn.become(Role.FOLLOWER);
      case LEADING -> Crash.happened(turn);
      case STARTING -> Crash.startFailed(turn);
      case PROMOTING -> {
        turn.report(Notice.Kind.CRASHED, turn.postgres.position(), "the promotion failed");
        Attempts.failed(turn);
        turn.release(turn.endOfLog(), "");
      }
      case HANDING_OVER -> Handover.down(turn);
      case FENCING -> {
        if (turn.outgoing.stopping()) {
          turn.release(turn.endOfLog(), turn.outgoing.target());
        } else {
          turn.become(Role.FOLLOWER);
        }
      }
      case FOLLOWER -> {
        turn.followed = "";
        VoteHandler.sealInterrupted(turn);
      }
      case CRASHED, STOPPED_BY_HAND, RELEASING, ENDED -> {}
    }
  }

  static void leads(Turn turn) {
    LeaseRecord record = turn.lease.record();
    boolean promoted = turn.role == Role.PROMOTING;
    turn.become(Role.LEADING);
    turn.outgoing = Outgoing.NONE;
    turn.attempts = Attempts.NONE;
    turn.report(
        promoted ? Notice.Kind.PROMOTED : Notice.Kind.ACQUIRED,
        turn.postgres.position(),
        "PostgreSQL accepts writes");
    SyncLoop.begin(turn);
    if (record != null) {
      turn.add(new Effect.Announce(record.term(), record.timeline()));
    }
    turn.renewAt = Math.min(turn.renewAt, turn.now + turn.timings.retry() / 4);
  }
}
