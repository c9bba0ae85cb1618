// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.leadership.PeerMessage;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.leadership.Role;
import dev.howdah.core.leadership.State;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.wal.WalPosition;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The invariants of the fault model, looked at whenever something happens that could break them.
final class Checker {
  private final World world;
  private @Nullable String violation;
  private final Set<String> holders = new HashSet<>();

  /// Of the holders, those that had PostgreSQL become a primary.
  private final Set<String> started = new HashSet<>();

  /// The volume of the last of them.
  private String lastStarted = "";

  private final long[] troubledUntil;
  private final boolean[] troubled;
  private int highestTimeline = 1;
  private final Set<Integer> timelines = new HashSet<>();
  int promotions;
  int commits;
  int elections;
  private long lastCommitAt;

  Checker(World world) {
    this.world = world;
    int count = world.scenario.nodes();
    troubledUntil = new long[count];
    troubled = new boolean[count];
  }

  @Nullable String violation() {
    return violation;
  }

  void violated(String invariant, String text) {
    if (violation == null) {
      violation = invariant + ": " + text;
      world.trace("!!", violation);
    }
  }

  // ---- I1 single writer, I2 no acknowledged loss, I7 sync before open

  void acceptsWrites(Node node) {
    if (node.server.exempt) {
      return;
    }
    for (Node other : world.nodes) {
      alone(node, other);
    }
    for (Node other : world.zombies) {
      alone(node, other);
    }
    Quorum quorum = quorumOf(node);
    if (quorum != null && !quorum.voters().isEmpty() && !node.server.synchronous.waits()) {
      violated("I7 sync before open", node.name + " opens without synchronous standbys");
    }
  }

  private void alone(Node node, Node other) {
    if (other != node && other.server.acceptsWrites() && !other.server.exempt) {
      violated(
          "I1 single writer", node.name + " accepts writes while " + other.name + " still does");
    }
  }

  void becamePrimary(Node node) {
    if (node.server.exempt) {
      return; // a promotion under way when its machine froze; the guard is about to end it
    }
    Histories histories = world.histories;
    for (int branch = 0; branch < histories.count(); branch++) {
      int last = histories.acknowledged(branch);
      if (last > 0 && !node.server.has(branch, last)) {
        violated(
            "I2 no acknowledged loss",
            "%s becomes primary at %s without the commit %d of timeline %d"
                .formatted(node.name, node.server.position(), last, histories.timeline(branch)));
      }
    }
    for (Node other : world.nodes) {
      other.server.checkUnasked();
    }
  }

  void acknowledged(Node node, int branch, int position) {
    commits++;
    lastCommitAt = world.now;
    world.routing.acknowledged(node);
    Quorum quorum = quorumOf(node);
    if (node.promisesNothing() || (quorum != null && quorum.asynchronous())) {
      return;
    }
    world.histories.acknowledge(world.histories.branchAt(branch, position), position);
    // Late acknowledgements: another may be primary already.
    for (Node other : world.nodes) {
      if (other != node
          && other.server.phase() == Phase.PRIMARY
          && isHolder(other)
          && !other.server.has(branch, position)) {
        violated(
            "I2 no acknowledged loss",
            "%s acknowledges commit %d of timeline %d, which %s, primary by now, doesn't have"
                .formatted(node.name, position, world.histories.timeline(branch), other.name));
      }
    }
  }

  private boolean isHolder(Node node) {
    LeaseRecord lease = world.api.lease();
    return lease != null && lease.isHeldBy(node.identity());
  }

  private @Nullable Quorum quorumOf(Node node) {
    // A Lease restored from the past binds nobody: all know a later one.
    LeaseRecord lease = world.api.lastWritten();
    return lease != null && lease.isHeldBy(node.identity()) ? lease.quorum() : null;
  }

  // ---- I4 most advanced wins, I6 the quorum covers acknowledgements, I13 monotone history

  void leaseWritten(Node node, LeaseRecord before, LeaseRecord after) {
    if (!after.isFree()) {
      holders.add(after.owner().incarnation());
    }
    if (after.quorum().asynchronous() && !before.quorum().asynchronous()) {
      world.histories.forgetAcknowledged();
    }
    if (after.term() < before.term()) {
      violated("I13 monotone history", "term " + before.term() + " is followed by " + after.term());
    }
    boolean elected =
        after.term() > before.term()
            && before.term() > 0
            && !after.owner().volume().equals(before.owner().volume());
    if (elected) {
      elections++;
      elected(node, before, after);
    }
    if (!elected && after.isHeldBy(node.identity())) {
      covers(node, after.quorum());
      if (!after.quorum().equals(before.quorum())) {
        narrowed(node, before.quorum(), after.quorum());
      }
    }
  }

  /// New voters may be named only when as many of them as the new number have the log's end of when
  /// the setting took effect; but more voters for the same number, or a smaller number, need
  /// nothing.
  private void narrowed(Node node, Quorum before, Quorum after) {
    boolean wider =
        !before.voters().isEmpty()
            && after.voters().containsAll(before.voters())
            && after.acknowledgements() <= before.acknowledgements();
    if (wider || after.voters().isEmpty() || node.server.phase() != Phase.PRIMARY) {
      return;
    }
    boolean sameNames =
        before.acknowledgements() == after.acknowledgements()
            && before.voters().size() == after.voters().size()
            && after.voters().stream().allMatch(voter -> before.hasName(voter.name()));
    int confirmed = 0;
    for (Member voter : after.voters()) {
      int index = World.index(voter.name());
      if (index >= 0 && index < world.nodes.length) {
        Node other = world.nodes[index];
        boolean lost =
            (sameNames && before.hasVoter(voter.name(), voter.volume()))
                || !other.disk().volume.equals(voter.volume());
        if (lost || other.server.has(node.disk().branch, node.server.synchronous.since())) {
          confirmed++;
        }
      }
    }
    if (confirmed < after.acknowledgements()) {
      violated(
          "I6 quorum covers acknowledgements",
          "%s names %d of %s, of which only %d have position %d"
              .formatted(
                  node.name,
                  after.acknowledgements(),
                  after.voters(),
                  confirmed,
                  node.server.synchronous.since()));
    }
  }

  private void elected(Node node, LeaseRecord before, LeaseRecord after) {
    if (!before.isFree() && !before.holder().equals(node.name)) {
      neededFailover(node, world.nodes[World.index(before.holder())]);
    }
    Quorum quorum = before.quorum();
    boolean present = node.disk().volume.equals(after.owner().volume());
    WalPosition winner = present ? node.server.position() : after.position();
    boolean all = before.complete() && winner.isAtLeast(before.position());
    // It never learnt that it won, and then its Lease was deleted: nothing is to be had from it,
    // and
    // all is with whoever led before.
    boolean last = quorum.voters().isEmpty() || lastStarted.equals(after.owner().volume());
    boolean unknown = last && !started.contains(before.owner().incarnation());
    if (all || quorum.asynchronous() || unknown || isUnheardOf(before)) {
      return;
    }
    int behind = 0;
    for (Member voter : quorum.voters()) {
      int index = World.index(voter.name());
      if (index >= 0 && index < world.nodes.length) {
        Node other = world.nodes[index];
        boolean has =
            other.disk().volume.equals(voter.volume()) && other.disk().data != Data.UNUSABLE;
        boolean had = // a volume may be lost between the vote, or the winner's own write, and now
            (other.voted.equals(world.api.version()) && other.votedWith.contains(voter.volume()))
                || (other == node && voter.volume().equals(after.owner().volume()));
        if (has ? winner.isAtLeast(other.server.position()) : had) {
          behind++;
        }
      }
    }
    if (behind < quorum.votesNeeded()) {
      violated(
          "I4 most advanced wins",
          "%s is elected at %s, which only %d of the %d needed voters don't exceed"
              .formatted(node.name, winner, behind, quorum.votesNeeded()));
    }
  }

  /// It took over, and its volume was lost together with the Lease before it could say that it
  /// leads.
  private boolean isUnheardOf(LeaseRecord before) {
    String name = before.owner().name();
    return world.api.isLeaseLost()
        && !world.api.cluster.currentPrimary().equals(name)
        && !world.nodes[World.index(name)].disk().volume.equals(before.owner().volume());
  }

  void syncChanged(Node node) {
    Quorum quorum = quorumOf(node);
    if (quorum != null) {
      covers(node, quorum);
    }
  }

  private void covers(Node node, Quorum quorum) {
    if (node.server.phase() != Phase.PRIMARY || quorum.voters().isEmpty()) {
      return;
    }
    if (!node.server.synchronous.waits()) {
      violated(
          "I6 quorum covers acknowledgements",
          node.name + " doesn't wait for " + quorum.voters() + ", which the Lease names");
    }
    for (SyncConfig obeyed : node.server.synchronous.obeyed()) {
      covers(node, quorum, obeyed);
    }
  }

  private void covers(Node node, Quorum quorum, SyncConfig sync) {
    int outside = 0;
    for (String name : sync.names()) {
      if (!quorum.hasName(name)) {
        outside++;
      }
    }
    if (sync.number() - outside < quorum.acknowledgements()) {
      violated(
          "I6 quorum covers acknowledgements",
          "%s waits for %s, but the Lease says %d of %s"
              .formatted(node.name, sync.setting(), quorum.acknowledgements(), quorum.voters()));
    }
  }

  void promoted(Node node, int timeline) {
    promotions++;
    boolean late = !isHolder(node) && timelines.add(timeline);
    if (timeline <= highestTimeline && !late) {
      violated(
          "I13 monotone history",
          node.name + " begins timeline " + timeline + " after " + highestTimeline);
    }
    timelines.add(timeline);
    highestTimeline = Math.max(highestTimeline, timeline);
  }

  void announced(String incarnation) {
    if (!holders.contains(incarnation)) {
      violated("I13 monotone history", incarnation + " calls itself primary, but never was");
    }
  }

  // ---- I5 seal before vote, I8 start gate, I14 no phantom reads

  void sent(Node node, PeerMessage message) {
    if (message instanceof PeerMessage.VoteReply reply && reply.granted()) {
      if (!node.voted.equals(reply.version())) {
        node.votedWith.clear();
      }
      node.voted = reply.version();
      node.votes.add(reply.version());
      node.votedWith.add(node.disk().volume);
      if (node.server.isReceiving()) {
        violated("I5 seal before vote", node.name + " votes while it receives");
      }
    }
  }

  void flushes(Node node) {
    if (!node.votes.isEmpty()) {
      violated(
          "I5 seal before vote",
          node.name + " receives, bound by its votes for revisions " + node.votes);
    }
  }

  void startsAsPrimary(Node node) {
    started.add(node.identity().incarnation());
    lastStarted = node.identity().volume();
    if (!holders.contains(node.identity().incarnation())) {
      violated("I8 start gate", node.name + " starts as primary without ever having the Lease");
    }
  }

  void opened(Node node, int recoveredTo) {
    Quorum quorum = quorumOf(node);
    if (quorum == null || quorum.voters().isEmpty()) {
      return;
    }
    int confirmed = 0;
    for (Member voter : quorum.voters()) {
      int index = World.index(voter.name());
      if (index < 0 || index >= world.nodes.length) {
        continue;
      }
      Node other = world.nodes[index];
      // Confirmed, and then its volume was lost: one copy less, as at any other time.
      boolean lost =
          !other.disk().volume.equals(voter.volume())
              && node.server.hasConfirmed(index, recoveredTo);
      if (lost || other.server.has(node.disk().branch, recoveredTo)) {
        confirmed++;
      }
    }
    if (confirmed < quorum.acknowledgements()) {
      violated(
          "I14 no phantom reads",
          "%s opens at %d, which %d of %d voters have"
              .formatted(node.name, recoveredTo, confirmed, quorum.acknowledgements()));
    }
  }

  // ---- I34 no needless failover

  void troubleBegins() {
    troubleChanges();
  }

  /// Called at each change of what faults are present, before and after.
  void troubleChanges() {
    for (Node node : world.nodes) {
      boolean now = isTroubled(node);
      if (now || troubled[node.index]) {
        troubledUntil[node.index] = world.now;
      }
      troubled[node.index] = now;
    }
  }

  private boolean isTroubled(Node node) {
    if (node.isTroubled()) {
      return true;
    }
    boolean api = world.api.down > 0 || world.api.flaky > 0 || !world.reachesApi(node.index);
    boolean peers = world.isNetworkBad();
    for (Node other : world.nodes) {
      peers |=
          other != node
              && (!world.reaches(node.index, other.index)
                  || !world.reaches(other.index, node.index)
                  || !other.isManagerRunning()
                  || other.state() == null);
    }
    return api && peers;
  }

  private void neededFailover(Node winner, Node holder) {
    long lease = world.settings.timings().lease();
    if (isTroubled(holder) || holder.server.phase() != Phase.PRIMARY) {
      return;
    }
    if (world.now - troubledUntil[holder.index] > lease + 5 * World.SECOND) {
      violated(
          "I34 no needless failover",
          "%s is elected although %s was well since %.3f s"
              .formatted(winner.name, holder.name, troubledUntil[holder.index] / 1e9));
    }
  }

  // ---- liveness

  boolean isServing() {
    for (Node node : world.nodes) {
      State state = node.state();
      if (node.server.acceptsWrites()
          && state != null
          && state.role() == Role.LEADING
          && lastCommitAt > world.scenario.calm()
          && (world.dataLost || world.routing.leadsTo(node))) {
        return true;
      }
    }
    return false;
  }

  /// After the faults, within the bound, somebody accepts writes, unless data is gone for good.
  void checkLiveness() {
    if (world.dataLost || isServing()) {
      return;
    }
    var text = new StringBuilder("nobody serves");
    for (Node node : world.nodes) {
      State state = node.state();
      text.append(
          "; %s %s %s %s %s"
              .formatted(
                  node.name,
                  state == null ? "gone" : state.role(),
                  node.server.phase(),
                  node.disk().data,
                  node.server.position()));
    }
    text.append("; ").append(world.routing.describe());
    violated("L1 a primary within bounds", text.toString());
  }
}
