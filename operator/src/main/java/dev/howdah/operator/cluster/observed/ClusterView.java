// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import dev.howdah.operator.cluster.desired.Blueprint;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Everything that a decision about a Cluster depends on: one reading of the world.
///
/// @param secrets all that are known of those the Cluster uses, by name
/// @param existing instances whose data volume is there and stays
/// @param objects Services, budgets, accounts, roles… of the cluster
/// @param nodes those that are known; empty where nodes may not be read
/// @param unsupported fields of the Cluster that are set but have no effect yet
/// @param dead pods known to have ended for good, by UID, though their object is gone
/// @param remains what may still hold data of a Cluster without instances, for a person; null where
///   that wasn't looked up or couldn't be
public record ClusterView(
    ObservedCluster cluster,
    Blueprint blueprint,
    List<ObservedVolume> volumes,
    List<ObservedPod> pods,
    List<ObservedJob> jobs,
    List<Instance> instances,
    List<Instance> existing,
    @Nullable ObservedLease lease,
    Map<String, ObservedSecret> secrets,
    List<ObservedObject> objects,
    Map<String, ObservedNode> nodes,
    Set<String> dead,
    Memory memory,
    List<String> unsupported,
    Set<String> storeSecrets,
    Instant now,
    @Nullable List<String> remains) {

  /// With [#existing] picked out of the instances.
  public ClusterView(
      ObservedCluster cluster,
      Blueprint blueprint,
      List<ObservedVolume> volumes,
      List<ObservedPod> pods,
      List<ObservedJob> jobs,
      List<Instance> instances,
      @Nullable ObservedLease lease,
      Map<String, ObservedSecret> secrets,
      List<ObservedObject> objects,
      Map<String, ObservedNode> nodes,
      Set<String> dead,
      Memory memory,
      List<String> unsupported,
      Set<String> storeSecrets,
      Instant now) {
    this(
        cluster,
        blueprint,
        volumes,
        pods,
        jobs,
        instances,
        instances.stream().filter(Instance::exists).toList(),
        lease,
        secrets,
        objects,
        nodes,
        dead,
        memory,
        unsupported,
        storeSecrets,
        now,
        null);
  }

  /// With what a fresh reading found of a Cluster that seems to have lost everything.
  public ClusterView withRemains(List<String> found) {
    return new ClusterView(
        cluster,
        blueprint,
        volumes,
        pods,
        jobs,
        instances,
        existing,
        lease,
        secrets,
        objects,
        nodes,
        dead,
        memory,
        unsupported,
        storeSecrets,
        now,
        List.copyOf(found));
  }

  /// What the operator remembers between two passes; losing it costs time, never safety.
  ///
  /// @param renewed when the Lease was last seen to change at all
  /// @param holderChanged when its holder was last seen to change
  /// @param deathSeen when the container that runs the Lease's holder was first seen ended; null
  ///   while it runs
  /// @param boot what the holder's node said of its kernel when the holder's run was first seen to
  ///   live; empty while that isn't known
  /// @param rolloutWait how long the settings ask to wait with the next update of an instance
  public record Memory(
      Instant renewed,
      Instant holderChanged,
      @Nullable Instant deathSeen,
      String boot,
      Duration rolloutWait) {
    public static final Memory NONE = new Memory(Instant.EPOCH, Instant.EPOCH, null);

    public Memory(Instant renewed, Instant holderChanged, @Nullable Instant deathSeen) {
      this(renewed, holderChanged, deathSeen, "", Duration.ZERO);
    }

    /// The same, with a time to wait.
    public Memory waiting(Duration wait) {
      return new Memory(renewed, holderChanged, deathSeen, boot, wait);
    }

    /// The same, after a renewal on a node that is on this kernel; the first one counts.
    public Memory renewed(Instant at, String node) {
      return new Memory(at, holderChanged, deathSeen, boot.isEmpty() ? node : boot, rolloutWait);
    }

    /// The same, with the holder's container seen ended, or not.
    public Memory dying(@Nullable Instant seen) {
      return new Memory(renewed, holderChanged, seen, boot, rolloutWait);
    }
  }

  /// An instance by its name.
  public Optional<Instance> instance(String name) {
    return instances.stream().filter(i -> i.name().equals(name)).findFirst();
  }

  /// Who holds the Lease; empty when nobody does or there is none.
  public String holder() {
    return lease == null ? "" : lease.holder();
  }

  /// The instance that is, or last was, the primary: the holder, or else what the status says.
  public String primary() {
    return holder().isEmpty() ? cluster.currentPrimary() : holder();
  }

  /// Whether the Cluster has ever been bootstrapped.
  public boolean initialized() {
    return cluster.condition("Initialized").path("status").asText("").equals("True")
        || cluster.status().path("latestGeneratedNode").asInt(0) != 0;
  }

  /// Names of fenced instances; `*` stands for all.
  public boolean fenced(String instance) {
    String annotation = cluster.meta().annotation("cnpg.io/fencedInstances");
    return annotation.contains("\"" + instance + "\"") || annotation.contains("\"*\"");
  }
}
