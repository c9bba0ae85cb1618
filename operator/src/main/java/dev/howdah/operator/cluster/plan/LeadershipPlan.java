// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import dev.howdah.api.names.ObjectNames;
import dev.howdah.api.names.Phases;
import dev.howdah.core.wal.Lsn;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.ObservedLease;
import dev.howdah.operator.cluster.observed.ObservedNode;
import dev.howdah.operator.cluster.observed.ObservedPod;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/// Who is the primary. The instances decide that among themselves; the operator frees the Lease of
/// the dead, moves the primary off a node that is being emptied, forgets targets that are gone, and
/// mirrors what the instances didn't write down.
final class LeadershipPlan {
  /// How long instances have to write a change of the primary into the status themselves.
  private static final Duration MIRROR_AFTER = Duration.ofSeconds(5);

  /// How long a kubelet may take to tell that a container runs again.
  private static final Duration STATUS_LAG = Duration.ofSeconds(1);

  /// How long a target may be away before a switchover to it is forgotten.
  private static final Duration TARGET_GRACE = Duration.ofSeconds(30);

  /// How old what an instance reports may be while something is under way.
  private static final Duration REPORT_LAG = Duration.ofSeconds(5);

  private LeadershipPlan() {}

  static void decide(ClusterView view, Draft draft) {
    freeLease(view, draft);
    String current = view.cluster().currentPrimary();
    if (current.isEmpty()) {
      mirror(view, draft);
      return;
    }
    mirror(view, draft);
    switchover(view, draft);
    failover(view, draft);
    if (!draft.stopped()) {
      drain(view, draft);
    }
  }

  // --- proof of death -----------------------------------------------------------------------

  private static void freeLease(ClusterView view, Draft draft) {
    ObservedLease lease = view.lease();
    if (lease == null || lease.holder().isEmpty() || lease.pod().isEmpty()) {
      return;
    }
    boolean restart = view.cluster().phase().equals(Phases.PRIMARY_RESTART);
    boolean full = view.instance(lease.holder()).map(LeadershipPlan::diskFull).orElse(false);
    if (view.fenced(lease.holder()) || view.existing().size() < 2 || restart || full) {
      return; // nobody else shall take over, or nobody can
    }
    proof(view, lease, draft)
        .ifPresent(proof -> {
          String why =
              switch (proof) {
                case CONTAINER_ENDED -> "the container of %s has ended".formatted(lease.holder());
                case POD_ENDED -> "the pod of %s has ended".formatted(lease.holder());
                case NODE_RESTARTED -> "the node of %s was started anew".formatted(lease.holder());
                case NODE_OUT_OF_SERVICE ->
                    "the node of %s is out of service".formatted(lease.holder());
              };
          draft.add(new Action.FreeLease(lease.incarnation(), lease.pod(), proof, why));
        });
  }

  static Optional<Action.Proof> proof(ClusterView view, ObservedLease lease, Draft draft) {
    ObservedPod pod =
        view.pods().stream()
            .filter(p -> p.meta().uid().equals(lease.pod()))
            .findFirst()
            .orElse(null);
    if (pod == null) {
      return view.dead().contains(lease.pod())
          ? Optional.of(Action.Proof.POD_ENDED)
          : Optional.empty();
    }
    if (pod.provedDead()) {
      return Optional.of(Action.Proof.POD_ENDED);
    }
    if (containerEnded(view, lease, pod, draft)) {
      return Optional.of(Action.Proof.CONTAINER_ENDED);
    }
    ObservedNode node = view.nodes().get(pod.node());
    if (node == null) {
      return Optional.empty();
    }
    if (node.taints().contains(ObservedNode.OUT_OF_SERVICE)) {
      return Optional.of(Action.Proof.NODE_OUT_OF_SERVICE);
    }
    return pod.postgres().state() != ObservedPod.State.RUNNING
            && isAnother(node, lease.boot())
            && isAnother(node, view.memory().boot())
        ? Optional.of(Action.Proof.NODE_RESTARTED)
        : Optional.empty();
  }

  /// Whether the node is on another kernel than this one. That the run says another than the node
  /// doesn't suffice: in a virtual machine of its own a container always does. So the node has to
  /// have changed since the run was seen to live. That it has changed doesn't suffice, either: a
  /// kubelet that comes back tells of it after the first containers run.
  private static boolean isAnother(ObservedNode node, String kernel) {
    return !kernel.isEmpty() && !node.bootId().isEmpty() && !node.bootId().equals(kernel);
  }

  /// The container has ended and was not started again, and the end is later than the holder's last
  /// sign of life. A container that runs again has another incarnation, which the kubelet tells a
  /// little later: within the same second it takes a second look.
  private static boolean containerEnded(
      ClusterView view, ObservedLease lease, ObservedPod pod, Draft draft) {
    ObservedPod.Container container = pod.postgres();
    boolean down =
        container.state() == ObservedPod.State.TERMINATED
            || (container.state() == ObservedPod.State.WAITING && container.restarts() > 0);
    Instant end = container.finishedAt();
    Instant sign = lease.renewedAt();
    if (!down || end == null || sign == null) {
      return false;
    }
    if (sign.isBefore(end)) {
      return true;
    }
    if (sign.isAfter(end.plusSeconds(1))) {
      return false; // that is the end of an earlier run
    }
    Instant seen = view.memory().deathSeen();
    Instant renewed = view.memory().renewed();
    Instant since = seen == null || renewed.isAfter(seen) ? renewed : seen;
    Duration unchanged = Duration.between(since, view.now());
    if (unchanged.compareTo(STATUS_LAG) >= 0) {
      return true;
    }
    draft.lookAgain(STATUS_LAG.minus(unchanged).plusMillis(1));
    return false;
  }

  // --- mirror -------------------------------------------------------------------------------

  /// Instances write their own election into the status. When they couldn't, after a while the
  /// operator does.
  private static void mirror(ClusterView view, Draft draft) {
    String holder = view.holder();
    if (holder.isEmpty()
        || holder.equals(view.cluster().currentPrimary())
        || view.instance(holder).isEmpty()) {
      return;
    }
    Duration since = Duration.between(view.memory().holderChanged(), view.now());
    // also where PostgreSQL is stopped, if the data is a primary's
    boolean says = view.instance(holder).map(i -> i.reports() && i.said().primary()).orElse(false);
    if (says && since.compareTo(MIRROR_AFTER) >= 0) {
      draft.add(
          new Action.MirrorHolder(holder, "it holds the Lease and says that it is the primary"));
    } else {
      draft.lookAgain(Duration.ofSeconds(1));
    }
  }

  // --- switchover ---------------------------------------------------------------------------

  private static void switchover(ClusterView view, Draft draft) {
    String current = view.cluster().currentPrimary();
    String target = view.cluster().targetPrimary();
    if (target.isEmpty() || target.equals(current)) {
      return;
    }
    draft.stop();
    String holder = view.holder();
    boolean pending = target.equals(ObjectNames.PENDING_PRIMARY);
    if (pending && !holder.isEmpty()) {
      draft.add(new Action.SetTarget(holder, "", "it holds the Lease"));
      return;
    }
    if (!pending && holder.equals(current) && lost(view, target)) {
      draft.warn(
          "SwitchoverAbandoned",
          "%s is no running instance of the Cluster, so %s stays the primary; choose a target that `kubectl get pods` shows as ready"
              .formatted(target, current));
      draft.add(new Action.SetTarget(current, "", target + " can't become the primary"));
      return;
    }
    if (holder.equals(current) && givenUp(view, current, target)) {
      draft.warn(
          "SwitchoverAbandoned",
          "%s did not come near enough to take over from %s, which stays the primary; try again when `howdah status` shows it streaming with little lag"
              .formatted(target, current));
      draft.add(new Action.SetTarget(current, "", current + " gave the switchover up"));
      return;
    }
    draft.lookAgain(Duration.ofSeconds(1));
    draft.phase(Phases.SWITCHOVER, "Switching over to " + target);
  }

  /// Whether the primary says that this switchover is not to be. What it says of an earlier one to
  /// the same target may still be around just after the next was asked for.
  private static boolean givenUp(ClusterView view, String primary, String target) {
    Instant since = StatusPlan.instant(view.cluster().status("targetPrimaryTimestamp"));
    return view.instance(primary).map(i -> i.said().refused().equals(target)).orElse(false)
        && (since == null || Duration.between(since, view.now()).compareTo(REPORT_LAG) > 0);
  }

  private static boolean lost(ClusterView view, String target) {
    Optional<Instance> instance = view.instance(target);
    if (instance.isEmpty() || !instance.get().exists()) {
      return true;
    }
    if (instance.get().hasActivePod() && instance.get().ready()) {
      return false;
    }
    Instant since = StatusPlan.instant(view.cluster().status("targetPrimaryTimestamp"));
    return since == null
        || Duration.between(since, view.now()).compareTo(TARGET_GRACE) > 0
        || !instance.get().hasActivePod();
  }

  // --- failover -----------------------------------------------------------------------------

  /// Says so when the primary is down and others will take over. They need no help.
  private static void failover(ClusterView view, Draft draft) {
    String current = view.cluster().currentPrimary();
    if (draft.stopped() || !failing(view)) {
      return;
    }
    draft.stop();
    draft.lookAgain(Duration.ofSeconds(1));
    String holder = view.holder();
    draft.warn(
        "FailingOver",
        "the primary %s is down; the other instances elect a new one".formatted(current));
    draft.phase(
        Phases.FAILOVER,
        holder.isEmpty() || holder.equals(current)
            ? "Initiating a failover from " + current
            : "Failing over from %s to %s".formatted(current, holder));
  }

  /// Whether the primary is down and somebody else can take its place.
  static boolean failing(ClusterView view) {
    String current = view.cluster().currentPrimary();
    if (current.isEmpty() || view.fenced(current)) {
      return false;
    }
    long others =
        view.existing().stream().filter(i -> !i.name().equals(current) && i.hasActivePod()).count();
    if (others == 0) {
      return false;
    }
    String phase = view.cluster().phase();
    if (phase.equals(Phases.PRIMARY_RESTART) || phase.equals(Phases.PRIMARY_RESTART_IN_PLACE)) {
      return view.holder().isEmpty();
    }
    if (view.holder().isEmpty()) {
      return true;
    }
    return view.instance(current).map(i -> !i.ready() && !diskFull(i)).orElse(true);
  }

  private static boolean diskFull(Instance instance) {
    return instance.pod() != null && instance.pod().diskFull();
  }

  // --- drain --------------------------------------------------------------------------------

  private static void drain(ClusterView view, Draft draft) {
    String current = view.cluster().currentPrimary();
    Instance primary = view.instance(current).orElse(null);
    if (primary == null
        || primary.pod() == null
        || !current.equals(view.holder())
        || view.fenced(current)
        || !drained(view, primary.pod().node())) {
      return;
    }
    Optional<Instance> target =
        view.existing().stream()
            .filter(i -> !i.name().equals(current) && candidate(view, i))
            .filter(i -> i.pod() != null && !drained(view, i.pod().node()))
            .max(
                Comparator.<Instance, Lsn>comparing(i -> i.said().received())
                    .thenComparing(Instance::name, Comparator.reverseOrder()));
    String node = primary.pod().node();
    if (target.isEmpty()) {
      draft.warn(
          "DrainWaiting",
          "node %s is being emptied, but no other instance is ready to take over from %s; the drain waits for one"
              .formatted(node, current));
      draft.lookAgain(Duration.ofSeconds(5));
      return;
    }
    String name = target.get().name();
    draft.normal(
        "SwitchingOver",
        "node %s is being emptied: the primary moves from %s to %s".formatted(node, current, name));
    draft.add(new Action.SetTarget(name, "", "node " + node + " is being emptied"));
    draft.phase(Phases.SWITCHOVER, "Switching over to " + name);
    draft.stop();
  }

  /// Whether a planned switchover to this instance is safe and quick.
  static boolean candidate(ClusterView view, Instance instance) {
    return instance.ready()
        && instance.reports()
        && instance.said().streaming()
        && !view.fenced(instance.name());
  }

  private static boolean drained(ClusterView view, String name) {
    ObservedNode node = view.nodes().get(name);
    return node != null
        && (node.unschedulable()
            || node.taints().stream()
                .anyMatch(view.blueprint().settings().drainTaints()::contains));
  }
}
