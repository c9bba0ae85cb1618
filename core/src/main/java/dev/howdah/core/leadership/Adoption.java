// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.leadership.Write.Purpose;
import java.util.List;

/// An instance manager died, its guard did not, and PostgreSQL writes on under the permit that it
/// had. The next run takes the Lease over from the run before, and leads on, without any gap.
///
/// Nothing else moves the permit meanwhile: to the others, the holder is one that is slow to renew.
/// Whatever the run before had on its way to the API server is settled by that one write, since it
/// is conditional on the revision that was read.
final class Adoption {
  private Adoption() {}

  static boolean isPossible(Kept kept, PostgresStatus postgres, long now) {
    return !kept.incarnation().isEmpty()
        && postgres.phase() == Phase.PRIMARY
        && now < kept.permit();
  }

  /// Only what clients use already: a server that starts, or that waits for the voters after a
  /// crash, is better started again.
  static boolean mayKeep(Turn turn) {
    return turn.role == Role.LEADING && !turn.replication.closed();
  }

  static void perform(Turn turn) {
    if (!turn.has(SafetyRule.ADOPTION)) {
      lead(turn);
      LeaseLoop.grant(turn, turn.now);
      return;
    }
    if (turn.now < turn.takeAt) {
      turn.wakeAt(turn.takeAt);
    } else if (turn.write == null && turn.mayReadAgain()) {
      turn.read();
    }
  }

  static void leaseRead(Turn turn, LeaseRecord record) {
    if (!isItsLease(turn, record)) {
      turn.fence(
          record.isFree()
              ? "the Lease was taken away from the run before"
              : "the Lease is held by " + record.owner().incarnation());
    } else if (turn.write == null && turn.now >= turn.takeAt) {
      LeaseLoop.write(turn, record.heldBy(turn.self, turn.timings.lease()), Purpose.ACQUIRE);
    }
  }

  /// It is held by the run before; or by this one, whose write was done although its answer said
  /// nothing.
  private static boolean isItsLease(Turn turn, LeaseRecord record) {
    String incarnation = record.owner().incarnation();
    return StartGate.owns(turn, record)
        && record.holder().equals(turn.self.name())
        && record.owner().boot().equals(turn.self.boot())
        && (incarnation.equals(turn.kept.incarnation())
            || incarnation.equals(turn.self.incarnation()));
  }

  static void won(Turn turn, Write write) {
    lead(turn);
    LeaseLoop.grant(turn, write.sentAt()); // too late, and the next duty is to fence
  }

  private static void lead(Turn turn) {
    LeaseRecord record = turn.lease.record();
    turn.report(Notice.Kind.ADOPTED, turn.postgres.position(), "of run " + turn.kept.incarnation());
    turn.failingSince = 0;
    turn.asked = List.of();
    if (record != null) {
      turn.add(new Effect.Adopt(SyncLoop.inForce(turn, record.quorum())));
    }
    PostgresWatch.leads(turn);
  }
}
