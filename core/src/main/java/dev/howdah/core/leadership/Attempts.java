// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.Effect.Notice;
import org.jspecify.annotations.Nullable;

/// Starts and promotions that should make PostgreSQL accept writes, and the way out of one that
/// gets nowhere: whoever holds the Lease without that keeps all others from serving.
///
/// What gets on may take any time. What was not seen to get on for [#IDLE] is given up when another
/// instance can take over; when nobody can, it is begun again, later and later: a process that
/// hangs is a new one then.
///
/// @param failed how many were given up, or failed, in a row
/// @param restUntil this instance doesn't try again before then, so that others can
/// @param progressAt when the present one was last seen to get on
/// @param doing what it did then, or began to wait for, as words after "while it "; empty: not
///   known
record Attempts(int failed, long restUntil, long progressAt, String doing) {
  static final Attempts NONE = new Attempts(0, Long.MIN_VALUE, 0, "");

  /// Without a sign of work for so long, another instance is the better choice.
  static final long IDLE = 30_000_000_000L;

  /// Without a sign of work for so long, even starting over on the same data is.
  static final long IDLE_ALONE = 4 * IDLE;

  /// The pod is to end, and won't be given much time for that.
  static final long IDLE_AT_END = 5_000_000_000L;

  /// A failure is no longer in a row with one that was so long before.
  private static final long FORGET = 600_000_000_000L;

  /// Each rest is twice the one before, up to this power of two.
  private static final int LONGEST_REST = 3;

  /// Starts that fail one after the other, each soon, until another instance is the better choice.
  static final int STARTS = 3;

  static void begun(Turn turn) {
    Attempts before = turn.attempts;
    turn.attempts = new Attempts(before.failed, before.restUntil, turn.now, "");
  }

  static void progressed(Turn turn, String doing) {
    Attempts before = turn.attempts;
    turn.attempts = new Attempts(before.failed, before.restUntil, turn.now, doing);
  }

  /// This instance lets others try for a while, the longer the more often it failed.
  static void failed(Turn turn) {
    Attempts before = turn.attempts;
    boolean inARow = before.failed > 0 && turn.now - before.restUntil < FORGET;
    int failed = inARow ? before.failed + 1 : 1;
    long first = turn.others().isEmpty() ? turn.timings.retry() : turn.timings.lease();
    long rest = first << Math.min(failed - 1, LONGEST_REST);
    turn.attempts = new Attempts(failed, turn.now + rest, turn.now, "");
  }

  /// Whether others are to be elected first; but not while it is this instance that is asked for.
  static boolean isResting(Turn turn, LeaseRecord record) {
    boolean asked = record.isFree() && record.preferred().equals(turn.self.name());
    if (asked || !rests(turn)) {
      return false;
    }
    turn.wakeAt(turn.attempts.restUntil);
    return true;
  }

  /// Whether it got nowhere just now. Nobody hands over to such a one, though a person may still
  /// ask for it: the outage would begin again.
  static boolean rests(Turn turn) {
    return turn.now < turn.attempts.restUntil && turn.has(SafetyRule.GIVING_UP);
  }

  /// While PostgreSQL starts, or is being promoted.
  ///
  /// @return whether it was given up
  static boolean giveUp(Turn turn, LeaseRecord record) {
    long idle = turn.now - turn.attempts.progressAt;
    long enough = turn.stopping ? IDLE_AT_END : IDLE;
    if (idle < enough || !Crash.canBeTaken(turn) || !turn.has(SafetyRule.GIVING_UP)) {
      turn.wakeAt(turn.attempts.progressAt + enough);
      return false;
    }
    Peer successor = successor(turn);
    long alone =
        turn.stopping ? enough : IDLE_ALONE << Math.min(turn.attempts.failed, LONGEST_REST);
    if (successor == null && idle < alone) {
      if (turn.now >= turn.positionsAt + turn.timings.retry() / 2) {
        turn.outgoing = turn.outgoing.in(Peers.askAll(turn), turn.outgoing.until());
      }
      return false;
    }
    String what = turn.role == Role.PROMOTING ? "the promotion" : "the start as primary";
    String doing = turn.attempts.doing.isEmpty() ? "" : " while it " + turn.attempts.doing;
    String reason = "%s did not get on for %d s%s".formatted(what, idle / 1_000_000_000L, doing);
    turn.report(Notice.Kind.GAVE_UP, reason);
    failed(turn);
    turn.fenceAndRelease(reason, successor == null ? "" : successor.member().name());
    return true;
  }

  /// Who could be elected as soon as the Lease is free.
  private static @Nullable Peer successor(Turn turn) {
    Outgoing outgoing = turn.outgoing;
    if (outgoing.round() == 0) {
      return null;
    }
    Peer complete =
        outgoing.promotion() ? Peers.having(turn, outgoing.round(), outgoing.end()) : null;
    if (complete != null) {
      return complete;
    }
    return Peers.canElect(turn, outgoing.round()) ? Peers.best(turn, outgoing.round()) : null;
  }
}
