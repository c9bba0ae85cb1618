// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import java.util.List;

/// The content of the Cluster's Lease: the only authority on who may write, together with what an
/// election must know, in one object that is written conditionally.
///
/// @param holder the instance that may write; empty: released, free at once
/// @param duration nanoseconds that others wait before they take a held Lease, as the holder set it
/// @param generation rises with each write that changes anything but `position`: a lower one than
///   was seen before means that the control plane was restored from a backup
/// @param term rises whenever another data directory becomes the holder (`leaseTransitions`)
/// @param owner the holder's run; after a release the last holder's
/// @param quorum what acknowledged commits were confirmed by
/// @param members all instances, with their data: those who promise in an API outage, and who may
///   be elected when replication is asynchronous
/// @param timeline the one this term's primary writes; each election raises it
/// @param reached the newest timeline that a holder's log was seen on: unlike `timeline`, which an
///   election raises, it says nothing that isn't so in a cluster that follows another one
/// @param position where the holder's log ended at its last write of this record; after a planned
///   stop the end of its last record
/// @param preferred who should take a released Lease; empty: whoever is most advanced
/// @param dead an incarnation that was proved dead by the operator; empty: none
/// @param fenced instances that a person stopped: while the holder is one, nobody elects
public record LeaseRecord(
    String holder,
    long duration,
    long generation,
    long term,
    Identity owner,
    Quorum quorum,
    List<Member> members,
    Timeline timeline,
    Timeline reached,
    WalPosition position,
    boolean complete,
    String preferred,
    String dead,
    List<String> fenced) {
  /// As the operator creates it, before the first primary.
  public static final LeaseRecord FRESH =
      new LeaseRecord(
          "",
          0,
          0,
          0,
          Identity.NOBODY,
          Quorum.SAME_DATA_ONLY,
          List.of(),
          Timeline.NONE,
          Timeline.NONE,
          WalPosition.NONE,
          false,
          "",
          "",
          List.of());

  public LeaseRecord {
    members = List.copyOf(members);
    fenced = List.copyOf(fenced);
  }

  public boolean isFree() {
    return holder.isEmpty();
  }

  public boolean isHeldBy(Identity run) {
    return holder.equals(run.name()) && owner.incarnation().equals(run.incarnation());
  }

  public boolean hasMember(String name, String volume) {
    for (Member member : members) {
      if (member.name().equals(name)) {
        return member.volume().equals(volume);
      }
    }
    return false;
  }

  /// The same, without a holder: its PostgreSQL is gone.
  ///
  /// @param end the exact end of its log; [WalPosition#NONE] if unknown
  public LeaseRecord released(WalPosition end, String preferred) {
    boolean exact = !end.lsn().isZero();
    var with = new Copy(this);
    with.holder = "";
    with.position = exact ? end : position;
    with.complete = exact;
    with.preferred = preferred;
    with.fenced = List.of();
    return with.build();
  }

  /// The operator's proof of death (2.4, O2): only for the incarnation it has proof of. The
  /// generation stays: the operator can't know whether this Lease is from a restored control plane,
  /// and one generation more would make its old quorum pass for the newest.
  public LeaseRecord freedFromTheDead(String incarnation) {
    if (!owner.incarnation().equals(incarnation)) {
      throw new IllegalArgumentException(
          "the Lease is held by " + owner.incarnation() + ", not by " + incarnation);
    }
    var with = new Copy(this);
    with.holder = "";
    with.complete = false;
    with.preferred = "";
    with.dead = incarnation;
    return with.build();
  }

  /// A renewal, or the same data's next run.
  LeaseRecord heldBy(Identity run, long lease) {
    var with = new Copy(this);
    with.holder = run.name();
    with.owner = run;
    with.duration = lease;
    with.complete = false;
    with.preferred = "";
    with.dead = "";
    return with.build();
  }

  /// Whether the two differ in the position alone, if at all.
  public boolean saysTheSameAs(LeaseRecord other) {
    return term == other.term
        && complete == other.complete
        && duration == other.duration
        && holder.equals(other.holder)
        && owner.equals(other.owner)
        && quorum.equals(other.quorum)
        && members.equals(other.members)
        && timeline.equals(other.timeline)
        && reached.equals(other.reached)
        && preferred.equals(other.preferred)
        && dead.equals(other.dead)
        && fenced.equals(other.fenced);
  }

  LeaseRecord withGeneration(long changed) {
    var with = new Copy(this);
    with.generation = changed;
    return with.build();
  }

  Copy copy() {
    return new Copy(this);
  }

  /// A record being changed.
  static final class Copy {
    String holder;
    long duration;
    long generation;
    long term;
    Identity owner;
    Quorum quorum;
    List<Member> members;
    Timeline timeline;
    Timeline reached;
    WalPosition position;
    boolean complete;
    String preferred;
    String dead;
    List<String> fenced;

    private Copy(LeaseRecord from) {
      holder = from.holder;
      duration = from.duration;
      generation = from.generation;
      term = from.term;
      owner = from.owner;
      quorum = from.quorum;
      members = from.members;
      timeline = from.timeline;
      reached = from.reached;
      position = from.position;
      complete = from.complete;
      preferred = from.preferred;
      dead = from.dead;
      fenced = from.fenced;
    }

    LeaseRecord build() {
      return new LeaseRecord(
          holder,
          duration,
          generation,
          term,
          owner,
          quorum,
          members,
          timeline,
          reached,
          position,
          complete,
          preferred,
          dead,
          fenced);
    }
  }
}
