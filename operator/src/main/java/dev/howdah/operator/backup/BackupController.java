// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.operator.backup.BackupDecision.Pod;
import dev.howdah.operator.cache.Mirror;
import dev.howdah.operator.tree.Tree;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives each Backup to an instance, and looks after it until it is over. The instance itself takes
/// it and says how it went.
final class BackupController {
  private static final Logger LOG = LoggerFactory.getLogger(BackupController.class);
  private static final Duration STALE = Duration.ofMillis(100);

  private final KubeClient client;
  private final Mirror<BackupView> backups;
  private final Snapshots snapshots;
  private final EventRecorder events;
  private final InstantSource clock;
  private final BooleanSupplier leads;

  BackupController(
      KubeClient client,
      Mirror<BackupView> backups,
      EventRecorder events,
      InstantSource clock,
      BooleanSupplier leads) {
    this.client = client;
    this.backups = backups;
    this.snapshots = new Snapshots(client);
    this.events = events;
    this.clock = clock;
    this.leads = leads;
  }

  /// One pass over a Backup.
  ///
  /// @return when to look again
  @Nullable Duration reconcile(Key key) {
    Optional<BackupView> found = backups.find(key.namespace(), key.name());
    if (found.isEmpty() || !leads.getAsBoolean()) {
      return null;
    }
    BackupView backup = found.get();
    if (backup.isOver()) {
      if (backup.isSnapshot() && backup.phase().equals("failed")) {
        snapshots.delete(backup);
      }
      return null;
    }
    ObjectNode cluster =
        client.find(Resource.CLUSTERS, key.namespace(), backup.cluster()).orElse(null);
    BackupDecision decision =
        BackupDecision.of(
            backup,
            cluster,
            cluster == null ? List.of() : pods(key.namespace(), backup.cluster()),
            backups.of(new Key(key.namespace(), backup.cluster())));
    try {
      if (decision instanceof BackupDecision.Wait
          && backup.isSnapshot()
          && backup.isAtWork()
          && cluster != null) {
        return snapshot(backup, cluster);
      }
      if (decision instanceof BackupDecision.Start
          && backup.isSnapshot()
          && !snapshots.served(key.namespace())) {
        decision =
            new BackupDecision.Fail(
                "ClusterHasNoVolumeSnapshotCRD",
                "the API server has no kind VolumeSnapshot (snapshot.storage.k8s.io/v1); install a CSI driver's snapshot controller and its CRDs, or use method barmanObjectStore or plugin");
      }
      return execute(backup, decision);
    } catch (KubeException e) {
      if (e.isConflict() || e.isNotFound()) {
        return STALE;
      }
      throw e;
    }
  }

  private List<Pod> pods(String namespace, String cluster) {
    var selection =
        Selection.labels(
            Labels.CLUSTER
                + "="
                + cluster
                + ","
                + Labels.POD_ROLE
                + "="
                + Labels.POD_ROLE_INSTANCE);
    var pods = new ArrayList<Pod>();
    for (ObjectNode pod : client.list(Resource.PODS, namespace, selection).items()) {
      JsonNode status = pod.path("status");
      boolean leaving = pod.path("metadata").has("deletionTimestamp");
      boolean ready =
          Tree.named(status.path("conditions"), "type", "Ready")
              .path("status")
              .asText("")
              .equals("True");
      JsonNode container = Tree.named(status.path("containerStatuses"), "name", "postgres");
      pods.add(
          new Pod(Json.name(pod), ready && !leaving, container.path("containerID").asText("")));
    }
    return pods;
  }

  private @Nullable Duration execute(BackupView backup, BackupDecision decision) {
    switch (decision) {
      case BackupDecision.Wait(var again) -> {
        return again;
      }
      case BackupDecision.Pend(var reason, var why, var again) -> {
        if (!backup.phase().equals("pending")) {
          write(backup, Json.object().put("phase", "pending"));
          events.normal(backup.object(), reason, why);
        }
        return again;
      }
      case BackupDecision.Fail(var reason, var why) -> {
        ObjectNode fields = Json.object().put("phase", "failed").put("error", why);
        fields.put("method", backup.method()).put("reconciliationTerminatedAt", now());
        write(backup, fields);
        events.warning(backup.object(), reason, why);
        return null;
      }
      case BackupDecision.Start(var pod, var container) -> {
        ObjectNode fields = Json.object().put("phase", "started").put("method", backup.method());
        fields
            .putObject("instanceID")
            .put("podName", pod)
            .put("ContainerID", container)
            .put("sessionID", "");
        fields.put("reconciliationStartedAt", now());
        fields
            .putObject("pluginMetadata")
            .put("howdah.dev/attempts", Integer.toString(backup.attempts() + 1));
        write(backup, fields);
        events.normal(
            backup.object(), "Starting", "Started backup for cluster " + backup.cluster());
        return BackupDecision.LATER;
      }
      case BackupDecision.Restart(var why) -> {
        ObjectNode fields = Json.object().put("phase", "pending");
        fields.putNull("instanceID");
        write(backup, fields);
        events.warning(backup.object(), "ReStarting", why + "; the backup is begun anew");
        return STALE;
      }
    }
  }

  /// One step of the snapshots that an instance holds the server's backup mode for.
  private Duration snapshot(BackupView backup, ObjectNode cluster) {
    List<SnapshotDecision.Part> parts = snapshots.parts(backup);
    var known = snapshots.existing(backup, parts);
    switch (SnapshotDecision.of(backup, parts, known, clock.instant())) {
      case SnapshotDecision.Wait(var again) -> {
        return again;
      }
      case SnapshotDecision.Create(var missing) -> {
        for (SnapshotDecision.Part part : missing) {
          snapshots.create(backup, cluster, part);
          events.normal(
              backup.object(), "CreateSnapshot", "Creating VolumeSnapshot " + part.snapshot());
        }
        return STALE;
      }
      case SnapshotDecision.Cut(var all) -> {
        write(backup, Snapshots.elements(all));
        return SnapshotDecision.POLL;
      }
      case SnapshotDecision.Complete(var all) -> {
        snapshots.annotate(backup, all);
        write(
            backup,
            Json.object().put("phase", "completed").put("reconciliationTerminatedAt", now()));
        return STALE;
      }
      case SnapshotDecision.Fail(var why) -> {
        execute(backup, new BackupDecision.Fail("Failed", why));
        return STALE;
      }
    }
  }

  private String now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /// Only into what was seen: an instance may have written meanwhile.
  private void write(BackupView backup, ObjectNode fields) {
    if (!leads.getAsBoolean()) {
      return;
    }
    LOG.atInfo()
        .addKeyValue("backup", backup.namespace() + "/" + backup.name())
        .addKeyValue("pod", fields.path("instanceID").path("podName").asText(""))
        .log("backup " + fields.path("phase").asText(""));
    backups.wrote(client.mergeStatusOfSeen(Resource.BACKUPS, backup.object(), fields));
  }

  /// Tells how a backup ended.
  void ended(BackupView backup) {
    if (!leads.getAsBoolean()) {
      return;
    }
    switch (backup.phase()) {
      case "completed" -> events.normal(backup.object(), "Completed", "Backup completed");
      case "failed" ->
          events.warning(
              backup.object(), "Failed", backup.object().path("status").path("error").asText(""));
      default -> {}
    }
  }
}
