// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.core.leadership.PeerMessage.PromiseReply;
import dev.howdah.core.leadership.PeerMessage.PromiseRequest;
import dev.howdah.core.leadership.Write.Purpose;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import java.util.ArrayList;
import java.util.List;

/// Reading and renewing the Lease (P1): while writes succeed, each moves the permit; when the API
/// server gives no answer, the promise of all others does.
final class LeaseLoop {
  /// How much later than its deadline an answer may be taken.
  private static final long SLACK = 100_000_000L;

  private LeaseLoop() {}

  static void changed(Turn turn, String version) {
    if (turn.write != null || version.equals(turn.lease.version())) {
      return;
    }
    if (turn.reading == 0) {
      turn.read();
    } else {
      turn.heard = version; // the answer that is under way may be of the time before
    }
  }

  /// What was heard of during a read, and isn't what it brought, is read now.
  private static void heard(Turn turn) {
    boolean news = !turn.heard.isEmpty() && !turn.heard.equals(turn.lease.version());
    turn.heard = "";
    if (news && turn.write == null) {
      turn.read();
    }
  }

  static void answered(Turn turn, long request, LeaseAnswer answer) {
    if (request != turn.reading) {
      return;
    }
    turn.reading = 0;
    long sentAt = turn.readingSince;
    boolean late = turn.now - sentAt > turn.timings.retry() + SLACK;
    switch (late ? new LeaseAnswer.Failed("an answer that came late says nothing") : answer) {
      case LeaseAnswer.Failed(String reason) -> {
        turn.lease = turn.lease.unread(sentAt);
        unanswered(turn, reason);
        VoteHandler.refuseWaiting(turn, "the API server gives no answer: " + reason);
      }
      case LeaseAnswer.Absent _ -> {
        absent(turn, sentAt);
        unanswered(turn, "there is no Lease");
        VoteHandler.refuseWaiting(turn, "there is no Lease");
      }
      case LeaseAnswer.Found(LeaseRecord record, String version) ->
          found(turn, record, version, sentAt);
    }
    heard(turn);
  }

  private static void absent(Turn turn, long sentAt) {
    turn.candidacy = null;
    turn.lease = turn.lease.absent(turn.now, sentAt);
  }

  private static void found(Turn turn, LeaseRecord record, String version, long sentAt) {
    if (turn.has(SafetyRule.NEWEST_LEASE)
        && record.generation() < turn.durable.highestGeneration()) {
      RestoredLease.found(turn, record, version, sentAt);
      return;
    }
    boolean changed = !version.equals(turn.lease.version());

    turn.lease = turn.lease.read(record, version, turn.now, sentAt);
    turn.persist(VoteHandler.unsealed(turn, turn.durable.having(record, turn.self), version));
    if (turn.candidacy != null && !turn.candidacy.version().equals(version)) {
      turn.candidacy = null;
    }
    if (changed) {
      turn.candidateAt = Election.notBefore(turn, record);
    }
    if (turn.role == Role.ADOPTING) {
      Adoption.leaseRead(turn, record);
    } else if (turn.holds()) {
      holderFound(turn, record);
    } else if (turn.role == Role.RELEASING && !isOurs(turn, record)) {
      turn.become(Role.FOLLOWER);
    }
    VoteHandler.leaseRead(turn);
    Peers.introduce(turn, record);
    if (turn.role == Role.FOLLOWER && turn.write == null) {
      StartGate.leaseRead(turn);
      Election.leaseRead(turn);
    }
  }

  private static void holderFound(Turn turn, LeaseRecord record) {
    if (isOurs(turn, record)) {
      turn.renewAt = Math.min(turn.renewAt, turn.now);
    } else {
      turn.fence(
          record.isFree() ? "the Lease was taken away" : "the Lease is held by " + record.holder());
    }
  }

  static boolean isOurs(Turn turn, LeaseRecord record) {
    return turn.has(SafetyRule.INCARNATION_CHECK)
        ? record.isHeldBy(turn.self)
        : record.holder().equals(turn.self.name());
  }

  static void written(Turn turn, long request, WriteOutcome outcome) {
    Write write = turn.write;
    if (write == null || write.request() != request) {
      return;
    }
    turn.write = null;
    switch (outcome) {
      case WriteOutcome.Written(String version) -> {
        if (write.purpose() == Purpose.RELEASE_FOR_PEER) {
          turn.read(); // what it means here is found out as if the holder had done it
          return;
        }
        turn.lease = LeaseView.written(write.record(), version, turn.now, write.sentAt());
        succeeded(turn, write);
      }
      case WriteOutcome.Conflict _ -> {
        turn.candidacy = null;
        turn.read();
      }
      case WriteOutcome.Absent _ -> {
        absent(turn, write.sentAt());
        failed(turn, write, "there is no Lease");
      }
      case WriteOutcome.Failed(String reason) -> {
        if (write.version().equals(turn.lease.version())) {
          turn.lease = turn.lease.inDoubt(write.record());
        }
        failed(turn, write, reason);
      }
    }
  }

  private static void succeeded(Turn turn, Write write) {
    LeaseRecord record = write.record();
    turn.persist(turn.durable.having(record, turn.self));
    switch (write.purpose()) {
      case RENEW -> {
        if (turn.holds()) {
          turn.failingSince = 0;
          turn.failsafe = null;
          turn.asked = List.of();
          grant(turn, write.sentAt());
        }
      }
      case ACQUIRE, ELECT -> {
        if (turn.role == Role.ADOPTING) {
          Adoption.won(turn, write);
        } else {
          StartGate.won(turn, write);
        }
      }
      case RELEASE -> {
        turn.report(Notice.Kind.RELEASED, record.position(), "the Lease was released");
        turn.become(Role.FOLLOWER);
      }
      case RELEASE_FOR_PEER -> {}
    }
  }

  private static void failed(Turn turn, Write write, String reason) {
    switch (write.purpose()) {
      case RENEW -> {
        rememberAsked(turn, write.record());
        unanswered(turn, reason);
      }
      case ACQUIRE, ELECT -> {
        turn.candidacy = null;
        turn.takeAt = turn.now + turn.timings.retry() / 4; // it may have been refused at once
        turn.candidateAt = turn.takeAt + turn.chance(Election.JITTER);
        turn.read();
      }
      case RELEASE -> {
        turn.renewAt = turn.now + turn.timings.retry() / 4;
        ReleaseByPeer.ask(turn, write);
      }
      case RELEASE_FOR_PEER -> turn.read();
    }
  }

  /// The permit moves to the deadline counted from before the renewal was sent: whoever sees it
  /// later waits longer.
  static void grant(Turn turn, long sentAt) {
    long from = turn.has(SafetyRule.PERMIT_BEFORE_SEND) ? sentAt : turn.now;
    long until = from + turn.timings.permit();
    if (until > turn.permit && until > turn.now) {
      turn.permit = until;
      turn.add(new Effect.SendPermit(until, Adoption.mayKeep(turn)));
    }
  }

  private static void unanswered(Turn turn, String reason) {
    if (!turn.holds() || turn.role == Role.ADOPTING) {
      return; // whom a write of the run before made eligible isn't known: nobody can be asked
    }
    if (turn.failingSince == 0) {
      turn.failingSince = turn.now;
      turn.report(Notice.Kind.RENEWAL_FAILED, reason);
    }
    if (turn.lease.record() != null) {
      rememberAsked(turn, turn.lease.record());
    }
    if (turn.write != null) {
      rememberAsked(turn, turn.write.record());
    }
    askForPromises(turn);
  }

  /// @param record may or may not be what the Lease says now
  private static void rememberAsked(Turn turn, LeaseRecord record) {
    var asked = new ArrayList<String>(turn.asked);
    for (Member member : record.members()) {
      turn.addOther(asked, member.name());
    }
    turn.asked = List.copyOf(asked);
  }

  private static void askForPromises(Turn turn) {
    var asked = turn.asked;
    if (asked.isEmpty()) {
      grant(turn, turn.now);
      return;
    }
    long round = turn.newId();
    turn.failsafe = new Failsafe(round, turn.now, turn.asked);
    var request = new PromiseRequest(turn.self, round, turn.term(), turn.timings.lease());
    for (String name : asked) {
      turn.send(name, request);
    }
  }

  static void promised(Turn turn, PromiseReply reply) {
    Failsafe failsafe = turn.failsafe;
    if (failsafe == null || failsafe.round() != reply.round() || !turn.holds()) {
      return;
    }
    String name = reply.from().name();
    if (!reply.granted()) {
      turn.fence(name + " does not promise: " + reply.reason());
      return;
    }
    var missing = new ArrayList<String>(failsafe.missing());
    missing.remove(name);
    turn.failsafe = new Failsafe(failsafe.round(), failsafe.sentAt(), List.copyOf(missing));
    if (missing.isEmpty() || !turn.has(SafetyRule.ALL_PROMISE)) {
      turn.report(Notice.Kind.FAILSAFE, "all others promised not to vote");
      grant(turn, failsafe.sentAt());
    }
  }

  /// Called while the Lease is held; also moves what the Lease says about the cluster.
  static void renew(Turn turn) {
    if (turn.write != null || turn.reading != 0) {
      return;
    }
    LeaseRecord record = turn.lease.record();
    if (record == null || turn.lease.version().isEmpty() || turn.lease.restored()) {
      turn.renewAt = turn.now + turn.timings.retry();
      turn.read();
      return;
    }
    write(turn, Renewal.of(turn, record, record.quorum()), Purpose.RENEW);
  }

  static void publish(Turn turn, Quorum quorum) {
    LeaseRecord record = turn.lease.record();
    if (turn.write == null
        && turn.reading == 0
        && record != null
        && !turn.lease.version().isEmpty()
        && !turn.lease.restored()) {
      write(turn, Renewal.of(turn, record, quorum), Purpose.RENEW);
    }
  }

  static void write(Turn turn, LeaseRecord content, Purpose purpose) {
    LeaseRecord known = turn.lease.record();
    boolean same =
        purpose == Purpose.RENEW
            && known != null
            && !turn.lease.restored()
            && content.saysTheSameAs(known);
    long before =
        Math.max(turn.durable.highestGeneration(), known == null ? 0 : known.generation());
    LeaseRecord record = content.withGeneration(same ? before : before + 1);
    long request = turn.newId();
    String version = turn.lease.version();
    if (purpose == Purpose.ELECT && !turn.has(SafetyRule.CONDITIONAL_WRITE)) {
      version = "";
    }
    turn.write = new Write(request, turn.now, version, record, purpose);
    turn.renewAt = turn.now + turn.timings.retry();
    turn.add(new Effect.WriteLease(request, version, record));
  }
}
