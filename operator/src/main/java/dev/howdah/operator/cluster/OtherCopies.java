// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.Lsn;
import dev.howdah.operator.cluster.observed.InstanceReport;
import dev.howdah.operator.cluster.observed.ObservedPod;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/// Looks, right before the data of an instance is deleted, whether others have all of it: a primary
/// that lives now, and as many other voters as confirm a commit.
///
/// The Lease's name alone proves nothing: it stays for a while when its holder and the disk are
/// gone.
final class OtherCopies {
  /// How long the others may take to reach what the primary had written at the beginning.
  private static final Duration CATCH_UP = Duration.ofSeconds(2);

  private static final Duration PAUSE = Duration.ofMillis(100);

  /// Asks one pod now.
  @FunctionalInterface
  interface Ask {
    /// @param pod its UID
    InstanceReport status(Key cluster, String pod);
  }

  private final Function<Key, Optional<ObjectNode>> leases;
  private final Function<Key, List<ObservedPod>> pods;
  private final Ask ask;

  /// @param leases reads a Cluster's Lease anew
  OtherCopies(
      Function<Key, Optional<ObjectNode>> leases, Function<Key, List<ObservedPod>> pods, Ask ask) {
    this.leases = leases;
    this.pods = pods;
    this.ask = ask;
  }

  /// Whether all that is on this instance is elsewhere, too.
  boolean have(Key cluster, String instance) {
    LeaseRecord lease = lease(cluster);
    InstanceReport primary = primary(cluster, lease, instance);
    return isPrimary(primary)
        && othersReach(cluster, lease, instance, primary)
        && isPrimary(primary(cluster, lease, instance))
        && lease(cluster).isHeldBy(lease.owner());
  }

  private LeaseRecord lease(Key cluster) {
    return leases.apply(cluster).map(LeaseFreer::decode).orElse(LeaseRecord.FRESH);
  }

  private InstanceReport primary(Key cluster, LeaseRecord lease, String instance) {
    String run = lease.owner().incarnation();
    int slash = run.indexOf('/');
    return lease.isFree() || instance.isEmpty() || lease.holder().equals(instance) || slash < 0
        ? InstanceReport.unreachable("another must hold the Lease")
        : ask.status(cluster, run.substring(0, slash));
  }

  /// It accepts writes, so it has every commit that was ever acknowledged; or it is what the others
  /// follow in a cluster that follows another one.
  private static boolean isPrimary(InstanceReport report) {
    return report.reachable() && report.primary() && !end(report).isZero();
  }

  /// The end of a primary's log; where that follows another cluster, of what it has applied.
  private static Lsn end(InstanceReport primary) {
    return primary.current().isZero() ? primary.replayed() : primary.current();
  }

  /// Whoever still streams may be the only one that has confirmed a commit. The others then have to
  /// reach the primary's end first, or a failover right afterwards would find nobody who has it. Of
  /// those that are broken, nobody would ever get there.
  private boolean othersReach(
      Key cluster, LeaseRecord lease, String instance, InstanceReport primary) {
    Quorum quorum = lease.quorum();
    if (!quorum.hasName(instance)) {
      return true;
    }
    List<String> others =
        quorum.voters().stream()
            .filter(voter -> !voter.isRemote())
            .map(Member::name)
            .filter(name -> !name.equals(instance))
            .toList();
    boolean confirms = said(cluster, instance).streaming();
    for (long end = System.nanoTime() + CATCH_UP.toNanos(); ; ) {
      List<InstanceReport> streaming =
          others.stream()
              .map(name -> said(cluster, name))
              .filter(report -> report.reachable() && report.streaming())
              .toList();
      long have = streaming.stream().filter(r -> r.received().compareTo(end(primary)) >= 0).count();
      int most = confirms ? others.size() : streaming.size();
      if (have >= Math.min(quorum.acknowledgements(), most)) {
        return true;
      }
      if (System.nanoTime() - end >= 0 || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private InstanceReport said(Key cluster, String instance) {
    return pods.apply(cluster).stream()
        .filter(pod -> pod.name().equals(instance) && pod.active())
        .findFirst()
        .map(pod -> ask.status(cluster, pod.meta().uid()))
        .orElse(InstanceReport.unreachable("it has no pod"));
  }
}
