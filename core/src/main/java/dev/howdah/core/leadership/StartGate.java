// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.leadership.Write.Purpose;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.wal.Timeline;
import java.util.List;

/// How the data directory that was primary last becomes primary again, and the first one ever: not
/// without the Lease (G1 to G3).
final class StartGate {
  private StartGate() {}

  /// Nobody was primary after this data directory was.
  static boolean owns(Turn turn, LeaseRecord record) {
    Identity owner = record.owner();
    if (!owner.name().equals(turn.self.name()) || turn.postgres.data() == Data.UNUSABLE) {
      return false;
    }
    return !turn.has(SafetyRule.DATA_CLAIM)
        || (owner.volume().equals(turn.self.volume())
            && record.term() == turn.durable.claim()
            && record.term() > 0);
  }

  /// When it may take the Lease again; [Long#MAX_VALUE]: not by itself.
  static long notBefore(Turn turn, LeaseRecord record) {
    return Math.max(turn.takeAt, itsTurn(turn, record));
  }

  private static long itsTurn(Turn turn, LeaseRecord record) {
    long seen = turn.lease.firstSeen();
    boolean alone = turn.others().isEmpty();
    if (turn.postgres.exit() == Exit.STORAGE && !alone) {
      return Long.MAX_VALUE;
    }
    if (Attempts.isResting(turn, record)) {
      return turn.attempts.restUntil();
    }
    if (!record.isFree()) {
      boolean same =
          LeaseLoop.isOurs(turn, record)
              || record.owner().boot().equals(turn.self.boot())
              || !turn.has(SafetyRule.OTHER_BOOT_WAITS);
      return same ? seen : seen + Math.max(record.duration(), turn.timings.lease());
    }
    String preferred = record.preferred();
    return preferred.isEmpty() || preferred.equals(turn.self.name())
        ? seen
        : seen + 2 * turn.timings.retry();
  }

  /// Whether PostgreSQL is as a start, or a promotion, needs it.
  static boolean canRun(Turn turn) {
    return turn.postgres.data() == Data.PRIMARY
        ? turn.isDown()
        : turn.postgres.data() == Data.STANDBY && turn.postgres.phase() == Phase.STANDBY;
  }

  /// Asks for a fresh look at the Lease when it may be time.
  static void perform(Turn turn) {
    if (!turn.has(SafetyRule.START_GATE) && startWithoutLease(turn)) {
      return;
    }
    LeaseRecord record = turn.lease.record();
    if (record == null || turn.lease.version().isEmpty() || turn.write != null) {
      return;
    }
    if (!owns(turn, record)) {
      return;
    }
    if (turn.stopping) {
      if (LeaseLoop.isOurs(turn, record) && turn.isDown()) {
        turn.release(turn.exactEnd(), "");
      }
      return;
    }
    long at = notBefore(turn, record);
    if (canRun(turn) && turn.now >= at && turn.mayReadAgain()) {
      turn.read();
    } else {
      turn.wakeAt(at);
    }
  }

  static void leaseRead(Turn turn) {
    LeaseRecord record = turn.lease.record();
    if (record == null || turn.stopping || !canRun(turn)) {
      return;
    }
    if (isFirst(turn, record) && turn.now >= turn.takeAt) {
      acquireFirst(turn);
    } else if (owns(turn, record) && turn.now >= notBefore(turn, record)) {
      var copy = record.heldBy(turn.self, turn.timings.lease()).copy();
      if (turn.postgres.data() == Data.STANDBY) {
        copy.timeline = copy.timeline.next();
      }
      LeaseLoop.write(turn, copy.build(), Purpose.ACQUIRE);
    }
  }

  private static boolean isFirst(Turn turn, LeaseRecord record) {
    return record.term() == 0
        && record.isFree()
        && turn.durable.highestTerm() == 0
        && turn.durable.claim() <= 1
        && turn.cluster.targetPrimary().equals(turn.self.name())
        && turn.cluster.currentPrimary().isEmpty();
  }

  private static void acquireFirst(Turn turn) {
    turn.persist(turn.durable.withClaim(1));
    var copy = LeaseRecord.FRESH.heldBy(turn.self, turn.timings.lease()).copy();
    copy.term = 1;
    Timeline timeline = turn.postgres.position().timeline();
    copy.timeline = timeline.equals(Timeline.NONE) ? new Timeline(1) : timeline;
    copy.members = List.of(turn.self.member());
    copy.quorum =
        turn.cluster.sync().isAsynchronous() ? Quorum.ASYNCHRONOUS : Quorum.SAME_DATA_ONLY;
    LeaseLoop.write(turn, copy.build(), Purpose.ACQUIRE);
  }

  /// The Lease is ours, by whatever way. If it took so long that others may soon think it free, it
  /// is renewed first: [#leaseRead] does that, since the record is still ours.
  static void won(Turn turn, Write write) {
    LeaseRecord record = write.record();
    boolean late = turn.now >= write.sentAt() + turn.timings.permit();
    if (turn.role != Role.FOLLOWER || (late && turn.has(SafetyRule.PERMIT_BEFORE_PROMOTION))) {
      turn.candidacy = null;
      return;
    }
    turn.candidacy = null;
    if (turn.stopping || !canRun(turn)) {
      turn.release(turn.exactEnd(), "");
      return;
    }
    boolean elected = write.purpose() == Purpose.ELECT;
    turn.report(elected ? Notice.Kind.ELECTED : Notice.Kind.ACQUIRED, turn.postgres.position(), "");
    turn.persist(turn.durable.withSeal(null));
    turn.ballot = new Ballot(turn.ballot.promisedUntil(), "", null, List.of());
    turn.failingSince = 0;
    turn.asked = List.of();
    turn.replication = Replication.NONE;
    turn.outgoing = Outgoing.NONE;
    Attempts.begun(turn);
    turn.aborted = "";
    turn.followed = "";
    LeaseLoop.grant(turn, late ? turn.now : write.sentAt());
    if (turn.postgres.data() == Data.STANDBY) {
      turn.outgoing = Outgoing.promotion(elected ? record.position() : turn.postgres.position());
      turn.become(Role.PROMOTING);
      turn.add(new Effect.Promote(record.timeline(), SyncLoop.inForce(turn, record.quorum())));
    } else if (turn.cluster.isFenced(turn.self.name())) {
      turn.become(Role.STOPPED_BY_HAND);
    } else {
      start(turn, record);
    }
  }

  /// What this gate prevents.
  private static boolean startWithoutLease(Turn turn) {
    LeaseRecord record = turn.lease.record();
    boolean was = turn.durable.claim() > 0 && turn.postgres.data() == Data.PRIMARY;
    if (!was || !turn.isDown() || turn.stopping || record == null) {
      return false;
    }
    LeaseLoop.grant(turn, turn.now);
    start(turn, record);
    return true;
  }

  /// Starts PostgreSQL as primary on its own data; the Lease is held.
  static void start(Turn turn, LeaseRecord record) {
    SyncConfig sync = SyncLoop.inForce(turn, record.quorum());
    boolean open =
        record.quorum().voters().isEmpty() || !turn.has(SafetyRule.CLOSED_UNTIL_CONFIRMED);
    turn.replication = Replication.starting(open);
    turn.become(Role.STARTING);
    Attempts.begun(turn);
    turn.add(new Effect.SendPermit(turn.permit, false));
    turn.add(new Effect.StartAsPrimary(sync, open));
  }
}
