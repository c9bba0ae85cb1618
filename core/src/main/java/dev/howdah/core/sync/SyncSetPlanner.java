// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.sync;

import dev.howdah.core.wal.Lsn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How to get from one set of synchronous standbys to another, so that at each instant every
/// acknowledged commit is inside the quorum that the Lease publishes.
///
/// Two pairs are in play: what PostgreSQL waits for (`Ws` of `Vs`, the setting) and what elections
/// rely on (`W` of `V`, in the Lease). They can't change at once, so all times `Vs` is a part of
/// `V` and `Ws >= W`. A change therefore goes in three moves: publish the union of the old and the
/// new voters with the smaller W; apply the setting; and, once as many standbys as the new W
/// confirmed the log's end as it was after the setting took effect, publish the new pair. Before
/// that confirmation, commits acknowledged under the old setting may be on none of the new voters.
public final class SyncSetPlanner {
  /// A name no standby has: commits wait for it.
  public static final String NOBODY = "no-standby-available";

  private SyncSetPlanner() {}

  /// What is known.
  ///
  /// @param quorum as published
  /// @param applied null while unknown
  /// @param members the cluster's other instances
  /// @param standbys read after `applied` took effect
  public record Situation(
      SyncSpec spec,
      Quorum quorum,
      @Nullable Applied applied,
      List<Member> members,
      List<StandbyStatus> standbys) {}

  /// The setting in force.
  ///
  /// @param since the end of the log, read after every backend used the setting
  /// @param seen the standbys that streamed when the setting was sent
  public record Applied(SyncConfig config, Lsn since, List<Member> seen) {}

  /// The next move.
  public sealed interface Move {
    /// Write this into the Lease.
    record Publish(Quorum quorum) implements Move {}

    /// Set this in PostgreSQL.
    record Apply(SyncConfig config) implements Move {}

    /// Nothing before standbys confirm.
    record Wait(String reason) implements Move {}

    record Settled() implements Move {}
  }

  /// Rules that a test may leave out, see `SafetyRule`.
  public record Omit(
      boolean publishFirst,
      boolean applyFirst,
      boolean waitToNarrow,
      boolean waitFirst,
      boolean empty) {
    public static final Omit NOTHING = new Omit(false, false, false, false, false);
  }

  public static Move next(Situation situation) {
    return next(situation, Omit.NOTHING);
  }

  public static Move next(Situation now, Omit omit) {
    Quorum quorum = now.quorum;
    if (now.spec.isAsynchronous()) {
      return towardsAsynchronous(now);
    }
    if (quorum.asynchronous()) {
      return new Move.Publish(Quorum.SAME_DATA_ONLY);
    }
    SyncConfig target = SyncTarget.of(now.spec, now.members, now.standbys);
    if (target.isAsynchronous()) {
      return withoutStandby(now, omit);
    }
    boolean applied = now.applied != null && now.applied.config.equals(target);
    if (quorum.voters().isEmpty()) {

      if (!applied) {
        return new Move.Apply(target);
      }
      return confirmed(now, target) >= target.number() || omit.waitFirst()
          ? new Move.Publish(voters(now, target, List.of()))
          : new Move.Wait("the first synchronous standbys have not confirmed yet");
    }
    return change(now, target, applied, omit);
  }

  private static Move change(Situation now, SyncConfig target, boolean applied, Omit omit) {
    Quorum quorum = now.quorum;
    boolean covered = target.number() >= quorum.acknowledgements() && hasAll(quorum, target);
    if (omit.publishFirst() && !applied) {
      return new Move.Apply(target);
    }
    if (!covered) {
      return new Move.Publish(
          Quorum.of(union(now, target), Math.min(quorum.acknowledgements(), target.number())));
    }
    if (!applied) {
      return omit.applyFirst() && !same(quorum, target)
          ? new Move.Publish(voters(now, target, quorum.voters()))
          : new Move.Apply(target);
    }
    if (!same(quorum, target)) {
      return confirmed(now, target) >= target.number() || omit.waitToNarrow()
          ? new Move.Publish(voters(now, target, quorum.voters()))
          : new Move.Wait("the remaining synchronous standbys have not confirmed yet");
    }
    return renewedVolumes(now, target);
  }

  /// A standby that lost its volume is no voter until its new data holds all that the old one may
  /// have acknowledged: the log's end at a moment when the new data already streamed.
  private static Move renewedVolumes(Situation now, SyncConfig target) {
    Applied applied = now.applied;
    if (applied == null) {
      return new Move.Wait("the setting in force is unknown");
    }
    boolean mark = false;
    for (StandbyStatus standby : now.standbys) {
      Member member = standby.member();
      if (standby.streaming()
          && !member.isRemote()
          && now.quorum.hasName(member.name())
          && !now.quorum.hasVoter(member.name(), member.volume())) {
        if (!applied.seen.contains(member)) {
          mark = true;
        } else if (standby.flushed().compareTo(applied.since) >= 0) {
          return new Move.Publish(voters(now, target, now.quorum.voters()));
        }
      }
    }
    return mark ? new Move.Apply(target) : new Move.Settled();
  }

  private static Move towardsAsynchronous(Situation now) {
    if (!now.quorum.asynchronous()) {
      return new Move.Publish(Quorum.ASYNCHRONOUS);
    }
    boolean applied = now.applied != null && now.applied.config.isAsynchronous();
    return applied ? new Move.Settled() : new Move.Apply(SyncConfig.ASYNCHRONOUS);
  }

  /// Durability is only preferred and no standby is there: from now on nobody but this data may
  /// become primary, and only then commits stop waiting.
  private static Move withoutStandby(Situation now, Omit omit) {
    boolean applied = now.applied != null && now.applied.config.isAsynchronous();
    if (!now.quorum.voters().isEmpty() && !(omit.empty() && !applied)) {
      return new Move.Publish(Quorum.SAME_DATA_ONLY);
    }
    return applied ? new Move.Settled() : new Move.Apply(SyncConfig.ASYNCHRONOUS);
  }

  private static int confirmed(Situation now, SyncConfig target) {
    Applied applied = now.applied;
    if (applied == null) {
      return 0;
    }
    int count = 0;
    for (StandbyStatus standby : now.standbys) {
      if (standby.streaming()
          && standby.flushed().compareTo(applied.since) >= 0
          && target.names().contains(standby.member().name())
          && mayVoteAs(now, applied, standby.member())) {
        count++;
      }
    }
    return count;
  }

  /// A new volume under the name of a voter has to have streamed when the setting was sent.
  private static boolean mayVoteAs(Situation now, Applied applied, Member member) {
    return !now.quorum.hasName(member.name())
        || now.quorum.hasVoter(member.name(), member.volume())
        || applied.seen.contains(member);
  }

  /// The voters for `target`: with their present data where that is proved complete, else as
  /// before.
  private static Quorum voters(Situation now, SyncConfig target, List<Member> before) {
    var voters = new ArrayList<Member>();
    for (String name : target.names()) {
      voters.add(voter(now, name, before));
    }
    return Quorum.of(voters, target.number());
  }

  private static Member voter(Situation now, String name, List<Member> before) {
    Member old = find(before, name);
    Applied applied = now.applied;
    for (StandbyStatus standby : now.standbys) {
      Member member = standby.member();
      boolean proved =
          old == null
              || (applied != null
                  && applied.seen.contains(member)
                  && standby.flushed().compareTo(applied.since) >= 0);
      if (member.name().equals(name) && standby.streaming() && proved) {
        return member;
      }
    }
    if (old != null) {
      return old;
    }
    Member known = find(now.members, name);
    return known == null ? Member.remote(name) : known;
  }

  private static List<Member> union(Situation now, SyncConfig target) {
    var union = new ArrayList<Member>(now.quorum.voters());
    for (String name : target.names()) {
      if (!now.quorum.hasName(name)) {
        union.add(voter(now, name, List.of()));
      }
    }
    return union;
  }

  private static @Nullable Member find(List<Member> members, String name) {
    for (Member member : members) {
      if (member.name().equals(name)) {
        return member;
      }
    }
    return null;
  }

  private static boolean hasAll(Quorum quorum, SyncConfig target) {
    for (String name : target.names()) {
      if (!quorum.hasName(name)) {
        return false;
      }
    }
    return true;
  }

  private static boolean same(Quorum quorum, SyncConfig target) {
    if (quorum.acknowledgements() != target.number()
        || quorum.voters().size() != target.names().size()) {
      return false;
    }
    var names = new HashSet<>(target.names());
    for (Member voter : quorum.voters()) {
      if (!names.contains(voter.name())) {
        return false;
      }
    }
    return true;
  }
}
