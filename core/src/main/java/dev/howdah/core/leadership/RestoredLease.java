// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.core.leadership.Write.Purpose;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.Timeline;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The Lease is older than one this instance has read (S6): it was deleted and made anew, or the
/// control plane was restored from a backup. Its quorum is as old as it is, so nobody votes,
/// promotes or follows by it. Only a primary that still runs writes back what it knows.
final class RestoredLease {
  private RestoredLease() {}

  static void found(Turn turn, LeaseRecord record, String version, long sentAt) {
    LeaseView before = turn.lease;
    boolean news = !before.restored() || !before.version().equals(version);
    turn.candidacy = null;
    turn.lease = before.fromThePast(record, version, turn.now, sentAt);
    VoteHandler.refuseWaiting(turn, "the Lease is older than one that was seen before");
    if (news) {
      turn.report(
          Notice.Kind.RESTORED_CONTROL_PLANE,
          "the Lease has generation %d, but %d was seen before"
              .formatted(record.generation(), turn.durable.highestGeneration()));
    }
    LeaseRecord known = before.record();
    if (turn.role == Role.ADOPTING) {
      turn.fence("the Lease is older than the server that was to be adopted");
    } else if (turn.holds()
        && turn.write == null
        && known != null
        && known.term() == turn.durable.highestTerm()
        && LeaseLoop.isOurs(turn, known)) {
      LeaseLoop.write(turn, Renewal.of(turn, known, known.quorum()), Purpose.RENEW);
    } else if (turn.role == Role.RELEASING) {
      turn.become(Role.FOLLOWER);
    }
  }

  /// A primary that was down when the Lease went back in time takes over again when every other
  /// instance says that it has seen nothing newer, and nobody renews the Lease. So does one whose
  /// volume a new Cluster took over, together with all the others that are left.
  static void perform(Turn turn) {
    LeaseRecord known = turn.lease.record();
    boolean last =
        turn.durable.claim() >= turn.durable.highestTerm()
            && turn.isDown()
            && turn.postgres.data() == PostgresStatus.Data.PRIMARY
            && isNamed(turn, known);
    if (!last || known == null || turn.stopping || turn.write != null) {
      return;
    }
    if (turn.now >= turn.positionsAt + turn.timings.retry()) {
      Peers.askAll(turn);
    }
    boolean unchanged = turn.now - turn.lease.firstSeen() >= turn.timings.lease();
    boolean newest = nobodyKnowsMore(turn) || !turn.has(SafetyRule.NOBODY_KNOWS_MORE);
    if (unchanged && newest) {
      var copy = known.heldBy(turn.self, turn.timings.lease()).copy();
      // Above what another may have claimed for an election that it never learnt to have won.
      copy.term = turn.durable.highestTerm() + 2;
      copy.position = turn.postgres.position();
      turn.persist(turn.durable.withClaim(copy.term));
      copy.timeline = new Timeline(turn.durable.highestTimeline());
      copy.quorum =
          turn.cluster.sync().isAsynchronous() ? Quorum.ASYNCHRONOUS : Quorum.SAME_DATA_ONLY;
      copy.members = List.of(turn.self.member());
      LeaseLoop.write(turn, copy.build(), Purpose.ACQUIRE);
    }
  }

  /// The Cluster calls it the primary; or, being new, asks it to become the first one. A Cluster
  /// that doesn't list this instance doesn't list those yet that would know more.
  private static boolean isNamed(Turn turn, @Nullable LeaseRecord known) {
    String current = turn.cluster.currentPrimary();
    boolean first = current.isEmpty() && known != null && known.term() == 0;
    return turn.cluster.instances().contains(turn.self.name())
        && (first ? turn.cluster.targetPrimary() : current).equals(turn.self.name());
  }

  private static boolean nobodyKnowsMore(Turn turn) {
    for (String name : turn.others()) {
      Peer peer = turn.peer(name);
      if (peer == null
          || turn.now - peer.heardAt() > turn.timings.lease()
          || peer.highestTerm() > turn.durable.highestTerm()) {
        return false;
      }
    }
    return true;
  }
}
