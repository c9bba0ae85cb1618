// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.Write.Purpose;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import java.util.List;

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
  /// volume a new Cluster took over, together with all the others that are left; and the designated
  /// primary of a cluster that follows another one, whose data is a standby's.
  static void perform(Turn turn) {
    LeaseRecord known = turn.lease.record();
    if (known == null
        || turn.stopping
        || turn.write != null
        || !ledLast(turn)
        || !isNamed(turn, known)) {
      return;
    }
    if (turn.now >= turn.positionsAt + turn.timings.retry()) {
      Peers.askAll(turn);
    }
    boolean unchanged = turn.now - turn.lease.firstSeen() >= turn.timings.lease();
    boolean newest =
        (nobodyKnowsMore(turn) || !turn.has(SafetyRule.NOBODY_KNOWS_MORE))
            && (namedHasLed(turn) || !turn.has(SafetyRule.NAMED_HAS_LED));
    if (!mayLead(turn)) {
      if (turn.isDown() && !turn.cluster.isFenced(turn.self.name())) {
        Duties.runAlone(turn, known); // how far its log goes is known only then
      }
    } else if (unchanged && newest && turn.now >= turn.takeAt) {
      LeaseLoop.write(turn, taken(turn, known), Purpose.ACQUIRE);
    }
  }

  /// Whether no data is known here to have led after the data here. Nobody else's claim says so: it
  /// may be that of an election that another won.
  private static boolean ledLast(Turn turn) {
    Durable durable = turn.durable;
    Data data = turn.postgres.data();
    boolean old = durable.led() == 0 && data == Data.PRIMARY; // what an earlier version wrote
    long term = old || !turn.has(SafetyRule.LAST_LEADER_IS_SEEN) ? durable.claim() : durable.led();
    return data != Data.UNUSABLE && term > 0 && term >= durable.highestTerm();
  }

  private static boolean mayLead(Turn turn) {
    boolean standby = turn.postgres.data() == Data.STANDBY;
    boolean known = !turn.postgres.position().equals(WalPosition.NONE);
    return StartGate.canRun(turn)
        && !(standby && (!known || turn.cluster.isFenced(turn.self.name())));
  }

  /// What was acknowledged is in the data here, and which of the others have it isn't known.
  private static LeaseRecord taken(Turn turn, LeaseRecord known) {
    var copy = known.heldBy(turn.self, turn.timings.lease()).copy();
    // Above what another may have claimed for an election that it never learnt to have won.
    copy.term = turn.durable.highestTerm() + 2;
    turn.persist(turn.durable.withClaim(copy.term));
    copy.position = turn.postgres.position();
    copy.timeline = new Timeline(turn.durable.highestTimeline());
    copy.reached = later(known.reached(), new Timeline(turn.durable.reached()));
    if (turn.postgres.data() == Data.STANDBY) {
      Timeline own = copy.position.timeline();
      copy.timeline = later(copy.timeline, own).next();
      copy.reached = later(copy.reached, own); // never none: then it would need no voters
    }
    copy.quorum =
        turn.cluster.sync().isAsynchronous() ? Quorum.ASYNCHRONOUS : Quorum.SAME_DATA_ONLY;
    copy.members = List.of(turn.self.member());
    return copy.build();
  }

  private static Timeline later(Timeline one, Timeline other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  /// The Cluster calls it the primary, or another that is asked too; or, being new, asks it to
  /// become the first one. A Cluster that doesn't list this instance doesn't list those yet that
  /// would know more.
  private static boolean isNamed(Turn turn, LeaseRecord known) {
    List<String> instances = turn.cluster.instances();
    String current = turn.cluster.currentPrimary();
    String self = turn.self.name();
    boolean first = current.isEmpty() && known.term() == 0;
    boolean named = first ? turn.cluster.targetPrimary().equals(self) : instances.contains(current);
    return instances.contains(self) && named;
  }

  /// Another that the Cluster calls the primary knows the term for which it does, if it has the
  /// data with which it led. On another volume it knows nothing, and what it acknowledged is lost.
  private static boolean namedHasLed(Turn turn) {
    String current = turn.cluster.currentPrimary();
    Peer peer = turn.peer(current);
    return current.isEmpty()
        || current.equals(turn.self.name())
        || (peer != null && peer.led() > 0);
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
