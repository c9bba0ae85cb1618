// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.Timeline;
import java.util.ArrayList;
import java.util.List;

/// What the holder writes when it renews.
final class Renewal {
  private Renewal() {}

  static LeaseRecord of(Turn turn, LeaseRecord record, Quorum quorum) {
    var copy = record.heldBy(turn.self, turn.timings.lease()).copy();
    copy.quorum = quorum;
    copy.members = members(turn, record);
    copy.fenced = turn.role == Role.STOPPED_BY_HAND ? List.of(turn.self.name()) : List.of();
    if (turn.role == Role.LEADING) {
      copy.position = turn.postgres.position();
      Timeline own = copy.position.timeline();
      copy.timeline = own.compareTo(copy.timeline) > 0 ? own : copy.timeline;
      if (turn.cluster.inOffice() && copy.reached.equals(Timeline.NONE)) {
        copy.quorum = Quorum.ASYNCHRONOUS; // it was never a primary's
      }
      copy.reached = own.compareTo(copy.reached) > 0 ? own : copy.reached;
    }
    return copy.build();
  }

  /// Every instance of the Cluster whose data is known, this one included. Who isn't listed can't
  /// be elected, and need not promise.
  private static List<Member> members(Turn turn, LeaseRecord record) {
    if (turn.cluster == ClusterView.UNKNOWN) {
      return record.members();
    }
    var members = new ArrayList<Member>(4);
    members.add(turn.self.member());
    for (String name : turn.cluster.instances()) {
      if (!name.equals(turn.self.name())) {
        Peer peer = turn.peer(name);
        Member member = peer == null ? null : peer.member();
        for (Member before : record.members()) {
          if (member == null && before.name().equals(name)) {
            member = before;
          }
        }
        if (member != null) {
          members.add(member);
        }
      }
    }
    return members.equals(record.members()) ? record.members() : members;
  }
}
