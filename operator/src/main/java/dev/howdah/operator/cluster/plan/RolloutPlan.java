// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import dev.howdah.api.names.Phases;
import dev.howdah.core.wal.Lsn;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.ObservedPod;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Brings instances up to what the Cluster asks for when that takes a restart: the standbys first,
/// one at a time, the one that lags most first; the primary last, so that its clients lose their
/// connections once at most.
final class RolloutPlan {
  private static final String UPGRADING_INSTANCE = "UpgradingInstance";
  private static final String RESTART_PENDING =
      "Postgres needs a restart to apply some configuration changes";
  private static final Duration SOON = Duration.ofSeconds(1);

  private RolloutPlan() {}

  static void decide(ClusterView view, Draft draft) {
    Map<Instance, String> drifted = drifted(view);
    if (stuck(view, drifted, draft)) {
      return;
    }
    String holder = view.holder();
    Instance primary = view.instance(holder).orElse(null);
    if (primary == null) {
      return;
    }
    if (!settled(view)) {
      Optional<Instance> halted = halted(view);
      if (halted.isPresent()) {
        restart(halted.get(), "it can't follow the primary with its old configuration", draft);
        return;
      }
      boolean more =
          !drifted.isEmpty() || view.existing().stream().anyMatch(i -> i.said().pendingRestart());
      if (more && Health.isComplete(view)) {
        draft.phase(
            Phases.UPGRADING, "Waiting for all standbys to stream, before the next restart");
        draft.lookAgain(SOON);
      }
      return;
    }
    if (primary.said().pendingDecrease()) {
      restartPrimaryInPlace(view, primary, "Decrease of hot standby sensitive parameters", draft);
      return;
    }
    Map<Instance, String> reasons = new LinkedHashMap<>(drifted);
    for (Instance instance : view.existing()) {
      if (instance.said().pendingRestart() && !view.fenced(instance.name())) {
        reasons.putIfAbsent(instance, RESTART_PENDING);
      }
    }
    Optional<Instance> standby =
        reasons.keySet().stream()
            .filter(i -> !i.name().equals(holder))
            .min(
                Comparator.<Instance, Lsn>comparing(i -> i.said().replayed())
                    .thenComparing(Comparator.comparingInt(Instance::serial).reversed()));
    String first = reasons.getOrDefault(standby.orElse(primary), "");
    if (PodDrift.isNewerOperator(first) && view.memory().rolloutWait().isPositive()) {
      draft.phase(Phases.UPGRADE_DELAYED, "The operator's rollout delays ask to wait");
      draft.lookAgain(view.memory().rolloutWait());
      return;
    }
    if (standby.isPresent()) {
      restart(standby.get(), reasons.getOrDefault(standby.get(), ""), draft);
    } else if (reasons.containsKey(primary) && sameConfiguration(view, primary)) {
      primary(view, primary, reasons.getOrDefault(primary, ""), draft);
    } else if (reasons.containsKey(primary)) {
      draft.lookAgain(SOON);
    }
  }

  private static Map<Instance, String> drifted(ClusterView view) {
    var drifted = new LinkedHashMap<Instance, String>();
    for (Instance instance : view.existing()) {
      ObservedPod pod = instance.pod();
      if (pod != null && pod.active() && !view.fenced(instance.name())) {
        String why = PodDrift.of(view, pod);
        if (!why.isEmpty()) {
          drifted.put(instance, why);
        }
      }
    }
    return drifted;
  }

  /// A pod that never came up and would be made differently now is made anew at once: nothing is
  /// lost, and waiting for it would take for ever.
  private static boolean stuck(ClusterView view, Map<Instance, String> drifted, Draft draft) {
    for (Map.Entry<Instance, String> entry : drifted.entrySet()) {
      ObservedPod pod = entry.getKey().pod();
      boolean neverRan =
          pod != null
              && !pod.ready()
              && pod.postgres().state() != ObservedPod.State.RUNNING
              && (pod.phase().equals("Pending") || !pod.trouble().isEmpty());
      if (neverRan && !entry.getKey().name().equals(view.holder())) {
        restart(entry.getKey(), entry.getValue(), draft);
        return true;
      }
    }
    return false;
  }

  /// A rollout goes on only while everything else is well, and stops at the first instance that
  /// doesn't come back.
  private static boolean settled(ClusterView view) {
    return view.holder().equals(view.cluster().currentPrimary())
        && view.existing().size() >= view.blueprint().spec().instances()
        && view.existing().stream().allMatch(i -> view.fenced(i.name()) || Health.isWell(view, i));
  }

  /// A standby that stopped replaying since one of its parameters is too small for what the primary
  /// writes: it never streams again, so nothing is gained by waiting for that. All others are well.
  private static Optional<Instance> halted(ClusterView view) {
    var halted =
        view.existing().stream()
            .filter(i -> !view.fenced(i.name()) && !Health.isWell(view, i))
            .toList();
    if (halted.size() != 1) {
      return Optional.empty();
    }
    Instance only = halted.getFirst();
    boolean waits =
        only.ready() && only.reports() && !only.said().primary() && only.said().pendingRestart();
    return waits && !only.name().equals(view.holder()) ? Optional.of(only) : Optional.empty();
  }

  /// The primary must not be restarted before the standbys were, and these say that they need it
  /// only after they have read the new configuration.
  private static boolean sameConfiguration(ClusterView view, Instance primary) {
    String wanted = primary.said().configuration();
    return wanted.isEmpty()
        || view.existing().stream()
            .filter(i -> !view.fenced(i.name()) && i.reports())
            .allMatch(i -> i.said().configuration().equals(wanted));
  }

  private static void restart(Instance instance, String why, Draft draft) {
    ObservedPod pod = instance.pod();
    if (pod == null) {
      return;
    }
    String message = "Restarting instance %s, because: %s".formatted(instance.name(), why);
    draft.phase(Phases.UPGRADING, message);
    draft.normal(UPGRADING_INSTANCE, message);
    // who becomes the primary changes the labels of its pod
    draft.delete(Resource.PODS, pod.meta(), instance.name(), Action.Guard.UNCHANGED, why);
  }

  private static void primary(ClusterView view, Instance primary, String why, Draft draft) {
    var spec = view.blueprint().spec();
    boolean alone = view.existing().size() == 1;
    if (spec.primaryUpdateStrategy().equals("supervised") && !alone) {
      draft.phase(Phases.WAITING_FOR_USER, "User must issue a supervised switchover");
      draft.normal(
          UPGRADING_INSTANCE,
          "the primary %s must be restarted (%s); promote another instance, or restart it, when it suits you"
              .formatted(primary.name(), why));
      return;
    }
    boolean restartOnly = why.equals(RESTART_PENDING);
    if (spec.primaryUpdateMethod().equals("switchover") && !alone) {
      switchover(view, primary, why, draft);
    } else if (restartOnly) {
      restartPrimaryInPlace(view, primary, "PostgreSQL configuration changed", draft);
    } else {
      ObservedPod pod = primary.pod();
      if (pod != null) {
        String message = "Restarting instance %s, because: %s".formatted(primary.name(), why);
        boolean told = alone || view.cluster().phase().equals(Phases.PRIMARY_RESTART);
        draft.phase(Phases.PRIMARY_RESTART, message);
        draft.normal(UPGRADING_INSTANCE, message);
        draft.lookAgain(SOON);
        if (told) { // its instance manager reads the phase, and keeps the Lease when it ends
          draft.delete(Resource.PODS, pod.meta(), primary.name(), Action.Guard.UNCHANGED, why);
        }
      }
    }
  }

  private static void restartPrimaryInPlace(
      ClusterView view, Instance primary, String why, Draft draft) {
    boolean supervised =
        view.blueprint().spec().primaryUpdateStrategy().equals("supervised")
            && view.existing().size() > 1;
    if (supervised && !view.cluster().phase().equals(Phases.PRIMARY_RESTART_IN_PLACE)) {
      draft.phase(Phases.WAITING_FOR_USER, "User must issue a supervised switchover");
      return;
    }
    if (!view.cluster().phase().equals(Phases.PRIMARY_RESTART_IN_PLACE)) {
      draft.normal(
          UPGRADING_INSTANCE,
          "Restarting PostgreSQL of the primary %s in place, because: %s"
              .formatted(primary.name(), why));
    }
    draft.phase(Phases.PRIMARY_RESTART_IN_PLACE, why);
    draft.lookAgain(SOON);
  }

  private static void switchover(ClusterView view, Instance primary, String why, Draft draft) {
    Optional<Instance> target =
        view.existing().stream()
            .filter(i -> !i.name().equals(primary.name()))
            .filter(i -> LeadershipPlan.candidate(view, i))
            .max(
                Comparator.<Instance, Lsn>comparing(i -> i.said().received())
                    .thenComparing(Comparator.comparingInt(Instance::serial).reversed()));
    if (target.isEmpty()) {
      draft.phase(Phases.UPGRADING, "Waiting for a standby that streams, to switch over to it");
      draft.lookAgain(Duration.ofSeconds(5));
      return;
    }
    String name = target.get().name();
    draft.normal(
        "Switchover",
        "Initiating switchover to %s to upgrade %s, because: %s"
            .formatted(name, primary.name(), why));
    draft.phase(Phases.SWITCHOVER, "Switching over to " + name);
    draft.add(new Action.SetTarget(name, "", why));
  }
}
