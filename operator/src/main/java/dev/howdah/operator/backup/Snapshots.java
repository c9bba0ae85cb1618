// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.backup.SnapshotDecision.Part;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// The VolumeSnapshots of Backups.
final class Snapshots {
  private static final String APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

  private final KubeClient client;

  Snapshots(KubeClient client) {
    this.client = client;
  }

  /// The volumes of the instance that takes a Backup.
  List<Part> parts(BackupView backup) {
    String instance = backup.instance().path("podName").asText("");
    var selection =
        Selection.labels(
            Labels.CLUSTER + "=" + backup.cluster() + "," + Labels.INSTANCE_NAME + "=" + instance);
    return SnapshotDecision.parts(
        backup.name(),
        client.list(Resource.PERSISTENT_VOLUME_CLAIMS, backup.namespace(), selection).items());
  }

  /// Those of this Backup's names that exist.
  Map<String, ObjectNode> existing(BackupView backup, List<Part> parts) {
    var found = new HashMap<String, ObjectNode>();
    var names = new TreeSet<String>();
    parts.forEach(part -> names.add(part.snapshot()));
    for (JsonNode element : backup.status().path("snapshotBackupStatus").path("elements")) {
      names.add(element.path("name").asText(""));
    }
    for (String name : names) {
      client
          .find(Resource.VOLUME_SNAPSHOTS, backup.namespace(), name)
          .ifPresent(snapshot -> found.put(name, snapshot));
    }
    return found;
  }

  void create(BackupView backup, ObjectNode cluster, Part part, Instant now) {
    JsonNode asked = cluster.path("spec").path("backup").path("volumeSnapshot");
    ObjectNode snapshot =
        Json.object(Resource.VOLUME_SNAPSHOTS, backup.namespace(), part.snapshot());
    ObjectNode metadata = snapshot.withObject("/metadata");
    client
        .find(Resource.PERSISTENT_VOLUME_CLAIMS, backup.namespace(), part.claim())
        .ifPresent(
            claim -> copy(claim.path("metadata").path("labels"), metadata.withObject("/labels")));
    copy(asked.path("labels"), metadata.withObject("/labels"));
    label(metadata.withObject("/labels"), backup, part);
    copy(asked.path("annotations"), metadata.withObject("/annotations"));
    annotate(metadata.withObject("/annotations"), backup, cluster, now);
    own(asked.path("snapshotOwnerReference").asText("none"), backup, cluster, metadata);
    ObjectNode spec = snapshot.putObject("spec");
    spec.putObject("source").put("persistentVolumeClaimName", part.claim());
    String name = className(asked, part);
    if (!name.isEmpty()) {
      spec.put("volumeSnapshotClassName", name);
    }
    try {
      client.create(Resource.VOLUME_SNAPSHOTS, snapshot);
    } catch (KubeException e) {
      if (!e.isAlreadyExists()) {
        throw e; // whose it is, is seen in the next pass
      }
    }
  }

  private static void label(ObjectNode labels, BackupView backup, Part part) {
    labels.put(Labels.CLUSTER, backup.cluster()).put(Labels.PVC_ROLE, part.role());
    labels.put(Labels.INSTANCE_NAME, backup.instance().path("podName").asText(""));
    if (!part.tablespace().isEmpty()) {
      labels.put(Labels.TABLESPACE_NAME, part.tablespace());
    }
    labels.put(Labels.BACKUP_NAME, backup.name());
    String started = backup.status().path("startedAt").asText("");
    if (started.length() >= 10) {
      String day = started.substring(0, 10).replace("-", "");
      labels.put(Labels.BACKUP_YEAR, day.substring(0, 4));
      labels.put(Labels.BACKUP_MONTH, day.substring(0, 6)).put(Labels.BACKUP_DATE, day);
    }
    String wal = backup.status().path("beginWal").asText("");
    if (wal.length() >= 8) {
      labels.put(
          Labels.BACKUP_TIMELINE,
          Integer.toString(Integer.parseUnsignedInt(wal.substring(0, 8), 16)));
    }
    labels.put(Labels.MAJOR_VERSION, backup.status().path("majorVersion").asText("0"));
  }

  private static void annotate(
      ObjectNode annotations, BackupView backup, ObjectNode cluster, Instant now) {
    JsonNode status = backup.status();
    annotations.put(Annotations.OPERATOR_VERSION, OperatorSettings.VERSION);
    annotations.put(SnapshotDecision.BACKUP_UID, Json.uid(backup.object()));
    annotations.put(Annotations.ONLINE_BACKUP, Boolean.toString(backup.isOnline()));
    annotations.put(Annotations.BACKUP_START_WAL, status.path("beginWal").asText(""));
    annotations.put(Annotations.BACKUP_START_TIME, status.path("startedAt").asText(""));
    annotations.put(
        Annotations.SNAPSHOT_START_TIME, now.truncatedTo(ChronoUnit.SECONDS).toString());
    annotations.put(
        Annotations.PG_CONTROLDATA,
        status.path("pluginMetadata").path("howdah.dev/pgControldata").asText(""));
    ObjectNode manifest = Json.object(Resource.CLUSTERS, backup.namespace(), backup.cluster());
    ObjectNode about = manifest.withObject("/metadata");
    for (String field : List.of("labels", "annotations")) {
      if (cluster.path("metadata").has(field)) {
        about.set(field, cluster.path("metadata").path(field).deepCopy());
      }
    }
    about.withObject("/annotations").remove(List.of(APPLIED, Annotations.FENCED_INSTANCES));
    manifest.set("spec", cluster.path("spec"));
    annotations.put(Annotations.CLUSTER_MANIFEST, manifest.toString());
  }

  private static String className(JsonNode asked, Part part) {
    String data = asked.path("className").asText("");
    return switch (part.role()) {
      case Labels.PG_WAL -> asked.path("walClassName").asText(data);
      case Labels.PG_TABLESPACE ->
          asked.path("tablespaceClassName").path(part.tablespace()).asText(data);
      default -> data;
    };
  }

  private static void copy(JsonNode from, ObjectNode to) {
    from.properties().forEach(entry -> to.put(entry.getKey(), entry.getValue().asText()));
  }

  private static void own(String who, BackupView backup, ObjectNode cluster, ObjectNode metadata) {
    ObjectNode owner =
        switch (who) {
          case "backup" -> backup.object();
          case "cluster" -> cluster;
          default -> null;
        };
    if (owner != null) {
      metadata
          .putArray("ownerReferences")
          .addObject()
          .put("apiVersion", owner.path("apiVersion").asText("postgresql.cnpg.io/v1"))
          .put("kind", who.equals("backup") ? "Backup" : "Cluster")
          .put("name", Json.name(owner))
          .put("uid", Json.uid(owner));
    }
  }

  /// What the status of the Backup says of them.
  static ObjectNode elements(List<Part> parts) {
    ObjectNode fields = Json.object();
    ArrayNode elements = fields.putObject("snapshotBackupStatus").putArray("elements");
    for (Part part : parts) {
      ObjectNode element = elements.addObject().put("name", part.snapshot());
      element.put("type", part.role());
      if (!part.tablespace().isEmpty()) {
        element.put("tablespaceName", part.tablespace());
      }
    }
    return fields;
  }

  /// Notes on each what a recovery needs.
  void annotate(BackupView backup, List<Part> parts, Instant now) {
    JsonNode status = backup.status();
    ObjectNode body = Json.object();
    ObjectNode annotations = body.putObject("metadata").putObject("annotations");
    if (backup.isOnline()) {
      annotations.put(Annotations.BACKUP_LABEL_FILE, status.path("backupLabelFile").asText(""));
      annotations.put(
          Annotations.BACKUP_TABLESPACE_MAP_FILE, status.path("tablespaceMapFile").asText(""));
    }
    annotations.put(Annotations.BACKUP_END_WAL, status.path("endWal").asText(""));
    annotations.put(Annotations.BACKUP_END_TIME, status.path("stoppedAt").asText(""));
    annotations.put(Annotations.SNAPSHOT_END_TIME, now.truncatedTo(ChronoUnit.SECONDS).toString());
    annotations.put("howdah.dev/backupEndLSN", status.path("endLSN").asText(""));
    for (Part part : parts) {
      client.merge(Resource.VOLUME_SNAPSHOTS, backup.namespace(), part.snapshot(), body.deepCopy());
    }
  }

  /// Takes those of a failed Backup away.
  void delete(BackupView backup) {
    var mine = Selection.labels(Labels.BACKUP_NAME + "=" + backup.name());
    List<ObjectNode> found;
    try {
      found = client.list(Resource.VOLUME_SNAPSHOTS, backup.namespace(), mine).items();
    } catch (KubeException e) {
      if (e.isNotFound()) {
        return;
      }
      throw e;
    }
    for (ObjectNode snapshot : found) {
      if (Json.annotation(snapshot, SnapshotDecision.BACKUP_UID)
          .equals(Json.uid(backup.object()))) {
        try {
          client.delete(
              Resource.VOLUME_SNAPSHOTS,
              backup.namespace(),
              Json.name(snapshot),
              DeleteOptions.ofUid(Json.uid(snapshot)));
        } catch (KubeException e) {
          if (!e.isNotFound() && !e.isConflict()) {
            throw e;
          }
        }
      }
    }
  }
}
