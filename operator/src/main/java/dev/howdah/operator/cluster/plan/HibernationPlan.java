// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Conditions;
import dev.howdah.api.names.Phases;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.ObservedPod;
import java.util.Optional;
import java.util.Set;

/// Sends a cluster to sleep: the pods go, the volumes stay.
///
/// The primary goes last: as nobody else is left then, its orderly stop is no failover, and it is
/// the most advanced one when the cluster wakes up.
final class HibernationPlan {
  /// What the condition says from the first pod's deletion on.
  private static final Set<String> BEGUN =
      Set.of(Conditions.DELETING_PODS, Conditions.WAITING_PODS_DELETION, Conditions.HIBERNATED);

  private HibernationPlan() {}

  static void decide(ClusterView view, Draft draft) {
    String value = asked(view);
    if (value.equals(Annotations.OFF)) {
      return;
    }
    String reached = reached(view);
    String wrong = "";
    if (!value.equals(Annotations.ON)) {
      wrong = "annotation %s is \"%s\"; write on or off".formatted(Annotations.HIBERNATION, value);
      draft.warn(Conditions.WRONG_ANNOTATION_VALUE, wrong);
      if (!BEGUN.contains(reached)) {
        draft.condition(Conditions.HIBERNATION, false, Conditions.WRONG_ANNOTATION_VALUE, wrong);
        return;
      }
      wrong = "; " + wrong + ", it stays asleep until then";
    }
    boolean healthy = view.cluster().phase().equals(Phases.HEALTHY) && Health.isHealthy(view);
    if (!healthy && !BEGUN.contains(reached)) {
      draft.condition(
          Conditions.HIBERNATION,
          false,
          Conditions.WAITING_FOR_HEALTHY,
          "the cluster must be healthy before it can be hibernated");
      return;
    }
    draft.stop();
    draft.phase(Phases.HEALTHY, "");
    if (view.pods().isEmpty()) {
      draft.condition(
          Conditions.HIBERNATION,
          true,
          Conditions.HIBERNATED,
          "Cluster has been hibernated" + wrong);
      return;
    }
    boolean waiting = view.pods().stream().anyMatch(pod -> pod.meta().deleting());
    draft.condition(
        Conditions.HIBERNATION,
        false,
        waiting ? Conditions.WAITING_PODS_DELETION : Conditions.DELETING_PODS,
        (waiting ? "a pod is being deleted" : "the pods are being deleted, the primary's last")
            + wrong);
    if (!waiting) {
      next(view)
          .ifPresent(pod ->
              draft.delete(
                  Resource.PODS,
                  pod.meta(),
                  pod.name(),
                  Action.Guard.NONE,
                  "the cluster is being hibernated"));
    }
  }

  /// The pod to stop next: the primary's is the last one.
  static Optional<ObservedPod> next(ClusterView view) {
    return view.pods().stream()
        .filter(pod -> !pod.name().equals(view.primary()))
        .findFirst()
        .or(() -> view.pods().stream().findFirst());
  }

  /// Whether a cluster sleeps, or is falling asleep. A wrong value changes nothing.
  static boolean asleep(ClusterView view) {
    String value = asked(view);
    return value.equals(Annotations.ON)
        || (!value.equals(Annotations.OFF) && BEGUN.contains(reached(view)));
  }

  private static String asked(ClusterView view) {
    return view.cluster()
        .meta()
        .annotations()
        .getOrDefault(Annotations.HIBERNATION, Annotations.OFF);
  }

  private static String reached(ClusterView view) {
    return view.cluster().condition(Conditions.HIBERNATION).path("reason").asText("");
  }
}
