// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.core.leadership.Event.ReplicationRead.Row;
import dev.howdah.core.leadership.Replication.Streamed;
import dev.howdah.core.sync.Enforcement;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.sync.StandbyStatus;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.sync.SyncSetPlanner;
import dev.howdah.core.sync.SyncSetPlanner.Applied;
import dev.howdah.core.sync.SyncSetPlanner.Move;
import dev.howdah.core.sync.SyncSetPlanner.Omit;
import dev.howdah.core.sync.SyncSetPlanner.Situation;
import dev.howdah.core.sync.SyncTarget;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Keeps PostgreSQL's synchronous standbys and the Lease's voters what the Cluster asks for.
final class SyncLoop {
  /// A standby that stopped streaming keeps its place for so long.
  static final long GRACE = 5_000_000_000L;

  /// A standby further behind is not caught up.
  static final long NEAR_BYTES = 16 << 20;

  private static final long POLL = 250_000_000L;

  private SyncLoop() {}

  /// What a new primary starts with: it waits for the voters in the Lease, from its first commit.
  static SyncConfig inForce(Turn turn, Quorum quorum) {
    return turn.has(SafetyRule.SYNC_BEFORE_OPEN)
        ? inForce(turn.cluster, quorum)
        : SyncConfig.ASYNCHRONOUS;
  }

  static SyncConfig inForce(ClusterView cluster, Quorum quorum) {
    if (quorum.asynchronous()) {
      return SyncConfig.ASYNCHRONOUS;
    }
    var method = cluster.sync().method();
    if (!quorum.voters().isEmpty()) {
      var names = new ArrayList<String>();
      for (Member voter : quorum.voters()) {
        names.add(voter.name());
      }
      return new SyncConfig(method, Math.max(1, quorum.acknowledgements()), names);
    }
    boolean wait = cluster == ClusterView.UNKNOWN || cluster.sync().required();
    return wait ? Enforcement.NOBODY : SyncConfig.ASYNCHRONOUS;
  }

  /// PostgreSQL has just begun to accept writes.
  static void begin(Turn turn) {
    boolean closed = turn.replication.closed();
    WalPosition end = turn.postgres.position();
    Replication begun = Replication.starting(!closed);
    turn.replication = closed ? begun.closedUntil(end) : begun;
  }

  /// As after a crash: clients wait for the voters.
  static void restarted(Turn turn, WalPosition end) {
    if (turn.role == Role.LEADING) {
      turn.replication = turn.replication.closedUntil(end);
    }
  }

  static void read(Turn turn, List<Row> rows) {
    if (turn.role != Role.LEADING) {
      return;
    }
    Replication before = turn.replication;
    var streams = new ArrayList<Streamed>(before.streams());
    for (Row row : rows) {
      if (row.streaming()) {
        streams.removeIf(streamed -> streamed.name().equals(row.name()));
        streams.add(new Streamed(row.name(), turn.now));
      }
    }
    turn.replication = before.read(rows, streams);
  }

  static void applied(Turn turn, Event.SyncApplied event) {
    Replication before = turn.replication;
    if (turn.role != Role.LEADING || !event.config().equals(before.sent())) {
      return;
    }
    var applied = new Applied(event.config(), event.position(), before.seen());
    turn.replication = before.applied(applied);
    turn.report(
        Notice.Kind.SYNC_CHANGED,
        turn.postgres.position(),
        "synchronous_standby_names = '" + event.config().setting() + "'");
  }

  /// While leading.
  static void perform(Turn turn) {
    LeaseRecord record = turn.lease.record();
    if (record == null || turn.cluster == ClusterView.UNKNOWN || turn.votersInDoubt()) {
      return;
    }
    open(turn, record);
    if (isUncertain(turn)) {
      return;
    }
    if (!turn.kept.equals(Kept.NONE) && turn.now < turn.since + turn.timings.retry()) {
      turn.wakeAt(turn.since + turn.timings.retry());
      return; // what the run before set holds until it is known who streams
    }
    if (turn.now >= turn.positionsAt + turn.timings.retry() && turn.outgoing.target().isEmpty()) {
      Peers.askAll(turn);
    }
    if (turn.cluster.inOffice()) {
      inOffice(turn, record);
      return;
    }
    if (isPlain(turn, record)) {
      return;
    }
    var standbys = standbys(turn);
    Situation situation =
        new Situation(
            turn.cluster.sync(),
            record.quorum(),
            turn.replication.applied(),
            members(turn),
            standbys);
    Move move =
        turn.replication.sent() == null
            ? SyncSetPlanner.next(situation, omit(turn))
            : new Move.Wait("the setting is being applied");
    switch (move) {
      case Move.Publish(Quorum quorum) -> LeaseLoop.publish(turn, quorum);
      case Move.Apply(SyncConfig config) -> apply(turn, config, standbys);
      case Move.Wait _ -> turn.wakeAt(turn.now + POLL);
      case Move.Settled _ -> {}
    }
    if (move instanceof Move.Wait
        && turn.now >= turn.positionsAt + POLL
        && turn.outgoing.target().isEmpty()) {
      Peers.askAll(turn);
    }
    retryLostApply(turn);
  }

  /// Nothing is acknowledged here. But what was, before the cluster was demoted, is on the voters
  /// and perhaps nowhere else: the demotion may be taken back, and so may the other cluster's
  /// promotion. So who is elected meanwhile must have it. That is whoever has all that this
  /// instance had when it was demoted.
  private static void inOffice(Turn turn, LeaseRecord record) {
    if (turn.replication.applied() != null || turn.replication.sent() != null) {
      turn.replication = turn.replication.unsent(); // of the server that was a primary
    }
    Quorum quorum = record.quorum();
    if (!turn.has(SafetyRule.SWAP_VOTERS_STAY)) {
      usedUp(turn);
    } else if (!quorum.asynchronous()) {
      var complete = complete(turn, quorum);
      Quorum now = Quorum.of(complete, complete.size());
      if (!complete.isEmpty() && !now.equals(quorum)) {
        LeaseLoop.publish(turn, now);
      }
    }
  }

  private static List<Member> complete(Turn turn, Quorum quorum) {
    boolean all = quorum.acknowledgements() == quorum.voters().size();
    var complete = new ArrayList<Member>();
    for (Member member : members(turn)) {
      if (hasAll(turn, turn.peer(member.name()))) {
        complete.add(member);
      } else if (all) {
        quorum.voters().stream()
            .filter(voter -> voter.name().equals(member.name()))
            .forEach(complete::add);
      }
    }
    return complete;
  }

  /// The cluster is about to be promoted where another one stopped: what its own voters confirmed
  /// before is a part of that, and not all.
  static void usedUp(Turn turn) {
    LeaseRecord record = turn.lease.record();
    if (turn.role == Role.LEADING
        && turn.cluster.inOffice()
        && record != null
        && !record.quorum().asynchronous()) {
      LeaseLoop.publish(turn, Quorum.ASYNCHRONOUS);
    }
  }

  /// Whether it has all that this instance had when it took office, in the data that it has now.
  private static boolean hasAll(Turn turn, @Nullable Peer peer) {
    WalPosition then = turn.replication.office();
    Timeline timeline = turn.postgres.position().timeline();
    return peer != null
        && then != null
        && timeline.equals(peer.position().timeline())
        && peer.position().lsn().compareTo(then.lsn()) >= 0;
  }

  /// Whether it is in office is told before what is seen of it then: the first that is seen comes
  /// after all that it acknowledged as a primary.
  static void told(Turn turn, ClusterView view) {
    turn.cluster = view;
    if (!view.inOffice()) {
      turn.replication = turn.replication.office(null);
    }
  }

  static void seen(Turn turn) {
    WalPosition end = turn.postgres.position();
    if (turn.role == Role.LEADING
        && turn.cluster.inOffice()
        && turn.replication.office() == null
        && !end.lsn().isZero()) {
      turn.replication = turn.replication.office(end);
    }
  }

  /// While a write that changes the voters is on its way, or may be, nothing is built on either
  /// outcome.
  private static boolean isUncertain(Turn turn) {
    return turn.votersInDoubt() || (turn.has(SafetyRule.UNANSWERED_WRITE) && turn.lease.doubtful());
  }

  /// Asynchronous, and meant to be.
  private static boolean isPlain(Turn turn, LeaseRecord record) {
    Applied applied = turn.replication.applied();
    return turn.cluster.sync().isAsynchronous()
        && record.quorum().asynchronous()
        && applied != null
        && applied.config().isAsynchronous();
  }

  private static Omit omit(Turn turn) {
    return turn.settings.off().isEmpty()
        ? Omit.NOTHING
        : new Omit(
            !turn.has(SafetyRule.VOTERS_FIRST_WHEN_ADDING),
            !turn.has(SafetyRule.APPLY_BEFORE_NARROWING),
            !turn.has(SafetyRule.WAIT_BEFORE_NARROWING),
            !turn.has(SafetyRule.WAIT_BEFORE_FIRST_VOTERS),
            !turn.has(SafetyRule.EMPTY_VOTERS_FIRST));
  }

  private static void apply(Turn turn, SyncConfig config, List<StandbyStatus> standbys) {
    var seen = new ArrayList<Member>();
    for (StandbyStatus standby : standbys) {
      if (standby.streaming()) {
        seen.add(standby.member());
      }
    }
    turn.replication = turn.replication.sending(config, turn.now, List.copyOf(seen));
    turn.add(new Effect.ApplySync(config));
  }

  private static void retryLostApply(Turn turn) {
    Replication now = turn.replication;
    SyncConfig sent = now.sent();
    if (sent != null && turn.now - now.sentAt() > 2 * turn.timings.retry()) {
      turn.replication = now.unsent();
    }
  }

  /// After a restart, commits that no standby has are visible here: clients wait until the voters
  /// confirmed the end of recovery (I14).
  private static void open(Turn turn, LeaseRecord record) {
    WalPosition end = turn.replication.openAt();
    if (!turn.replication.closed() || end == null) {
      return;
    }
    int confirmed = 0;
    for (Member voter : record.quorum().voters()) {
      Lsn flushed = turn.replication.flushed(voter.name());
      if (flushed.compareTo(end.lsn()) >= 0) {
        confirmed++;
      }
    }
    if (confirmed >= record.quorum().acknowledgements()) {
      turn.replication = turn.replication.opened();
      turn.add(new Effect.Open());
    }
  }

  private static List<Member> members(Turn turn) {
    var members = new ArrayList<Member>(4);
    for (String name : turn.cluster.instances()) {
      if (!name.equals(turn.self.name())) {
        Peer peer = turn.peer(name);
        members.add(peer == null ? Member.remote(name) : peer.member());
      }
    }
    return members;
  }

  /// Each other instance, as far as both PostgreSQL here and its own instance manager say.
  private static List<StandbyStatus> standbys(Turn turn) {
    var standbys = new ArrayList<StandbyStatus>(4);
    for (Peer peer : turn.peers) {
      String name = peer.member().name();
      boolean same = peer.position().timeline().equals(turn.postgres.position().timeline());
      Lsn flushed = same ? turn.replication.flushed(name) : Lsn.ZERO;
      if (peer.position().lsn().compareTo(flushed) < 0) {
        flushed = peer.position().lsn();
      }
      boolean near =
          isSynchronous(turn, name)
              || turn.postgres.position().lsn().bytesSince(flushed) <= NEAR_BYTES;
      standbys.add(
          new StandbyStatus(
              peer.member(),
              near && streamedLately(turn, name),
              turn.replication.fresh() ? flushed : Lsn.ZERO));
    }
    return standbys;
  }

  private static boolean isSynchronous(Turn turn, String name) {
    LeaseRecord record = turn.lease.record();
    return record != null && record.quorum().hasName(name);
  }

  private static boolean streamedLately(Turn turn, String name) {
    for (Streamed streamed : turn.replication.streams()) {
      if (streamed.name().equals(name)) {
        turn.wakeAt(streamed.at() + GRACE);
        return turn.now - streamed.at() < GRACE;
      }
    }
    return false;
  }

  /// What the Cluster asks for, given who is there now; for the status.
  static SyncConfig target(Turn turn) {
    return SyncTarget.of(turn.cluster.sync(), members(turn), standbys(turn));
  }
}
