// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import dev.howdah.api.names.Conditions;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.api.names.Phases;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.desired.InstanceJobs;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.ObservedJob.State;
import dev.howdah.operator.cluster.observed.ObservedLease;
import dev.howdah.operator.cluster.observed.ObservedVolume;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/// A Cluster that had data and has no volume any more: says what to do, or recovers it from its own
/// archive where its owner has said beforehand that this shall be done.
///
/// What the archive holds is older than what was lost, so nothing is made anew as long as anything
/// exists that may bring the data back: a claim or a pod in whatever state, a volume that was bound
/// to such a claim, or a holder of the Lease that may still be running somewhere.
public final class AutoRecoveryPlan {
  /// On a Cluster: `enabled` recovers it from its own archive when no volume is left.
  public static final String POLICY = "howdah.dev/autoRecovery";

  /// On the claim of the data: the instance's data comes from the Cluster's own archive.
  public static final String RECOVERS = "howdah.dev/recoversFrom";

  private static final String ARCHIVE = "archive";
  private static final Duration AGAIN = Duration.ofSeconds(10);

  private AutoRecoveryPlan() {}

  /// Whether the decision depends on what is left of the Cluster, which has to be looked up.
  public static boolean asksForRemains(ClusterView view) {
    return isLost(view) && isWanted(view);
  }

  /// Whether there is no volume with data: none at all, or only those of clones that never ended,
  /// as nobody is left whom they could copy.
  static boolean isLost(ClusterView view) {
    return view.initialized() && view.instances().stream().allMatch(AutoRecoveryPlan::isEmpty);
  }

  private static boolean isEmpty(Instance instance) {
    if (instance.dataVolume() == null) {
      return instance.leaving().isEmpty(); // what is left without the data is named
    }
    boolean filled = instance.job() != null && instance.job().state() == State.SUCCEEDED;
    return instance.initializing()
        && !filled
        && instance.data().map(data -> !recovers(data.meta().annotation(RECOVERS))).orElse(false);
  }

  /// The claims of clones that never ended: they hold nothing that could come back.
  public static Set<String> emptyClaims(ClusterView view) {
    return view.instances().stream()
        .filter(Instance::initializing)
        .flatMap(instance -> instance.volumes().stream())
        .map(ObservedVolume::name)
        .collect(Collectors.toSet());
  }

  private static boolean isWanted(ClusterView view) {
    return view.cluster().meta().annotation(POLICY).equals("enabled");
  }

  static void decide(ClusterView view, Draft draft) {
    String why = obstacle(view);
    if (why.isEmpty()) {
      recover(view, draft);
      return;
    }
    draft.phase(Phases.UNRECOVERABLE, why);
    draft.condition(Conditions.DATA_LOST, true, "NoVolumeLeft", why);
    draft.lookAgain(AGAIN);
  }

  /// Why nothing is recovered, and what to do; empty: it is.
  static String obstacle(ClusterView view) {
    String cluster = view.cluster().name();
    String lost =
        view.volumes().isEmpty()
            ? "No volume of the Cluster is left. "
            : "No volume of the Cluster with data is left. ";
    var spec = view.blueprint().spec();
    boolean store = spec.backup() != null && spec.backup().barmanObjectStore() != null;
    boolean plugin = spec.plugins().stream().anyMatch(p -> p.enabled() && p.isWalArchiver());
    if (!store && !plugin) {
      return lost
          + "It has no archive, so its data can't be brought back; delete it, or create another Cluster from a backup that you have";
    }
    if (spec.replica() != null) {
      return lost
          + "It is, or was, a replica cluster; delete it and create it anew from its source";
    }
    if (!isWanted(view)) {
      return lost
          + "Look for the volumes first: kubectl get pv,pvc -A. To recover it from its own archive, to the newest moment there: kubectl annotate cluster -n %s %s %s=enabled. To recover to another moment: create another Cluster with spec.bootstrap.recovery"
              .formatted(view.cluster().namespace(), cluster, POLICY);
    }
    String copying =
        view.instances().stream()
            .map(Instance::job)
            .filter(job -> job != null && job.state() == State.RUNNING)
            .map(job -> Objects.requireNonNull(job).name())
            .collect(Collectors.joining(" "));
    if (!copying.isEmpty()) {
      return lost
          + "A clone that was being made may still be completed, so nothing is recovered yet; if its log says that it finds no primary: kubectl delete job -n %s %s"
              .formatted(view.cluster().namespace(), copying);
    }
    List<String> remains = view.remains();
    if (remains == null) {
      return lost
          + "Whether anything of it remains can't be read, so it isn't recovered from the archive; the operator needs the permission to list persistentvolumes, persistentvolumeclaims and pods (with the chart's watchNamespaces: autoRecovery.listPersistentVolumes)";
    }
    if (!remains.isEmpty()) {
      return "No instance of the Cluster is left, but its data may come back, so it isn't recovered from the archive yet: %s. Bring them back, or delete what is lost for good"
          .formatted(String.join(", ", remains));
    }
    return mayStillRun(view)
        ? lost
            + "%s holds the Lease and may still be running; the recovery from the archive waits until the Lease has run out"
                .formatted(view.holder())
        : "";
  }

  private static boolean mayStillRun(ClusterView view) {
    ObservedLease lease = view.lease();
    if (lease == null || lease.holder().isEmpty()) {
      return false;
    }
    Duration unchanged = Duration.between(view.memory().renewed(), view.now());
    return unchanged.compareTo(Duration.ofSeconds(2L * Math.max(1, lease.duration()))) < 0;
  }

  private static void recover(ClusterView view, Draft draft) {
    String name = ObjectNames.instance(view.cluster().name(), 1);
    String why = "no volume is left, and the Cluster asks to be recovered from its archive";
    draft.phase(Phases.SETTING_UP_PRIMARY, "Recovering the Cluster from its own archive");
    draft.condition(
        Conditions.DATA_LOST,
        true,
        "Recovering",
        "No volume of the Cluster was left; it is recovered from its own archive");
    if (view.lease() != null && !view.lease().incarnation().isEmpty()) {
      draft.delete(
          Resource.LEASES,
          view.lease().meta(),
          "",
          Action.Guard.UNCHANGED,
          "it knows the data that was lost");
      return;
    }
    if (!view.instances().isEmpty()) {
      clear(view, draft);
      return;
    }
    if (!view.cluster().currentPrimary().isEmpty()
        || !view.cluster().targetPrimary().equals(name)) {
      draft.add(new Action.ForgetPrimary(name, why));
      return;
    }
    InstancesPlan.volumes(view, 1, name, why, ARCHIVE, draft);
    draft.create(Resource.JOBS, InstanceJobs.fromOwnArchive(view.blueprint(), 1), name, why);
    draft.warn(
        "RecoveringLostCluster",
        "no volume of the Cluster is left; %s is made from the archive, to the newest moment there"
            .formatted(name));
  }

  private static void clear(ClusterView view, Draft draft) {
    for (Instance instance : view.instances()) {
      String why = "it is a clone that was never completed, and nobody is left to copy";
      if (instance.job() != null) {
        draft.delete(Resource.JOBS, instance.job().meta(), instance.name(), Action.Guard.NONE, why);
      }
      for (ObservedVolume volume : instance.volumes()) {
        draft.delete(
            Resource.PERSISTENT_VOLUME_CLAIMS,
            volume.meta(),
            instance.name(),
            Action.Guard.UNCHANGED,
            why);
      }
    }
  }

  /// Whether an instance that isn't filled yet is to be filled from the archive.
  static boolean recovers(String annotation) {
    return annotation.equals(ARCHIVE);
  }
}
