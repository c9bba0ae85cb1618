// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Finalizers;
import dev.howdah.api.names.Phases;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.desired.InstanceJobs;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.ObservedJob;
import dev.howdah.operator.cluster.observed.ObservedObject;
import dev.howdah.operator.cluster.observed.ObservedVolume;
import dev.howdah.operator.tree.Tree;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// Takes a Cluster back to an earlier moment, in place, as a Restore asks.
///
/// Stopping: the pods go, the primary's last, so that its last WAL is archived. Restoring: a job on
/// the primary's volume keeps the data aside and makes it anew; it says how that ended, and until
/// it has said so no server starts. Then the other volumes go, since they hold what was given up,
/// and with the Lease what the instances know of each other: the restored instance is the first
/// primary of its data. Starting: everything else as ever.
///
/// What is done is told from what exists; the phase in the status only says which part is next, so
/// an operator that dies anywhere goes on where it was.
final class RestorePlan {
  private static final String STOPPING = "Stopping";
  private static final String RESTORING = "Restoring";
  private static final String STARTING = "Starting";

  /// How often a job may end without an outcome.
  private static final int TRIES = 3;

  private static final String COMPLETED = "Completed";
  private static final String FAILED = "Failed";
  private static final Set<String> OVER = Set.of(COMPLETED, FAILED);
  private static final Duration SOON = Duration.ofSeconds(1);

  private RestorePlan() {}

  static void decide(ClusterView view, Draft draft) {
    List<ObservedObject> restores =
        view.objects().stream()
            .filter(object -> object.kind().equals(Resource.RESTORES.kind()))
            .toList();
    restores.stream()
        .filter(restore -> OVER.contains(phase(restore)) && isHeld(restore))
        .forEach(restore -> finish(view, restore, draft));
    List<ObservedObject> open =
        restores.stream()
            .filter(restore -> !OVER.contains(phase(restore)))
            .sorted(Comparator.comparing(RestorePlan::turn))
            .toList();
    if (open.isEmpty()) {
      return;
    }
    ObservedObject next = open.getFirst();
    Optional<ObservedObject> undo =
        open.stream().filter(r -> phase(r).isEmpty() && undoes(r) && !isLeaving(r)).findFirst();
    if (undo.isPresent() && phase(next).equals(STARTING) && !RestoredServer.takesWrites(view)) {
      String why = "the restored server doesn't take writes, and %s takes the data of before back";
      end(view, next, FAILED, why.formatted(undo.get().name()), draft);
    } else {
      one(view, next, draft);
    }
  }

  private static String phase(ObservedObject restore) {
    return restore.tree().path("status").path("phase").asText("");
  }

  private static boolean isLeaving(ObservedObject restore) {
    return restore.meta().deleting();
  }

  private static boolean isHeld(ObservedObject restore) {
    return restore
        .tree()
        .path("metadata")
        .path("finalizers")
        .toString()
        .contains(Finalizers.RESTORE);
  }

  /// One that is at work goes before those that wait.
  private static String turn(ObservedObject restore) {
    return (phase(restore).isEmpty() ? "1 " : "0 ")
        + restore.tree().path("metadata").path("creationTimestamp").asText("")
        + " "
        + restore.name();
  }

  private static void one(ClusterView view, ObservedObject restore, Draft draft) {
    switch (phase(restore)) {
      case "" -> begin(view, restore, draft);
      case STOPPING -> stop(view, restore, draft);
      case RESTORING -> restore(view, restore, draft);
      case STARTING -> start(view, restore, draft);
      default -> {} // of a later version
    }
  }

  // --- begin --------------------------------------------------------------------------------

  private static void begin(ClusterView view, ObservedObject restore, Draft draft) {
    if (isLeaving(restore)) {
      letGo(restore, draft);
      return;
    }
    Optional<Instance> primary = view.instance(seat(view)).filter(Instance::exists);
    String why = impossible(view, primary);
    if (why.isEmpty()) {
      why = elsewhere(view, restore, seat(view));
    }
    if (!why.isEmpty()) {
      end(view, restore, FAILED, why, draft);
      draft.warn("RestoreRefused", restore.name() + ": " + why);
      return;
    }
    if (!isHeld(restore)) {
      finalizers(restore, true, draft);
      draft.lookAgain(SOON);
      return;
    }
    ObjectNode status = Json.object().put("phase", STOPPING);
    status.put("startedAt", view.now().truncatedTo(ChronoUnit.SECONDS).toString());
    status.put("message", "the instances are stopped, the primary last");
    report(restore, status, "it begins", draft);
    draft.normal(
        "RestoreStarted", "Restore %s takes the Cluster back in place".formatted(restore.name()));
    busy(restore, "The instances are stopped", draft);
  }

  /// The instance that has the data: the primary, or where none came up after a Restore the one
  /// that shall be it.
  private static String seat(ClusterView view) {
    return view.primary().isEmpty() ? view.cluster().targetPrimary() : view.primary();
  }

  /// An undo needs the volume with the copy, and the primary on it: what another instance has
  /// written since would not be kept. Any other Restore would take that volume away, too.
  private static String elsewhere(ClusterView view, ObservedObject restore, String primary) {
    Optional<Instance> keeper = KeptData.elsewhere(view, primary);
    if (keeper.isPresent() && !undoes(restore)) {
      return KeptData.advice(view, keeper.get().name());
    }
    if (!undoes(restore)
        || view.instance(primary).filter(i -> KeptData.isOn(view, i)).isPresent()) {
      return "";
    }
    String kept = keeper.map(Instance::name).orElse(lastRestored(view));
    boolean away =
        !kept.equals(primary) && view.instance(kept).filter(Instance::exists).isPresent();
    return away
        ? "the data of before is kept on the volumes of %s, but %s is the primary; make %s the primary first: howdah promote %s %s"
            .formatted(kept, primary, kept, view.cluster().name(), kept)
        : "";
  }

  private static boolean undoes(ObservedObject restore) {
    return restore.tree().path("spec").path("undo").asBoolean(false);
  }

  /// The instance whose volume the last Restore was done on; empty if none is known.
  private static String lastRestored(ClusterView view) {
    return view.objects().stream()
        .filter(object -> object.kind().equals(Resource.RESTORES.kind()))
        .filter(object -> phase(object).equals(COMPLETED))
        .map(object -> object.tree().path("status"))
        .max(Comparator.comparing(status -> status.path("endedAt").asText("")))
        .map(status -> status.path("instance").asText(""))
        .orElse("");
  }

  private static String impossible(ClusterView view, Optional<Instance> primary) {
    if (primary.isEmpty() || primary.get().initializing()) {
      return "there is no instance with data to take back; recover into a new Cluster with spec.bootstrap.recovery";
    }
    if (HibernationPlan.asleep(view)) {
      return "the Cluster is hibernated; wake it up first: annotation cnpg.io/hibernation=off";
    }
    var spec = view.blueprint().spec();
    if (follows(view)) {
      return "the Cluster follows %s, which would lead it forth again at once; take that one back, or promote this one first"
          .formatted(Objects.requireNonNull(spec.replica()).source());
    }
    boolean store = spec.backup() != null && spec.backup().barmanObjectStore() != null;
    boolean plugin = spec.plugins().stream().anyMatch(p -> p.enabled() && p.isWalArchiver());
    return store || plugin
        ? ""
        : "the Cluster has no archive to restore from; it needs spec.backup.barmanObjectStore, or a plugin with isWALArchiver";
  }

  private static boolean follows(ClusterView view) {
    var replica = view.blueprint().spec().replica();
    if (replica == null) {
      return false;
    }
    String self = replica.self() == null ? view.cluster().name() : replica.self();
    return replica.primary() == null || replica.primary().isEmpty()
        ? Boolean.TRUE.equals(replica.enabled())
        : !replica.primary().equals(self);
  }

  // --- stop ---------------------------------------------------------------------------------

  private static void stop(ClusterView view, ObservedObject restore, Draft draft) {
    if (isLeaving(restore)) {
      draft.normal("RestoreAborted", restore.name() + " was deleted before any data was touched");
      letGo(restore, draft);
      return;
    }
    busy(restore, "The instances are stopped", draft);
    // there may be a failover meanwhile, and nobody holds the Lease of those that have stopped
    String known = restore.tree().path("status").path("instance").asText(seat(view));
    String primary = view.holder().isEmpty() ? known : view.holder();
    for (ObservedJob job : view.jobs()) {
      draft.delete(
          Resource.JOBS, job.meta(), "", Action.Guard.NONE, "the Cluster is being restored");
    }
    boolean waiting = view.pods().stream().anyMatch(pod -> pod.meta().deleting());
    if (!waiting) {
      HibernationPlan.next(view)
          .ifPresent(pod ->
              draft.delete(
                  Resource.PODS,
                  pod.meta(),
                  pod.name(),
                  Action.Guard.NONE,
                  "the Cluster is being restored in place"));
    }
    if (view.pods().isEmpty() && view.jobs().isEmpty()) {
      String why = elsewhere(view, restore, primary);
      if (!why.isEmpty()) {
        end(view, restore, FAILED, why, draft);
        draft.warn("RestoreRefused", restore.name() + ": " + why);
        return;
      }
      report(
          restore,
          Json.object()
              .put("phase", RESTORING)
              .put("instance", primary)
              .put("message", "a job restores the data on the volume; what was there is kept"),
          "nothing runs any more",
          draft);
    } else if (!restore.tree().path("status").path("instance").asText("").equals(primary)) {
      report(restore, Json.object().put("instance", primary), "it is the primary", draft);
    }
  }

  // --- restore ------------------------------------------------------------------------------

  private static void restore(ClusterView view, ObservedObject restore, Draft draft) {
    String name = restore.tree().path("status").path("instance").asText("");
    Instance instance = view.instance(name).filter(Instance::exists).orElse(null);
    busy(restore, "The data of " + name + " is restored", draft);
    if (instance == null) {
      end(view, restore, FAILED, "the volume of %s is gone".formatted(name), draft);
      draft.warn("RestoreFailed", "the volume of %s is gone".formatted(name));
      return;
    }
    JsonNode outcome = restore.tree().path("status").path("outcome");
    ObservedJob job = instance.job();
    if (outcome.isObject()) {
      if (job != null && job.state() == ObservedJob.State.RUNNING) {
        return; // it has said how it ended, and ends
      }
      if (job != null) {
        draft.delete(Resource.JOBS, job.meta(), name, Action.Guard.NONE, "it is done");
      }
      if (outcome.path("result").asText("").equals("Restored")) {
        replaced(view, restore, instance, draft);
      } else {
        String why = outcome.path("message").asText("");
        end(view, restore, FAILED, why + " The data is as it was before.", draft);
        draft.warn("RestoreFailed", why + " The data is as it was before.");
      }
      return;
    }
    if (job == null) {
      if (view.jobs().isEmpty()) {
        draft.create(
            Resource.JOBS,
            InstanceJobs.inPlace(
                view.blueprint(), instance.serial(), restore.name(), givesUp(restore)),
            name,
            "Restore " + restore.name());
      }
      return;
    }
    if (job.meta().deleting()) {
      return;
    }
    if (job.state() != ObservedJob.State.RUNNING) {
      again(restore, job, draft);
    } else if (isLeaving(restore) && job.meta().annotation(InstanceJobs.GIVES_UP).isEmpty()) {
      draft.delete(
          Resource.JOBS,
          job.meta(),
          name,
          Action.Guard.NONE,
          "the Restore was deleted; another job puts the data back");
    }
  }

  /// Why the data is to be put back; empty: it isn't.
  private static String givesUp(ObservedObject restore) {
    JsonNode status = restore.tree().path("status");
    if (isLeaving(restore)) {
      return "the Restore was deleted, which calls it off.";
    }
    return status.path("tries").asInt(0) < TRIES
        ? ""
        : "it was tried %d times in vain, at last: %s."
            .formatted(TRIES, status.path("lastError").asText("its job ended without a word"));
  }

  /// A job that ended without an outcome has another try; the last ones put back, and nothing else.
  private static void again(ObservedObject restore, ObservedJob job, Draft draft) {
    int tries = restore.tree().path("status").path("tries").asInt(0) + 1;
    String error = restore.tree().path("status").path("lastError").asText(job.message());
    String then =
        tries < TRIES
            ? "it is begun anew"
            : "the data of before is put back; if that doesn't end, look at the log of its pod";
    String message = "job %s ended without an outcome (%s); %s".formatted(job.name(), error, then);
    draft.warn("RestoreInterrupted", message);
    report(
        restore, Json.object().put("tries", tries).put("message", message), "it has failed", draft);
    // not before the try is counted
    draft.delete(Resource.JOBS, job.meta(), subject(restore), Action.Guard.NONE, then);
    draft.lookAgain(Duration.ofSeconds(10));
  }

  /// The restored volume is the Cluster's data now: what else there is belongs to the past.
  private static void replaced(
      ClusterView view, ObservedObject restore, Instance instance, Draft draft) {
    String startedAt = restore.tree().path("status").path("startedAt").asText("");
    if (!KeptData.note(view, instance, startedAt, draft)) {
      return;
    }
    boolean alone = true;
    for (ObservedVolume volume : view.volumes()) {
      if (!volume.instance().equals(instance.name())
          && volume.meta().owner().equals(view.cluster().meta().uid())) {
        alone = false;
        draft.delete(
            Resource.PERSISTENT_VOLUME_CLAIMS,
            volume.meta(),
            volume.instance(),
            Action.Guard.UNCHANGED,
            "it holds what was given up; the instance is cloned anew from the restored one");
      }
    }
    if (!alone) {
      return;
    }
    if (view.lease() != null && !view.lease().incarnation().isEmpty()) {
      draft.delete(
          Resource.LEASES,
          view.lease().meta(),
          "",
          Action.Guard.UNCHANGED,
          "it knows the data that was given up");
      return;
    }
    String why = instance.name() + " has the restored data";
    if (!view.cluster().currentPrimary().isEmpty()
        || !view.cluster().targetPrimary().equals(instance.name())) {
      draft.add(new Action.ForgetPrimary(instance.name(), why));
      return;
    }
    report(
        restore,
        Json.object()
            .put("phase", STARTING)
            .put("message", "the restored server starts; the other instances are cloned from it"),
        why,
        draft);
  }

  // --- start --------------------------------------------------------------------------------

  private static void start(ClusterView view, ObservedObject restore, Draft draft) {
    if (isLeaving(restore)) {
      letGo(restore, draft);
      return;
    }
    draft.lookAgain(SOON);
    if (!RestoredServer.takesWrites(view)) {
      RestoredServer.trouble(view, restore)
          .filter(why -> !why.equals(restore.tree().path("status").path("message").asText("")))
          .ifPresent(why -> {
            draft.warn("RestoredServerDown", restore.name() + ": " + why);
            report(restore, Json.object().put("message", why), "it takes long", draft);
          });
      return;
    }
    JsonNode outcome = restore.tree().path("status").path("outcome");
    boolean undone = undoes(restore);
    String message =
        "%s; the data of before is kept on the volumes of %s for a day: howdah restore %s --undo"
            .formatted(
                undone
                    ? "the data of before the last restore is back"
                    : "restored from backup " + outcome.path("backupId").asText("?"),
                restore.tree().path("status").path("instance").asText(""),
                view.cluster().name());
    draft.normal("RestoreCompleted", restore.name() + ": " + message);
    end(view, restore, COMPLETED, message, draft);
  }

  // --- finish -------------------------------------------------------------------------------

  /// What follows when it is over; until that is done, its finalizer keeps it.
  private static void finish(ClusterView view, ObservedObject restore, Draft draft) {
    if (phase(restore).equals(COMPLETED) && !isLeaving(restore)) {
      RestoredServer.backup(view, restore, subject(restore), draft);
    }
    letGo(restore, draft);
  }

  // --- common -------------------------------------------------------------------------------

  /// Whom its own steps concern: none of them is done when one before failed.
  private static String subject(ObservedObject restore) {
    return "Restore " + restore.name();
  }

  private static void busy(ObservedObject restore, String what, Draft draft) {
    draft.stop();
    draft.phase(Phases.RESTORING_IN_PLACE, "%s (Restore %s)".formatted(what, restore.name()));
    draft.lookAgain(SOON);
  }

  private static void end(
      ClusterView view, ObservedObject restore, String phase, String message, Draft draft) {
    ObjectNode status = Json.object().put("phase", phase).put("message", message);
    status.put("endedAt", view.now().truncatedTo(ChronoUnit.SECONDS).toString());
    report(restore, status, "it is over", draft);
    draft.lookAgain(SOON); // its finalizer goes next
  }

  private static void report(
      ObservedObject restore, ObjectNode status, String reason, Draft draft) {
    draft.add(
        new Action.Report(Resource.RESTORES, restore.meta(), status, subject(restore), reason));
  }

  /// A Restore that is over, or that is being deleted, may go.
  private static void letGo(ObservedObject restore, Draft draft) {
    if (isHeld(restore)) {
      finalizers(restore, false, draft);
    }
  }

  private static void finalizers(ObservedObject restore, boolean on, Draft draft) {
    var names = Json.mapper().createArrayNode();
    for (JsonNode name : restore.tree().path("metadata").path("finalizers")) {
      if (!name.asText("").equals(Finalizers.RESTORE)) {
        names.add(name);
      }
    }
    if (on) {
      names.add(Finalizers.RESTORE);
    }
    draft.add(
        new Action.Merge(
            Resource.RESTORES,
            restore.meta(),
            Tree.map("metadata", Tree.map("finalizers", names)),
            subject(restore),
            on ? "until the data is whole again" : "nothing is under way any more"));
  }
}
