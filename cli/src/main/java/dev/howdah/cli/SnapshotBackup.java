// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A backup that lies in snapshots of an instance's volumes.
///
/// @param volumes its VolumeSnapshots, that of the data first
record SnapshotBackup(String name, List<ObjectNode> volumes) {
  SnapshotBackup {
    volumes = List.copyOf(volumes);
  }

  /// Those of a Cluster in the order of their ends; none where snapshots aren't known.
  static List<SnapshotBackup> of(KubeClient client, String namespace, String cluster) {
    var byBackup = new TreeMap<String, List<ObjectNode>>();
    try {
      var ours = Selection.labels(Labels.CLUSTER + "=" + cluster + "," + Labels.BACKUP_NAME);
      client
          .list(Resource.VOLUME_SNAPSHOTS, namespace, ours)
          .items()
          .forEach(snapshot ->
              byBackup
                  .computeIfAbsent(
                      Json.label(snapshot, Labels.BACKUP_NAME), _ -> new java.util.ArrayList<>())
                  .add(snapshot));
    } catch (KubeException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
    return byBackup.entrySet().stream()
        .map(entry -> {
          entry
              .getValue()
              .sort(Comparator.comparing(SnapshotBackup::place).thenComparing(Json::name));
          return new SnapshotBackup(entry.getKey(), entry.getValue());
        })
        .sorted(Comparator.comparing(backup -> Backups.time(backup.ended())))
        .toList();
  }

  private static int place(ObjectNode snapshot) {
    return switch (role(snapshot)) {
      case Labels.PG_DATA -> 0;
      case Labels.PG_WAL -> 1;
      default -> 2;
    };
  }

  static String role(ObjectNode snapshot) {
    return Json.label(snapshot, Labels.PVC_ROLE);
  }

  private String said(String annotation) {
    return Json.annotation(volumes.getFirst(), annotation);
  }

  private @Nullable Instant moment(String annotation) {
    try {
      return Instant.parse(said(annotation));
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  @Nullable Instant began() {
    return moment(Annotations.BACKUP_START_TIME);
  }

  /// Null while it isn't complete.
  @Nullable Instant ended() {
    return moment(Annotations.BACKUP_END_TIME);
  }

  String beginWal() {
    return said(Annotations.BACKUP_START_WAL);
  }

  String timeline() {
    return Json.label(volumes.getFirst(), Labels.BACKUP_TIMELINE);
  }

  String status() {
    boolean ready =
        volumes.stream().allMatch(s -> s.path("status").path("readyToUse").asBoolean(false));
    boolean data = role(volumes.getFirst()).equals(Labels.PG_DATA);
    return !data ? "no data" : ended() == null || !ready ? "not ready" : "SNAPSHOT";
  }

  ObjectNode json() {
    var node = Json.object();
    node.put("name", name).put("method", "volumeSnapshot").put("status", status());
    node.put("beginTime", Backups.time(began())).put("endTime", Backups.time(ended()));
    node.put("beginWal", beginWal()).put("endWal", said(Annotations.BACKUP_END_WAL));
    node.put("timeline", timeline());
    node.put("online", said(Annotations.ONLINE_BACKUP).equals("true"));
    var all = node.putArray("volumes");
    for (var snapshot : volumes) {
      all.addObject()
          .put("name", Json.name(snapshot))
          .put("role", role(snapshot))
          .put("size", snapshot.path("status").path("restoreSize").asText("-"))
          .put("readyToUse", snapshot.path("status").path("readyToUse").asBoolean(false));
    }
    return node;
  }
}
