// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import dev.howdah.api.names.Phases;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import java.util.Comparator;
import java.util.Optional;

/// Takes instances away that are too many: one at a time, never the primary.
final class ScaleDownPlan {
  private ScaleDownPlan() {}

  static void decide(ClusterView view, Draft draft) {
    int wanted = view.blueprint().spec().instances();
    int surplus = view.existing().size() - wanted;
    if (surplus <= 0) {
      return;
    }
    String what = "%d instances exist, %d are wanted".formatted(view.existing().size(), wanted);
    int least = view.blueprint().spec().maxSyncReplicas() + 1;
    if (wanted < least) {
      draft.warn(
          "NoScaleDown",
          "spec.instances is %d, but spec.maxSyncReplicas %d needs at least %d; lower it first"
              .formatted(wanted, least - 1, least));
      return;
    }
    boolean busy = view.instances().stream().anyMatch(i -> !i.exists());
    if (busy) {
      draft.phase(Phases.WAITING_FOR_INSTANCES, what + "; one is being taken away");
      return;
    }
    if (!InstancesPlan.primaryReady(view)) {
      draft.phase(
          Phases.WAITING_FOR_INSTANCES, what + "; none is taken away without a ready primary");
      return;
    }
    Optional<Instance> victim = victim(view);
    if (victim.isEmpty()) {
      KeptData.elsewhere(view, view.primary())
          .ifPresent(kept ->
              draft.warn("NoScaleDown", what + ", but " + KeptData.advice(view, kept.name())));
      return;
    }
    draft.normal("ScaleDown", "Scaling down: removing instance " + victim.get().name());
    InstancesPlan.rebuild(view, victim.get(), what, draft);
    draft.phase(Phases.WAITING_FOR_INSTANCES, what);
  }

  /// An instance that does nothing goes first, then one that isn't ready, then the newest; none
  /// whose volumes hold what a Restore has kept.
  static Optional<Instance> victim(ClusterView view) {
    return view.existing().stream()
        .filter(instance -> !InstancesPlan.isPrimary(view, instance.name()))
        .filter(instance -> !KeptData.isOn(view, instance))
        .max(
            Comparator.<Instance>comparingInt(i -> i.pod() == null ? 2 : i.ready() ? 0 : 1)
                .thenComparingInt(Instance::serial));
  }
}
