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
  private final SnapshotBackups snapshots;
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
    this.snapshots = new SnapshotBackups(client, backups, events, clock);
    this.events = events;
    this.clock = clock;
    this.leads = leads;
  }

  /// One pass over a Backup.
  ///
  /// @return when to look again
  @Nullable Duration reconcile(Key key) {
    if (!leads.getAsBoolean()) {
      return null;
    }
    Optional<BackupView> found = backups.find(key.namespace(), key.name());
    try {
      if (found.isEmpty()) {
        snapshots.forgotten(key);
        return null;
      }
      return pass(key, found.get());
    } catch (KubeException e) {
      if (e.isConflict() || e.isNotFound()) {
        return STALE;
      }
      if (e.isForbidden() && found.isPresent() && found.get().isHeld()) {
        return snapshots.refused(found.get(), e, this::write);
      }
      throw e;
    }
  }

  private @Nullable Duration pass(Key key, BackupView backup) {
    if (backup.isOver() || backup.isLeaving()) {
      snapshots.release(backup, this::write);
      return null;
    }
    ObjectNode cluster =
        client.find(Resource.CLUSTERS, key.namespace(), backup.cluster()).orElse(null);
    List<Pod> pods = cluster == null ? List.of() : pods(key.namespace(), backup.cluster());
    BackupDecision decision =
        BackupDecision.of(
            backup, cluster, pods, backups.of(new Key(key.namespace(), backup.cluster())));
    if (!backup.isSnapshot() || cluster == null) {
      return execute(backup, decision);
    }
    if (decision instanceof BackupDecision.Wait && backup.isAtWork()) {
      String name = backup.instance().path("podName").asText("");
      boolean ready = pods.stream().anyMatch(pod -> pod.name().equals(name) && pod.ready());
      return snapshots.step(backup, cluster, ready, this::write);
    }
    if (decision instanceof BackupDecision.Start) {
      Optional<BackupDecision.Fail> obstacle = snapshots.obstacle(key.namespace());
      return obstacle.isPresent()
          ? execute(backup, obstacle.get())
          : execute(snapshots.hold(backup), decision, backup.wantsOnline(cluster));
    }
    return execute(backup, decision);
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
    return execute(backup, decision, true);
  }

  /// @param online whether the server is to go on while the backup is taken
  private @Nullable Duration execute(BackupView backup, BackupDecision decision, boolean online) {
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
        fields.put("online", online);
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

  /// That a Backup is gone.
  void gone(BackupView backup) {
    snapshots.gone(backup);
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
