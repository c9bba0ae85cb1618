// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.Candidacy.Answer;
import dev.howdah.core.leadership.Effect.Notice;
import dev.howdah.core.leadership.PeerMessage.VoteReply;
import dev.howdah.core.leadership.PeerMessage.VoteRequest;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.leadership.Write.Purpose;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayList;
import java.util.List;

/// How a standby becomes the holder (S3).
final class Election {
  static final long JITTER = 200_000_000L;

  private Election() {}

  /// When this instance may run at the earliest, for a Lease it has just seen for the first time.
  static long notBefore(Turn turn, LeaseRecord record) {
    long preferred = record.preferred().isEmpty() ? 0 : turn.timings.retry();
    if (record.preferred().equals(turn.self.name())) {
      return turn.now;
    }
    if (record.isFree()) {
      long delay = record.complete() && preferred > 0 ? 0 : turn.settings.failoverDelay();
      return turn.now + preferred + delay;
    }
    return turn.now + expiry(turn, record) + turn.settings.failoverDelay() + turn.chance(JITTER);
  }

  private static long expiry(Turn turn, LeaseRecord record) {
    return turn.has(SafetyRule.LEASE_UNCHANGED_WAIT)
        ? Math.max(record.duration(), turn.timings.lease())
        : turn.timings.retry() / 2;
  }

  /// Whether this instance may be elected for the Lease as it was last read.
  static boolean mayRun(Turn turn) {
    LeaseRecord record = turn.lease.record();
    if (record == null
        || turn.lease.version().isEmpty()
        || turn.lease.restored()
        || record.term() == 0
        || turn.role != Role.FOLLOWER
        || turn.stopping
        || turn.write != null
        || turn.now < turn.candidateAt) {
      return false;
    }
    return turn.postgres.phase() == Phase.STANDBY
        && turn.postgres.data() == Data.STANDBY
        && isCandidate(turn, record);
  }

  private static boolean isCandidate(Turn turn, LeaseRecord record) {
    return !StartGate.owns(turn, record)
        && isFree(turn, record)
        && !Attempts.isResting(turn, record)
        && !turn.cluster.isFenced(turn.self.name())
        && hasStanding(turn, record);
  }

  /// Whether it could be a candidate, if only its PostgreSQL ran: there is no use in waiting for
  /// the holder that it should follow.
  static boolean isDue(Turn turn, LeaseRecord record) {
    return turn.postgres.data() != Data.UNUSABLE
        && turn.now >= turn.candidateAt
        && isCandidate(turn, record);
  }

  private static boolean isFree(Turn turn, LeaseRecord record) {
    if (record.isFree()) {
      return true;
    }
    String owner = record.owner().name();
    return turn.now - turn.lease.firstSeen() >= expiry(turn, record)
        && !VoteHandler.promised(turn, record)
        && !record.fenced().contains(owner)
        && !turn.cluster.isFenced(owner);
  }

  private static boolean hasStanding(Turn turn, LeaseRecord record) {
    if (hasAll(turn, record)) {
      return true;
    }
    if (record.quorum().asynchronous()) {
      boolean patient =
          !record.complete() || turn.now - turn.lease.firstSeen() >= 2 * turn.timings.retry();
      return patient
          && record.hasMember(turn.self.name(), turn.self.volume())
          && withinLag(turn, record);
    }
    if (record.quorum().voters().isEmpty()) {
      return !turn.has(SafetyRule.LAST_DATA_ONLY);
    }
    return !turn.has(SafetyRule.VOLUME_CHECK)
        || record.quorum().hasVoter(turn.self.name(), turn.self.volume());
  }

  /// The last primary stopped for good, and this instance has its log to the very end.
  private static boolean hasAll(Turn turn, LeaseRecord record) {
    boolean exact = record.complete() || !turn.has(SafetyRule.EXACT_END);
    return record.isFree() && exact && covers(turn.postgres.position(), record);
  }

  private static boolean covers(WalPosition position, LeaseRecord record) {
    return position.timeline().equals(record.position().timeline())
        && position.isAtLeast(record.position());
  }

  private static boolean withinLag(Turn turn, LeaseRecord record) {
    WalPosition own = turn.postgres.position();
    return own.timeline().compareTo(record.position().timeline()) > 0
        || record.position().lsn().bytesSince(own.lsn()) <= turn.settings.maxLagBytes();
  }

  /// Looks at the Lease again when it may be time: the vote is asked for a revision just read.
  static void perform(Turn turn) {
    Candidacy candidacy = turn.candidacy;
    if (candidacy != null) {
      long deadline = candidacy.startedAt() + turn.timings.voteCollection();
      if (turn.now < deadline) {
        turn.wakeAt(deadline);
        return;
      }
      decide(turn);
      if (turn.candidacy != null) {
        again(turn);
      }
    }
    if (turn.write == null && turn.candidacy == null) {
      turn.wakeAt(turn.candidateAt);
      if (mayRun(turn) && !turn.has(SafetyRule.FRESH_REVISION)) {
        leaseRead(turn);
      } else if (mayRun(turn) && turn.mayReadAgain()) {
        turn.read();
      }
    }
  }

  private static void again(Turn turn) {
    turn.candidacy = null;
    turn.candidateAt = turn.now + JITTER + turn.chance(JITTER);
  }

  static void leaseRead(Turn turn) {
    LeaseRecord record = turn.lease.record();
    if (record == null || turn.candidacy != null || !mayRun(turn)) {
      return;
    }
    if (hasAll(turn, record)) {
      win(turn, record, turn.postgres.position());
      return;
    }
    long round = turn.newId();
    String version = turn.lease.version();
    turn.candidacy = new Candidacy(version, record, turn.now, round, List.of());
    turn.report(Notice.Kind.CANDIDATE, turn.postgres.position(), "for revision " + version);
    if (!VoteHandler.isSealed(turn, version)) {
      VoteHandler.sealFor(turn, version);
    }
    var request = new VoteRequest(turn.self, round, version, turn.postgres.position());
    for (Member voter : electorate(turn, record)) {
      turn.send(voter.name(), request);
    }
    decide(turn);
  }

  /// Whom to ask. The last holder isn't among the voters; without synchronous replication it can
  /// only be gone.
  private static List<Member> electorate(Turn turn, LeaseRecord record) {
    boolean asynchronous = record.quorum().asynchronous();
    var asked = new ArrayList<Member>(4);
    for (Member member : asynchronous ? record.members() : record.quorum().voters()) {
      boolean owner = member.name().equals(record.owner().name());
      if (!member.isRemote()
          && !member.name().equals(turn.self.name())
          && !(asynchronous && owner)) {
        asked.add(member);
      }
    }
    return asked;
  }

  static void answered(Turn turn, VoteReply reply) {
    Candidacy candidacy = turn.candidacy;
    if (candidacy == null
        || candidacy.round() != reply.round()
        || !candidacy.version().equals(reply.version())) {
      return;
    }
    Member voter = reply.from().member();
    var answers = new ArrayList<Answer>(candidacy.answers());
    answers.removeIf(other -> other.voter().name().equals(voter.name()));
    answers.add(new Answer(voter, reply.granted(), reply.position()));
    turn.candidacy =
        new Candidacy(
            candidacy.version(),
            candidacy.lease(),
            candidacy.startedAt(),
            candidacy.round(),
            List.copyOf(answers));
    decide(turn);
  }

  static void decide(Turn turn) {
    Candidacy candidacy = turn.candidacy;
    if (candidacy == null
        || turn.write != null
        || turn.role != Role.FOLLOWER
        || turn.postgres.phase() != Phase.STANDBY
        || !VoteHandler.isSealed(turn, candidacy.version())) {
      return;
    }
    WalPosition own = VoteHandler.sealedAt(turn);
    if (turn.has(SafetyRule.MOST_ADVANCED) && isBehind(turn, candidacy, own)) {
      again(turn);
      return;
    }
    Quorum quorum = candidacy.lease().quorum();
    boolean anybody =
        quorum.asynchronous()
            || (quorum.voters().isEmpty() && !turn.has(SafetyRule.LAST_DATA_ONLY));
    int needed = anybody ? 1 : needed(turn, candidacy);
    // who needs nobody else has all that was acknowledged; another may have more
    boolean best = needed > 1 || heardFromAll(turn, candidacy);
    if (best && (anybody || votes(turn, candidacy) >= needed)) {
      win(turn, candidacy.lease(), own);
    }
  }

  private static boolean isBehind(Turn turn, Candidacy candidacy, WalPosition own) {
    for (Answer answer : candidacy.answers()) {
      if (answer.granted() && compare(turn, answer.position(), own) > 0) {
        return true;
      }
    }
    return false;
  }

  private static int compare(Turn turn, WalPosition one, WalPosition other) {
    return turn.has(SafetyRule.TIMELINE_FIRST)
        ? one.compareTo(other)
        : one.lsn().compareTo(other.lsn());
  }

  private static int needed(Turn turn, Candidacy candidacy) {
    return turn.has(SafetyRule.QUORUM) ? candidacy.lease().quorum().votesNeeded() : 1;
  }

  private static int votes(Turn turn, Candidacy candidacy) {
    Quorum quorum = candidacy.lease().quorum();
    int votes = counts(turn, quorum, turn.self.member()) ? 1 : 0;
    for (Answer answer : candidacy.answers()) {
      if (answer.granted() && counts(turn, quorum, answer.voter())) {
        votes++;
      }
    }
    return votes;
  }

  private static boolean counts(Turn turn, Quorum quorum, Member voter) {
    return turn.has(SafetyRule.VOLUME_CHECK)
        ? quorum.hasVoter(voter.name(), voter.volume())
        : quorum.hasName(voter.name());
  }

  private static boolean heardFromAll(Turn turn, Candidacy candidacy) {
    boolean late = turn.now >= candidacy.startedAt() + turn.timings.voteCollection();
    return late || candidacy.answers().size() >= electorate(turn, candidacy.lease()).size();
  }

  /// Takes the Lease for the next term. The new voters are the old ones and the last holder,
  /// without this instance: what W of the old voters (and the last holder) have, W of the new ones
  /// have.
  private static void win(Turn turn, LeaseRecord record, WalPosition position) {
    turn.candidacy = null;
    long term = record.term() + 1;
    turn.persist(turn.durable.withClaim(term));
    var copy = record.heldBy(turn.self, turn.timings.lease()).copy();
    copy.term = term;
    int newest = Math.max(record.timeline().id(), position.timeline().id());
    copy.timeline = new Timeline(newest + 1);
    copy.reached = new Timeline(Math.max(record.reached().id(), position.timeline().id()));
    copy.position = position;
    copy.quorum = successor(turn, record);
    copy.fenced = List.of();
    LeaseLoop.write(turn, copy.build(), Purpose.ELECT);
  }

  private static Quorum successor(Turn turn, LeaseRecord record) {
    Quorum quorum = record.quorum();
    if (quorum.asynchronous() || quorum.voters().isEmpty()) {
      return quorum;
    }
    var voters = new ArrayList<Member>(quorum.voters());
    voters.removeIf(voter -> voter.name().equals(turn.self.name()));
    Member owner = record.owner().member();
    if (!owner.name().isEmpty() && !quorum.hasName(owner.name())) {
      voters.add(owner);
    }
    return Quorum.of(voters, Math.min(quorum.acknowledgements(), voters.size()));
  }
}
