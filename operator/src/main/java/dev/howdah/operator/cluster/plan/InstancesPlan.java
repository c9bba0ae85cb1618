// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.JobRoles;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.api.names.Phases;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.desired.InstanceJobs;
import dev.howdah.operator.cluster.desired.InstancePod;
import dev.howdah.operator.cluster.desired.InstanceStorage;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.ObservedJob;
import dev.howdah.operator.cluster.observed.ObservedPod;
import dev.howdah.operator.cluster.observed.ObservedVolume;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The instances: the first one, those that are missing, those that broke. What is wrong with one
/// doesn't keep the others waiting.
final class InstancesPlan {
  /// How many instances are cloned from the primary at a time.
  private static final int CLONES = 3;

  private InstancesPlan() {}

  /// Repairs what exists; runs even while the primary changes.
  static void repair(ClusterView view, Draft draft) {
    for (Instance instance : view.instances()) {
      if (instance.exists()) {
        one(view, instance, draft);
      } else {
        leaving(view, instance, draft);
      }
    }
    strays(view, draft);
  }

  /// Pods whose volumes are gone serve nobody.
  private static void strays(ClusterView view, Draft draft) {
    for (ObservedPod pod : view.pods()) {
      boolean stray =
          view.instance(pod.name()).isEmpty() && !isPrimary(view, pod.name()) && pod.active();
      if (stray && primaryReady(view)) {
        draft.delete(
            Resource.PODS,
            pod.meta(),
            pod.name(),
            Action.Guard.COPIED_ELSEWHERE,
            "its volumes are gone");
      }
    }
  }

  /// Makes instances that are missing; not while the primary changes.
  static void grow(ClusterView view, Draft draft) {
    if (AutoRecoveryPlan.isLost(view)) {
      AutoRecoveryPlan.decide(view, draft);
      return;
    }
    if (view.existing().isEmpty()) {
      first(view, draft);
      return;
    }
    int missing = view.blueprint().spec().instances() - view.existing().size();
    if (missing <= 0 || view.existing().stream().allMatch(Instance::initializing)) {
      return;
    }
    if (!primaryReady(view) && !firstStarts(view)) {
      draft.phase(
          Phases.WAITING_FOR_INSTANCES,
          "The primary must be ready before instances can be cloned from it");
      return;
    }
    long cloning = view.existing().stream().filter(Instance::initializing).count();
    Set<String> taken =
        view.volumes().stream().map(ObservedVolume::instance).collect(Collectors.toSet());
    view.pods().forEach(pod -> taken.add(pod.name()));
    int serial = 0;
    for (long i = cloning; i < CLONES && missing > 0; i++, missing--) {
      do {
        serial++;
      } while (taken.contains(ObjectNames.instance(view.cluster().name(), serial)));
      replica(view, serial, draft);
    }
  }

  /// Whether instances can be cloned: the holder of the Lease is ready and there is no doubt about
  /// it.
  static boolean primaryReady(ClusterView view) {
    String holder = view.holder();
    return !holder.isEmpty()
        && holder.equals(view.cluster().currentPrimary())
        && view.instance(holder).map(Instance::ready).orElse(false);
  }

  /// Whether the first instance of a new Cluster starts on the data that was made for it. The jobs
  /// that clone it wait for it themselves: their pods are on their way meanwhile.
  private static boolean firstStarts(ClusterView view) {
    if (view.existing().size() != 1
        || !view.initialized()
        || view.cluster().status().path("latestGeneratedNode").asInt(0) > 1) {
      return false;
    }
    Instance only = view.existing().getFirst();
    return only.hasActivePod()
        && only.pod() != null
        && only.pod().scheduled()
        && Set.of("", only.name()).contains(view.holder())
        && Set.of("", only.name()).contains(view.cluster().currentPrimary());
  }

  // --- making -------------------------------------------------------------------------------

  private static void first(ClusterView view, Draft draft) {
    if (view.initialized()) {
      return; // its volumes are being deleted
    }
    if (draft.hasPhase() || !view.instances().isEmpty()) {
      return;
    }
    String name = ObjectNames.instance(view.cluster().name(), 1);
    String role = InstanceJobs.bootstrapRole(view.blueprint());
    String why = "it is the Cluster's first instance";
    draft.add(new Action.SetTarget(name, name, why));
    volumes(view, 1, name, why, "", draft);
    draft.create(
        Resource.JOBS, InstanceJobs.desired(view.blueprint(), 1, role), name, "it makes the data");
    draft.phase(Phases.SETTING_UP_PRIMARY, "Creating primary instance " + name);
    draft.normal("CreatingInstance", "Creating primary instance " + name + " (" + role + ")");
  }

  private static void replica(ClusterView view, int serial, Draft draft) {
    String name = ObjectNames.instance(view.cluster().name(), serial);
    String why =
        "%d of %d instances exist"
            .formatted(view.existing().size(), view.blueprint().spec().instances());
    volumes(view, serial, name, why, "", draft);
    draft.create(
        Resource.JOBS,
        InstanceJobs.desired(view.blueprint(), serial, JobRoles.JOIN),
        name,
        "it clones the primary");
    draft.phase(Phases.CREATING_REPLICA, "Creating replica " + name);
    draft.normal("CreatingInstance", "Creating replica " + name);
  }

  /// @param recovers what the data comes from, to be noted on its claim; empty: as ever
  static void volumes(
      ClusterView view, int serial, String name, String why, String recovers, Draft draft) {
    String role = role(view, name);
    for (InstanceStorage.Claim claim : InstanceStorage.claims(view.blueprint(), name)) {
      String state =
          claim.role().equals(Labels.PG_DATA)
              ? Annotations.PVC_INITIALIZING
              : Annotations.PVC_READY;
      JsonNode source = recovers.isEmpty() ? source(view, serial, claim) : null;
      ObjectNode object =
          InstanceStorage.desired(view.blueprint(), serial, claim, state, role, source);
      if (!recovers.isEmpty()) {
        object.withObject("/metadata/annotations").put(AutoRecoveryPlan.RECOVERS, recovers);
      }
      draft.create(Resource.PERSISTENT_VOLUME_CLAIMS, object, name, why);
    }
  }

  /// Only the first instance of a new Cluster begins with snapshots; the others copy it.
  private static @Nullable JsonNode source(
      ClusterView view, int serial, InstanceStorage.Claim claim) {
    return view.initialized() || serial != 1
        ? null
        : InstanceStorage.source(view.blueprint(), claim);
  }

  // --- repairing ----------------------------------------------------------------------------

  private static void one(ClusterView view, Instance instance, Draft draft) {
    if (unrecoverable(view, instance, draft)) {
      return;
    }
    List<InstanceStorage.Claim> missing = MissingClaims.of(view, instance);
    boolean primary = instance.name().equals(view.primary());
    boolean still = !instance.hasActivePod() && !instance.initializing() && !primary;
    Optional<InstanceStorage.Claim> gone =
        missing.stream().filter(claim -> MissingClaims.isGone(view, instance, claim)).findFirst();
    if (gone.isPresent() && still && instance.job() == null) {
      rebuild(view, instance, "its volume %s is gone".formatted(gone.get().name()), draft);
      return;
    }
    for (InstanceStorage.Claim claim : missing) {
      if (MissingClaims.isUnusable(view, instance, claim, draft)) {
        continue;
      }
      draft.create(
          Resource.PERSISTENT_VOLUME_CLAIMS,
          InstanceStorage.desired(
              view.blueprint(),
              instance.serial(),
              claim,
              Annotations.PVC_READY,
              role(view, instance.name()),
              source(view, instance.serial(), claim)),
          instance.name(),
          "the Cluster asks for this volume");
    }
    if (instance.initializing()) {
      initialize(view, instance, draft);
    } else {
      pod(view, instance, draft);
      finished(instance, draft);
      MissingClaims.note(instance, draft);
    }
  }

  private static void initialize(ClusterView view, Instance instance, Draft draft) {
    if (AutoRecoveryPlan.isLost(view)) {
      return; // nobody is left whom it could copy
    }
    ObservedJob job = instance.job();
    boolean recovers =
        view.holder().isEmpty()
            && instance
                .data()
                .map(data -> data.meta().annotation(AutoRecoveryPlan.RECOVERS))
                .filter(AutoRecoveryPlan::recovers)
                .isPresent();
    boolean bootstrap =
        recovers
            || (!view.initialized()
                && view.cluster().currentPrimary().isEmpty()
                && view.existing().stream().allMatch(Instance::initializing));
    String role = bootstrap ? InstanceJobs.bootstrapRole(view.blueprint()) : JobRoles.JOIN;
    if (bootstrap) {
      draft.phase(Phases.SETTING_UP_PRIMARY, "Creating primary instance " + instance.name());
    } else if (primaryReady(view)) {
      draft.phase(Phases.CREATING_REPLICA, "Creating replica " + instance.name());
    } else {
      draft.phase(
          Phases.WAITING_FOR_INSTANCES,
          "%s is cloned when the primary is ready".formatted(instance.name()));
    }
    if (job == null) {
      if (bootstrap || primaryReady(view)) {
        draft.create(
            Resource.JOBS,
            recovers
                ? InstanceJobs.fromOwnArchive(view.blueprint(), instance.serial())
                : InstanceJobs.desired(view.blueprint(), instance.serial(), role),
            instance.name(),
            "the volumes of %s are still empty".formatted(instance.name()));
      }
      return;
    }
    switch (job.state()) {
      case RUNNING -> draft.lookAgain(Duration.ofSeconds(30));
      case SUCCEEDED -> {
        markReady(instance, draft);
        createPod(view, instance, draft);
        finished(instance, draft);
      }
      case FAILED -> failed(instance, job, bootstrap, draft);
    }
  }

  private static void failed(Instance instance, ObservedJob job, boolean bootstrap, Draft draft) {
    String what =
        "Instance creation failed for the following jobs: %s%s"
            .formatted(job.name(), job.message().isEmpty() ? "" : " (" + job.message() + ")");
    draft.warn(
        "InstanceCreationFailed",
        what + "; `kubectl logs job/" + job.name() + "` says why. Delete the job to try again");
    if (bootstrap) {
      draft.phase(Phases.UNRECOVERABLE, what);
    } else {
      draft.delete(
          Resource.JOBS,
          job.meta(),
          instance.name(),
          Action.Guard.NONE,
          "it failed, and is tried again");
    }
  }

  private static void markReady(Instance instance, Draft draft) {
    draft.annotate(instance, Annotations.PVC_STATUS, Annotations.PVC_READY, "its data is complete");
  }

  private static void finished(Instance instance, Draft draft) {
    ObservedJob job = instance.job();
    if (job != null && job.state() == ObservedJob.State.SUCCEEDED) {
      draft.delete(Resource.JOBS, job.meta(), instance.name(), Action.Guard.NONE, "it is done");
    }
  }

  private static void pod(ClusterView view, Instance instance, Draft draft) {
    ObservedPod pod = instance.pod();
    if (pod == null) {
      if (instance.job() == null || instance.job().state() != ObservedJob.State.RUNNING) {
        createPod(view, instance, draft);
      }
    } else if (pod.ended() && !pod.meta().deleting()) {
      draft.delete(
          Resource.PODS,
          pod.meta(),
          instance.name(),
          Action.Guard.UNCHANGED,
          "it has ended and doesn't start again by itself");
    }
  }

  private static void createPod(ClusterView view, Instance instance, Draft draft) {
    if (!instance.leaving().isEmpty() || instance.pod() != null) {
      return; // the claims must be gone before others of the same name are bound
    }
    draft.create(
        Resource.PODS,
        InstancePod.desired(view.blueprint(), instance.serial(), role(view, instance.name())),
        instance.name(),
        "instance %s has no pod".formatted(instance.name()));
  }

  /// The role that labels announce from the start; empty while nobody leads.
  private static String role(ClusterView view, String instance) {
    String holder = view.holder();
    return holder.isEmpty() ? "" : holder.equals(instance) ? Labels.PRIMARY : Labels.REPLICA;
  }

  // --- taking away --------------------------------------------------------------------------

  private static boolean unrecoverable(ClusterView view, Instance instance, Draft draft) {
    ObservedPod pod = instance.pod();
    if (pod == null) {
      return false;
    }
    boolean asked = pod.meta().annotation(Annotations.UNRECOVERABLE).equals("true");
    var window = view.blueprint().spec().nodeMaintenanceWindow();
    boolean moved = window != null && window.inProgress() && !window.reusePvc() && !pod.scheduled();
    if (!asked && !moved) {
      return false;
    }
    if (isPrimary(view, instance.name())) {
      if (asked) {
        draft.warn(
            "DeleteUnrecoverableInstance",
            "%s is the primary, so it is not made anew; promote another instance first"
                .formatted(instance.name()));
      }
      return false;
    }
    String why =
        asked
            ? "its pod is annotated as unrecoverable"
            : "no node may run it while nodes are maintained, and volumes need not be kept";
    if ((!asked || instance.ready()) && !othersAreMade(view, instance)) {
      draft.phase(
          Phases.WAITING_FOR_INSTANCES,
          "%s is made anew (%s) when no other instance is".formatted(instance.name(), why));
      return true;
    }
    if (moved && !asked && KeptData.isOn(view, instance)) {
      rebuild(view, instance, why, draft); // says why not
      return true;
    }
    draft.warn("DeleteUnrecoverableInstance", instance.name() + " is made anew: " + why);
    remake(view, instance, why, draft);
    return true;
  }

  /// Deletes volumes, pod and job of an instance; a new one is cloned afterwards. Not while the
  /// volumes hold what a Restore has kept.
  static void rebuild(ClusterView view, Instance instance, String why, Draft draft) {
    if (KeptData.isOn(view, instance)) {
      String message =
          "%s must be made anew (%s), but %s"
              .formatted(instance.name(), why, KeptData.advice(view, instance.name()));
      draft.warn("KeptDataInTheWay", message);
      draft.phase(Phases.WAITING_FOR_INSTANCES, message);
      return;
    }
    remake(view, instance, why, draft);
  }

  /// Whether all others have their data.
  private static boolean othersAreMade(ClusterView view, Instance instance) {
    return view.existing().size() >= view.blueprint().spec().instances()
        && view.instances().stream()
            .filter(other -> !other.name().equals(instance.name()))
            .allMatch(other -> other.exists() && !other.initializing());
  }

  /// Of those that have data, one at a time.
  private static void remake(ClusterView view, Instance instance, String why, Draft draft) {
    if (instance.exists() && draft.deletesVolumes()) {
      draft.phase(
          Phases.WAITING_FOR_INSTANCES,
          "%s must be made anew (%s), after another".formatted(instance.name(), why));
      return;
    }
    if (isPrimary(view, instance.name()) || !primaryReady(view)) {
      draft.phase(
          Phases.WAITING_FOR_INSTANCES,
          "%s must be made anew (%s), which needs a ready primary".formatted(instance.name(), why));
      return;
    }
    for (ObservedVolume volume : instance.volumes()) {
      draft.delete(
          Resource.PERSISTENT_VOLUME_CLAIMS,
          volume.meta(),
          instance.name(),
          Action.Guard.COPIED_ELSEWHERE,
          why);
    }
    if (instance.pod() != null) {
      draft.delete(
          Resource.PODS,
          instance.pod().meta(),
          instance.name(),
          Action.Guard.COPIED_ELSEWHERE,
          why);
    }
    if (instance.job() != null) {
      draft.delete(Resource.JOBS, instance.job().meta(), instance.name(), Action.Guard.NONE, why);
    }
  }

  static boolean isPrimary(ClusterView view, String name) {
    return name.equals(view.holder())
        || name.equals(view.cluster().currentPrimary())
        || name.equals(view.cluster().targetPrimary());
  }

  /// The data volume is being deleted: nothing holds it but the pod, which goes too when others
  /// have the data.
  private static void leaving(ClusterView view, Instance instance, Draft draft) {
    @Nullable ObservedPod pod = instance.pod();
    Optional<ObservedVolume> data =
        instance.leaving().stream().filter(v -> v.role().equals(Labels.PG_DATA)).findFirst();
    if (data.isPresent()) {
      if (pod != null && !isPrimary(view, instance.name()) && primaryReady(view)) {
        draft.delete(
            Resource.PODS,
            pod.meta(),
            instance.name(),
            Action.Guard.COPIED_ELSEWHERE,
            "its volume is being deleted");
      } else if (pod != null) {
        draft.warn(
            "VolumeDeletionPending",
            "volume %s is to be deleted, but it is the primary's; it stays until another instance is promoted"
                .formatted(data.get().name()));
      }
      for (ObservedVolume volume : instance.volumes()) {
        if (!isPrimary(view, instance.name())) {
          draft.delete(
              Resource.PERSISTENT_VOLUME_CLAIMS,
              volume.meta(),
              instance.name(),
              Action.Guard.COPIED_ELSEWHERE,
              "the data volume it belonged to is gone");
        }
      }
    } else if (instance.data().isEmpty()
        && !isPrimary(view, instance.name())
        && pod == null
        && primaryReady(view)) {
      rebuild(view, instance, "its data volume is gone", draft);
    }
  }
}
