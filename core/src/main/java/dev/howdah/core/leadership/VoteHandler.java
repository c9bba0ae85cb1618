// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.core.leadership.PeerMessage.PromiseReply;
import dev.howdah.core.leadership.PeerMessage.PromiseRequest;
import dev.howdah.core.leadership.PeerMessage.VoteReply;
import dev.howdah.core.leadership.PeerMessage.VoteRequest;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Promises and sealed votes (S2, S4, S5).
///
/// A vote is not for a candidate but for a revision of the Lease: "while it is this one, I receive
/// nothing more, and I have so much". So candidates of the same revision share the votes, and there
/// is no split vote.
final class VoteHandler {
  private VoteHandler() {}

  // ---- promises

  static void promise(Turn turn, PromiseRequest request) {
    String refusal = refusalToPromise(turn, request);
    if (refusal.isEmpty()) {
      long until = turn.now + Math.max(request.duration(), turn.timings.lease());
      if (until > turn.ballot.promisedUntil()) {
        turn.ballot = with(turn.ballot, until);
      }
    }
    turn.send(
        request.from().name(),
        new PromiseReply(turn.self, request.round(), refusal.isEmpty(), refusal));
  }

  private static String refusalToPromise(Turn turn, PromiseRequest request) {
    LeaseRecord record = turn.lease.record();
    if (turn.durable.highestTerm() > request.term()) {
      return "term " + turn.durable.highestTerm() + " began";
    }
    if (turn.role != Role.FOLLOWER || turn.write != null) {
      return "taking the Lease, or having it";
    }
    if (turn.durable.seal() != null) {
      return "sealed for an election";
    }
    if (record != null && record.term() == request.term() && !mayBeHolder(record, request.from())) {
      return "the Lease is free, or another's";
    }
    return "";
  }

  /// A holder that took its Lease again may be newer than what was read here.
  private static boolean mayBeHolder(LeaseRecord record, Identity from) {
    return record.owner().name().equals(from.name())
        && !(record.isFree() && record.owner().incarnation().equals(from.incarnation()));
  }

  private static Ballot with(Ballot ballot, long promisedUntil) {
    return new Ballot(promisedUntil, ballot.sealing(), ballot.sealedAt(), ballot.waiting());
  }

  private static Ballot waiting(Ballot ballot, List<VoteRequest> waiting) {
    return new Ballot(ballot.promisedUntil(), ballot.sealing(), ballot.sealedAt(), waiting);
  }

  // ---- votes

  static void asked(Turn turn, VoteRequest request) {
    if (turn.role != Role.FOLLOWER) {
      refuse(turn, request, "taking the Lease, or having it");
      return;
    }
    if (turn.lease.version().equals(request.version()) && !turn.lease.restored()) {
      vote(turn, request);
      return;
    }
    if (!turn.has(SafetyRule.FRESH_REVISION)) {
      sealFor(turn, request.version());
      await(turn, request);
      return;
    }
    await(turn, request);
    turn.read();
  }

  private static void await(Turn turn, VoteRequest request) {
    var waiting = new ArrayList<VoteRequest>(turn.ballot.waiting());
    waiting.removeIf(other -> other.from().name().equals(request.from().name()));
    waiting.add(request);
    turn.ballot = waiting(turn.ballot, waiting);
  }

  /// The Lease was read: requests that waited for that can be answered.
  static void leaseRead(Turn turn) {
    if (turn.ballot.waiting().isEmpty()) {
      return;
    }
    var waiting = turn.ballot.waiting();
    turn.ballot = waiting(turn.ballot, List.of());
    for (VoteRequest request : waiting) {
      if (turn.role == Role.FOLLOWER && turn.lease.version().equals(request.version())) {
        vote(turn, request);
      } else {
        refuse(turn, request, "the Lease has another revision");
      }
    }
  }

  static void refuseWaiting(Turn turn, String reason) {
    var waiting = turn.ballot.waiting();
    turn.ballot = waiting(turn.ballot, List.of());
    for (VoteRequest request : waiting) {
      refuse(turn, request, reason);
    }
  }

  private static void vote(Turn turn, VoteRequest request) {
    String refusal = refusalToVote(turn);
    if (!refusal.isEmpty()) {
      refuse(turn, request, refusal);
      return;
    }
    if (!turn.has(SafetyRule.SEAL_BEFORE_VOTE)) {
      grant(turn, request, turn.postgres.position());
      return;
    }
    if (isSealed(turn, request.version())) {
      grant(turn, request, sealedAt(turn));
      return;
    }
    sealFor(turn, request.version());
    await(turn, request);
  }

  private static String refusalToVote(Turn turn) {
    LeaseRecord record = turn.lease.record();
    if (record == null) {
      return "there is no Lease";
    }
    if (turn.postgres.data() == Data.UNUSABLE) {
      return "no usable data";
    }
    if (turn.cluster.isFenced(turn.self.name())) {
      return "fenced";
    }
    if (turn.write != null) {
      return "taking the Lease";
    }
    if (promised(turn, record)) {
      return "promised not to";
    }
    return "";
  }

  /// Whether a promise to the holder stands against a vote. A released Lease has no holder any
  /// more.
  static boolean promised(Turn turn, LeaseRecord record) {
    return turn.has(SafetyRule.PROMISE)
        && !record.isFree()
        && turn.now < turn.ballot.promisedUntil();
  }

  private static void grant(Turn turn, VoteRequest request, WalPosition position) {
    turn.report(Notice.Kind.VOTED, position, "for revision " + request.version());
    turn.send(
        request.from().name(),
        new VoteReply(turn.self, request.round(), request.version(), true, position, ""));
    if (position.compareTo(request.position()) > 0) {
      turn.candidateAt = Math.min(turn.candidateAt, turn.now);
    }
  }

  private static void refuse(Turn turn, VoteRequest request, String reason) {
    turn.send(
        request.from().name(),
        new VoteReply(
            turn.self, request.round(), request.version(), false, WalPosition.NONE, reason));
  }

  // ---- the seal

  static boolean isSealed(Turn turn, String version) {
    Seal seal = turn.durable.seal();
    return seal != null && seal.version().equals(version) && turn.ballot.sealedAt() != null;
  }

  static WalPosition sealedAt(Turn turn) {
    WalPosition position = turn.ballot.sealedAt();
    return position == null ? WalPosition.NONE : position;
  }

  /// Called only when the Lease was just read with this revision: a seal for another one was given
  /// up then.
  static void sealFor(Turn turn, String version) {
    if (turn.ballot.sealing().equals(version)) {
      return;
    }
    turn.persist(turn.durable.withSeal(new Seal(version)));
    turn.ballot = new Ballot(turn.ballot.promisedUntil(), version, null, turn.ballot.waiting());
    turn.followed = "";
    turn.add(new Effect.Seal(version));
  }

  static void sealed(Turn turn, String version, WalPosition position) {
    if (!turn.ballot.sealing().equals(version)) {
      return;
    }
    var waiting = turn.ballot.waiting();
    turn.ballot = new Ballot(turn.ballot.promisedUntil(), "", position, List.of());
    Seal seal = turn.durable.seal();
    boolean holds = seal != null && seal.version().equals(version);
    for (VoteRequest request : waiting) {
      if (holds && turn.role == Role.FOLLOWER && request.version().equals(version)) {
        grant(turn, request, position);
      } else {
        refuse(turn, request, "the Lease has another revision");
      }
    }
    Election.decide(turn);
  }

  static void sealFailed(Turn turn, String version, String reason) {
    if (turn.ballot.sealing().equals(version)) {
      turn.ballot = new Ballot(turn.ballot.promisedUntil(), "", null, turn.ballot.waiting());
      refuseWaiting(turn, reason);
      turn.candidacy = null;
    }
  }

  /// PostgreSQL ended before its receiver was seen to have ended: sealed again when it runs.
  static void sealInterrupted(Turn turn) {
    String sealing = turn.ballot.sealing();
    if (!sealing.isEmpty()) {
      sealFailed(turn, sealing, "PostgreSQL ended");
    }
  }

  /// The durable state after the Lease was read with `version`: a seal for another revision is
  /// over.
  static Durable unsealed(Turn turn, Durable durable, String version) {
    Seal seal = durable.seal();
    if (seal == null || seal.version().equals(version)) {
      return durable;
    }
    turn.ballot = new Ballot(turn.ballot.promisedUntil(), "", null, turn.ballot.waiting());
    return durable.withSeal(seal.version().equals(Durable.UNKNOWN) ? new Seal(version) : null);
  }

  /// A run that finds itself sealed (S5) still has to make sure that nothing streams.
  static @Nullable String unfinished(Turn turn) {
    Seal seal = turn.durable.seal();
    boolean open =
        seal != null
            && seal.version().equals(turn.lease.version())
            && turn.ballot.sealedAt() == null
            && turn.ballot.sealing().isEmpty();
    return open ? turn.lease.version() : null;
  }
}
