// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import dev.howdah.api.names.Phases;
import dev.howdah.operator.cluster.desired.ManagerOffer;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.ObservedPod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Gives running instances this operator's version of the instance manager without a restart of
/// PostgreSQL: one at a time, the standbys first.
final class UpdatePlan {
  private static final Duration SOON = Duration.ofMillis(500);

  private UpdatePlan() {}

  static void decide(ClusterView view, Draft draft) {
    ManagerOffer offer = view.blueprint().offer();
    if (offer.isNone()
        || draft.hasPhase()
        || !view.blueprint().settings().inPlaceManagerUpdates()) {
      return;
    }
    List<Instance> outdated = outdated(view, offer);
    if (outdated.isEmpty()) {
      return;
    }
    for (Instance instance : outdated) {
      String architecture = ManagerOffer.architecture(instance.said().program().architecture());
      if (!architecture.equals(offer.architecture())) {
        String reason =
            "%s runs on %s, and this operator has the instance manager for %s only"
                .formatted(instance.name(), architecture, offer.architecture());
        draft.phase(Phases.MISSING_ARCHITECTURE, reason);
        draft.warn("InstanceManagerUpdateFailed", reason);
        return;
      }
    }
    List<Instance> next = new ArrayList<>();
    for (Instance instance : outdated) {
      String failure = instance.said().program().failure();
      if (failure.isEmpty()) {
        next.add(instance);
      } else {
        draft.warn(
            "InstanceManagerUpdateFailed",
            "%s keeps the version of the instance manager that it has: %s"
                .formatted(instance.name(), failure));
      }
    }
    if (next.isEmpty()) {
      return;
    }
    update(view, offer, next, draft);
  }

  private static void update(
      ClusterView view, ManagerOffer offer, List<Instance> next, Draft draft) {
    boolean announced =
        view.cluster().status("operatorCertificateFingerprint").equals(offer.fingerprint())
            && view.cluster().status("cloudNativePGOperatorHash").equals(offer.hash());
    if (next.stream().anyMatch(i -> i.said().program().updating()) || !announced) {
      draft.phase(Phases.ONLINE_UPGRADE, "Updating the instance manager of " + names(next));
      draft.lookAgain(SOON);
      return;
    }
    if (!Health.isHealthy(view)) {
      return; // first things first
    }
    if (view.memory().rolloutWait().isPositive()) {
      draft.phase(Phases.UPGRADE_DELAYED, "The operator's rollout delays ask to wait");
      draft.lookAgain(view.memory().rolloutWait());
      return;
    }
    String holder = view.holder();
    Instance first =
        next.stream()
            .min(
                Comparator.comparing((Instance i) -> i.name().equals(holder))
                    .thenComparing(Comparator.comparingInt(Instance::serial).reversed()))
            .orElseThrow();
    ObservedPod pod = first.pod();
    if (pod != null) {
      draft.phase(Phases.ONLINE_UPGRADE, "Updating the instance manager of " + first.name());
      draft.add(
          new Action.UpdateManager(
              first.name(), pod.meta().uid(), "it runs another version of the instance manager"));
      draft.lookAgain(SOON);
    }
  }

  private static List<Instance> outdated(ClusterView view, ManagerOffer offer) {
    return view.existing().stream()
        .filter(i -> i.reports() && !view.fenced(i.name()))
        .filter(i -> i.pod() != null && i.pod().active())
        .filter(
            i -> !i.said().executable().isEmpty() && !i.said().program().architecture().isEmpty())
        .filter(i -> !i.said().executable().equals(offer.hash()))
        .toList();
  }

  private static String names(List<Instance> instances) {
    return String.join(", ", instances.stream().map(Instance::name).toList());
  }
}
