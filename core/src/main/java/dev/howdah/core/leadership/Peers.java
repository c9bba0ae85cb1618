// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.PeerMessage.PositionReply;
import dev.howdah.core.leadership.PeerMessage.PositionRequest;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the others say of themselves.
final class Peers {
  private Peers() {}

  static void received(Turn turn, PeerMessage message) {
    if (message.from().name().equals(turn.self.name())) {
      return; // nobody asks itself: it was meant for another, who had this address before
    }
    switch (message) {
      case PeerMessage.PromiseRequest request -> VoteHandler.promise(turn, request);
      case PeerMessage.PromiseReply reply -> LeaseLoop.promised(turn, reply);
      case PeerMessage.VoteRequest request -> VoteHandler.asked(turn, request);
      case PeerMessage.VoteReply reply -> Election.answered(turn, reply);
      case PeerMessage.ReleaseRequest request -> ReleaseByPeer.asked(turn, request);
      case PositionRequest request -> tell(turn, request);
      case PositionReply reply -> told(turn, reply);
    }
  }

  /// Asks all others for their position.
  ///
  /// @return the round that answers will name
  static long askAll(Turn turn) {
    long round = turn.newId();
    for (String name : turn.others()) {
      turn.send(name, new PositionRequest(turn.self, round));
    }
    turn.positionsAt = turn.now;
    return round;
  }

  private static void tell(Turn turn, PositionRequest request) {
    String to = request.from().name();
    turn.send(to, position(turn, to, request.round()));
  }

  private static PositionReply position(Turn turn, String to, long round) {
    LeaseRecord record = turn.lease.record();
    boolean electable =
        turn.role == Role.FOLLOWER
            && turn.postgres.phase() == Phase.STANDBY
            && turn.postgres.data() == Data.STANDBY
            && turn.durable.seal() == null
            && !turn.stopping
            && !Attempts.rests(turn)
            && !turn.cluster.isFenced(turn.self.name())
            && record != null
            && record.owner().name().equals(to);
    return new PositionReply(
        turn.self,
        round,
        turn.postgres.position(),
        electable,
        turn.durable.highestTerm(),
        turn.durable.led());
  }

  private static void told(Turn turn, PositionReply reply) {
    var peers = new ArrayList<Peer>(turn.peers);
    String name = reply.from().name();
    Member member = reply.from().member();
    Peer before = turn.peer(name);
    if (before != null && before.member().equals(member) && before.round() > reply.round()) {
      return;
    }
    peers.removeIf(peer -> peer.member().name().equals(name));
    peers.add(
        new Peer(
            member,
            reply.position(),
            reply.electable(),
            reply.highestTerm(),
            reply.led(),
            turn.now,
            reply.round()));
    turn.peers = List.copyOf(peers);
    if (turn.holds() && reply.highestTerm() > turn.term()) {
      turn.read();
    }
    LeaseRecord record = turn.lease.record();
    if (turn.holds()
        && record != null
        && !record.hasMember(name, member.volume())
        && turn.cluster.instances().contains(name)) {
      turn.renewAt = turn.now;
    }
  }

  /// A newcomer waits for the Lease to change: the holder changes it when it hears of new data.
  static void introduce(Turn turn, LeaseRecord record) {
    String holder = record.holder();
    if (turn.durable.seal() != null
        && !holder.isEmpty()
        && !holder.equals(turn.self.name())
        && !record.hasMember(turn.self.name(), turn.self.volume())) {
      turn.send(holder, position(turn, holder, 0));
    }
  }

  /// One that answered in this round or a later one, may be elected, and has the log up to `end`.
  static @Nullable Peer having(Turn turn, long round, WalPosition end) {
    for (Peer peer : turn.peers) {
      if (peer.round() >= round && covers(peer, end)) {
        return peer;
      }
    }
    return null;
  }

  static boolean covers(Peer peer, WalPosition end) {
    return peer.electable()
        && !end.lsn().isZero()
        && peer.position().timeline().equals(end.timeline())
        && peer.position().isAtLeast(end);
  }

  /// The most advanced that answered in this round, or a later one, and may be elected.
  static @Nullable Peer best(Turn turn, long round) {
    Peer best = null;
    for (Peer peer : turn.peers) {
      if (peer.round() >= round
          && peer.electable()
          && (best == null || peer.position().compareTo(best.position()) > 0)) {
        best = peer;
      }
    }
    return best;
  }

  /// Whether those who answered in this round, or a later one, could elect one of them.
  static boolean canElect(Turn turn, long round) {
    LeaseRecord record = turn.lease.record();
    if (record == null) {
      return false;
    }
    Quorum quorum = record.quorum();
    if (quorum.asynchronous()) {
      return best(turn, round) != null;
    }
    int voters = 0;
    for (Peer peer : turn.peers) {
      Member member = peer.member();
      if (peer.round() >= round
          && peer.electable()
          && quorum.hasVoter(member.name(), member.volume())) {
        voters++;
      }
    }
    return voters > 0 && voters >= quorum.votesNeeded();
  }

  static boolean allAnswered(Turn turn, long round) {
    for (String name : turn.others()) {
      Peer peer = turn.peer(name);
      if (peer == null || peer.round() < round) {
        return false;
      }
    }
    return true;
  }
}
