// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.EventReasons;
import dev.howdah.kube.ClusterStatus;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.operator.backup.SnapshotDecision.Part;
import dev.howdah.operator.cache.Mirror;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The operator's part in Backups by snapshots of volumes: has them cut while an instance holds
/// still, and tidies up after each, however it ended. A finalizer keeps the Backup until that is
/// done.
final class SnapshotBackups {
  private static final Duration AGAIN = Duration.ofMillis(100);
  private static final Duration REFUSED = Duration.ofSeconds(30);

  /// In the error of a Backup, between its own failure and why it can't be tidied up.
  private static final String UNTIDY = " [not tidied up yet] ";

  private static final String SUCCEEDED = "LastBackupSucceeded";

  private final KubeClient client;
  private final Mirror<BackupView> backups;
  private final Snapshots snapshots;
  private final SnapshotTimes times;
  private final EventRecorder events;
  private final InstantSource clock;
  private final Map<Key, String> deleted = new ConcurrentHashMap<>();

  SnapshotBackups(
      KubeClient client, Mirror<BackupView> backups, EventRecorder events, InstantSource clock) {
    this.client = client;
    this.backups = backups;
    this.snapshots = new Snapshots(client);
    this.times = new SnapshotTimes(client, backups, clock);
    this.events = events;
    this.clock = clock;
  }

  /// Whether one can be begun.
  Optional<BackupDecision.Fail> obstacle(String namespace) {
    try {
      return client.serves(Resource.VOLUME_SNAPSHOTS, namespace)
          ? Optional.empty()
          : Optional.of(
              new BackupDecision.Fail(
                  EventReasons.CLUSTER_HAS_NO_VOLUME_SNAPSHOT_CRD,
                  "the API server has no kind VolumeSnapshot (snapshot.storage.k8s.io/v1); install"
                      + " a CSI driver's snapshot controller and its CRDs, or use method"
                      + " barmanObjectStore or plugin"));
    } catch (KubeException e) {
      if (!e.isForbidden()) {
        throw e;
      }
      return Optional.of(new BackupDecision.Fail(EventReasons.FAILED, forbidden(e)));
    }
  }

  private static String forbidden(KubeException e) {
    return "the operator lacks a permission for snapshots (%s); bring its role up to date with the chart"
        .formatted(e.getMessage());
  }

  /// Says in the Backup that the operator isn't allowed to go on with it. One that was being taken
  /// fails; one that is over, or deleted, stays until it could be tidied up.
  ///
  /// @return when to try again
  Duration refused(BackupView backup, KubeException why, BiConsumer<BackupView, ObjectNode> write) {
    boolean over = backup.isOver() || backup.isLeaving();
    String error = over ? withoutRefusal(backup) + UNTIDY + forbidden(why) : forbidden(why);
    if (!error.equals(backup.status().path("error").asText(""))) {
      Instant now = clock.instant();
      write.accept(backup, over ? Json.object().put("error", error) : failed(error, now));
      events.warning(backup.object(), EventReasons.FAILED, forbidden(why));
    }
    return REFUSED;
  }

  /// What went wrong with the Backup itself.
  private static String withoutRefusal(BackupView backup) {
    String error = backup.status().path("error").asText("");
    int at = error.indexOf(UNTIDY);
    return at < 0 ? error : error.substring(0, at);
  }

  /// From now on it doesn't go before it was tidied up.
  BackupView hold(BackupView backup) {
    return backup.isHeld() ? backup : finalizers(backup, true);
  }

  private BackupView finalizers(BackupView backup, boolean held) {
    ObjectNode body = Json.object();
    ObjectNode metadata = body.putObject("metadata");
    metadata.put("uid", Json.uid(backup.object()));
    metadata.put("resourceVersion", Json.resourceVersion(backup.object()));
    ArrayNode names = metadata.putArray("finalizers");
    backup
        .object()
        .path("metadata")
        .path("finalizers")
        .forEach(name -> {
          if (!name.asText("").equals(BackupView.FINALIZER)) {
            names.add(name);
          }
        });
    if (held) {
      names.add(BackupView.FINALIZER);
    }
    ObjectNode now = client.merge(Resource.BACKUPS, backup.namespace(), backup.name(), body);
    if (held || !backup.isLeaving()) {
      backups.wrote(now);
    }
    return new BackupView(now);
  }

  /// One step while an instance holds still.
  ///
  /// @param ready whether that instance serves
  /// @param write into the Backup's status
  /// @return when to look again
  Duration step(
      BackupView backup,
      ObjectNode cluster,
      boolean ready,
      BiConsumer<BackupView, ObjectNode> write) {
    if (!backup.isOnline() && backup.phase().equals("finalizing")) {
      unfence(backup, cluster); // whatever else may be refused
    }
    List<Part> parts = snapshots.parts(backup);
    Map<String, ObjectNode> known = snapshots.existing(backup, parts);
    Instant now = clock.instant();
    switch (SnapshotDecision.of(backup, parts, known, ready, now)) {
      case SnapshotDecision.Wait(var again) -> {
        return again;
      }
      case SnapshotDecision.Fence() -> {
        fence(backup, cluster);
        return SnapshotDecision.SLOW_POLL;
      }
      case SnapshotDecision.Create(var missing) -> {
        Optional<String> refused = create(backup, cluster, missing, now);
        if (refused.isPresent()) {
          write.accept(backup, failed(refused.get(), now));
        }
        return AGAIN;
      }
      case SnapshotDecision.Cut(var all) -> {
        write.accept(backup, Snapshots.elements(all));
        return SnapshotDecision.POLL;
      }
      case SnapshotDecision.Complete(var all) -> {
        snapshots.annotate(backup, all, now);
        ObjectNode fields = Json.object().put("phase", "completed");
        fields.putObject("pluginMetadata").putNull("howdah.dev/pgControldata");
        write.accept(backup, fields.put("reconciliationTerminatedAt", time(now)));
        return AGAIN;
      }
      case SnapshotDecision.Fail(var why) -> {
        write.accept(backup, failed(why, now));
        return AGAIN;
      }
    }
  }

  private static ObjectNode failed(String why, Instant now) {
    return Json.object()
        .put("phase", "failed")
        .put("error", why)
        .put("reconciliationTerminatedAt", time(now));
  }

  /// @return why there will be none, where waiting doesn't help
  private Optional<String> create(
      BackupView backup, ObjectNode cluster, List<Part> missing, Instant now) {
    for (Part part : missing) {
      try {
        snapshots.create(backup, cluster, part, now);
      } catch (KubeException e) {
        if (e.isTransient() || e.isConflict()) {
          throw e;
        }
        return Optional.of(
            "the API server refused VolumeSnapshot %s (%s); see to that, and take another backup"
                .formatted(part.snapshot(), e.getMessage()));
      }
      events.normal(
          backup.object(),
          EventReasons.CREATE_SNAPSHOT,
          "Creating VolumeSnapshot " + part.snapshot());
    }
    return Optional.empty();
  }

  private static String time(Instant now) {
    return now.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private void fence(BackupView backup, ObjectNode cluster) {
    String pod = backup.instance().path("podName").asText("");
    FencedInstances fenced = FencedInstances.of(cluster);
    if (fenced.has(pod)) {
      return;
    }
    write(cluster, fenced.with(pod));
    String why = "Fencing instance %s for Backup %s".formatted(pod, backup.name());
    if (cluster.path("status").path("currentPrimary").asText("").equals(pod)) {
      events.warning(backup.object(), EventReasons.FENCE_POD, why + ": nobody can write meanwhile");
    } else {
      events.normal(backup.object(), EventReasons.FENCE_POD, why);
    }
  }

  private void unfence(BackupView backup, ObjectNode cluster) {
    String pod = backup.instance().path("podName").asText("");
    FencedInstances fenced = FencedInstances.of(cluster);
    if (fenced.has(pod)) {
      write(cluster, fenced.without(pod));
      events.normal(
          backup.object(), EventReasons.UNFENCE_POD, "Lifting the fence of instance " + pod);
    }
  }

  private void write(ObjectNode cluster, FencedInstances fenced) {
    ObjectNode body = Json.object();
    ObjectNode metadata = body.putObject("metadata");
    metadata.put("uid", Json.uid(cluster));
    metadata.put("resourceVersion", Json.resourceVersion(cluster));
    metadata
        .putObject("annotations")
        .put(Annotations.FENCED_INSTANCES, fenced.isEmpty() ? null : fenced.text());
    client.merge(Resource.CLUSTERS, Json.namespace(cluster), Json.name(cluster), body);
  }

  /// Tidies up after one that is over, or is deleted before.
  ///
  /// @param write into the Backup's status
  void release(BackupView backup, BiConsumer<BackupView, ObjectNode> write) {
    if (!backup.isHeld()) {
      return;
    }
    ObjectNode cluster =
        client.find(Resource.CLUSTERS, backup.namespace(), backup.cluster()).orElse(null);
    if (cluster != null && !backup.isOnline()) {
      unfence(backup, cluster); // whatever else may be refused
    }
    boolean completed = backup.phase().equals("completed");
    if (!completed) {
      snapshots.delete(backup);
    }
    if (cluster != null) {
      tell(backup, completed);
    }
    String error = withoutRefusal(backup);
    if (!error.equals(backup.status().path("error").asText(""))) {
      write.accept(backup, Json.object().put("error", error.isEmpty() ? null : error));
      return; // what was written comes back, and lets it go
    }
    finalizers(backup, false);
  }

  private void tell(BackupView backup, boolean completed) {
    var status = status(backup.namespace(), backup.cluster());
    if (completed) {
      status.set(new ClusterStatus.Condition(SUCCEEDED, true, SUCCEEDED, "Backup was successful"));
    } else {
      String why =
          backup.isLeaving() && !backup.isOver()
              ? "Backup %s was deleted before it was complete".formatted(backup.name())
              : backup.status().path("error").asText("");
      status.set(new ClusterStatus.Condition(SUCCEEDED, false, "LastBackupFailed", why));
      status.put(Json.object().put("lastFailedBackup", time(clock.instant())));
    }
    times.tell(new Key(backup.namespace(), backup.cluster()));
  }

  private ClusterStatus status(String namespace, String cluster) {
    return new ClusterStatus(client, namespace, cluster, clock);
  }

  /// That a Backup is gone, and with it perhaps its snapshots: to be followed up by [#forgotten].
  void gone(BackupView backup) {
    if (backup.isSnapshot()) {
      deleted.put(new Key(backup.namespace(), backup.name()), backup.cluster());
    }
  }

  /// Says in the Cluster what can be recovered without a Backup that is gone.
  void forgotten(Key key) {
    @Nullable String cluster = deleted.get(key);
    if (cluster == null) {
      return;
    }
    times.tell(new Key(key.namespace(), cluster));
    deleted.remove(key);
  }
}
