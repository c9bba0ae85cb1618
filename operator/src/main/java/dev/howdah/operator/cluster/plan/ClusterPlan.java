// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Phases;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/// What to do about a Cluster: the entrance to the decision.
///
/// The parts run in the order of their weight: what the instances need to exist, who leads them,
/// what is broken, what is missing, what is too much, what is out of date. The first part that
/// names a phase names the Cluster's phase.
public final class ClusterPlan {
  private static final Duration SOON = Duration.ofSeconds(2);

  private ClusterPlan() {}

  /// Decides. No state of the world makes it throw.
  public static Plan decide(ClusterView view) {
    Draft draft = new Draft();
    ObjectsPlan.decide(view, draft);
    CertificatesPlan.decide(view, draft);
    UsersPlan.decide(view, draft);
    LabelsPlan.decide(view, draft);
    RestorePlan.decide(view, draft);
    if (!draft.stopped()) {
      HibernationPlan.decide(view, draft);
    }
    if (!draft.stopped()) {
      instances(view, draft);
    }
    boolean healthy = Health.isHealthy(view);
    if (!draft.hasPhase()) {
      draft.phase(
          healthy ? Phases.HEALTHY : Phases.WAITING_FOR_INSTANCES,
          healthy ? "" : Health.waitingFor(view));
    }
    ObjectNode status = StatusPlan.decide(view, draft);
    boolean settled =
        draft.actions.isEmpty()
            && draft.phase().equals(Phases.HEALTHY)
            && (healthy || HibernationPlan.asleep(view));
    if (!settled) {
      draft.lookAgain(SOON);
    }
    return new Plan(
        draft.actions,
        draft.notes,
        draft.phase(),
        draft.phaseReason(),
        status,
        settled,
        draft.lookAgain());
  }

  private static void instances(ClusterView view, Draft draft) {
    if (AdoptionPlan.decide(view, draft)) {
      return;
    }
    restartWithoutSwitchover(view, draft);
    LeadershipPlan.decide(view, draft);
    VolumesPlan.decide(view, draft);
    diskSpace(view, draft);
    InstancesPlan.repair(view, draft);
    if (draft.stopped()) {
      return;
    }
    InstancesPlan.grow(view, draft);
    ScaleDownPlan.decide(view, draft);
    unreachable(view, draft);
    restartInPlace(view, draft);
    UpdatePlan.decide(view, draft);
    if (draft.actions.stream().noneMatch(ClusterPlan::changesInstances)) {
      RolloutPlan.decide(view, draft);
    }
  }

  private static boolean changesInstances(Action action) {
    return switch (action) {
      case Action.Create create -> !create.subject().isEmpty();
      case Action.Delete delete -> !delete.subject().isEmpty();
      case Action.SetTarget _ -> true;
      default -> false;
    };
  }

  private static void diskSpace(ClusterView view, Draft draft) {
    String full =
        view.pods().stream()
            .filter(pod -> pod.diskFull())
            .map(pod -> pod.name())
            .collect(Collectors.joining(", "));
    if (!full.isEmpty()) {
      draft.warn(
          "NotEnoughDiskSpace",
          "no space is left for WAL on %s, so PostgreSQL doesn't start there; raise spec.storage.size or spec.walStorage.size"
              .formatted(full));
      draft.phase(Phases.NOT_ENOUGH_DISK_SPACE, "No space is left for WAL on " + full);
    }
  }

  private static void unreachable(ClusterView view, Draft draft) {
    List<Instance> ready = view.existing().stream().filter(Instance::ready).toList();
    if (!ready.isEmpty() && ready.stream().allMatch(i -> i.report() != null && !i.reports())) {
      draft.phase(
          Phases.INSTANCE_UNREACHABLE,
          "No instance answers the operator on port 8000, though they are ready (%s); look for a NetworkPolicy in between"
              .formatted(ready.getFirst().said().trouble()));
    }
  }

  /// While the primary's pod is replaced, the phase stays: it says that nobody shall help the
  /// standbys to take over. They do so by themselves when the primary isn't back in time.
  private static void restartWithoutSwitchover(ClusterView view, Draft draft) {
    boolean back = view.instance(view.holder()).map(Instance::ready).orElse(true);
    if (view.cluster().phase().equals(Phases.PRIMARY_RESTART)
        && view.holder().equals(view.cluster().currentPrimary())
        && !back) {
      draft.phase(Phases.PRIMARY_RESTART, view.cluster().status("phaseReason"));
      draft.lookAgain(SOON);
    }
  }

  /// A restart of the primary in place may be asked for by a person; the instance manager ends it
  /// by writing another phase.
  private static void restartInPlace(ClusterView view, Draft draft) {
    boolean asked =
        view.cluster().phase().equals(Phases.PRIMARY_RESTART_IN_PLACE) && !draft.hasPhase();
    boolean ready = view.instance(view.holder()).map(Instance::ready).orElse(false);
    if (asked && ready) {
      draft.phase(Phases.PRIMARY_RESTART_IN_PLACE, view.cluster().status("phaseReason"));
      draft.lookAgain(SOON);
    }
  }
}
