// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.ClusterStatus;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.operator.cache.Mirror;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Says in a Cluster from when on the snapshots of its volumes allow a recovery. Anybody may delete
/// a VolumeSnapshot at any time, so this is looked at again as long as it says anything.
final class SnapshotTimes {
  private static final Duration AGAIN = Duration.ofMinutes(1);
  private static final Duration REFUSED = Duration.ofMinutes(10);

  private final KubeClient client;
  private final Mirror<BackupView> backups;
  private final InstantSource clock;

  SnapshotTimes(KubeClient client, Mirror<BackupView> backups, InstantSource clock) {
    this.client = client;
    this.backups = backups;
    this.clock = clock;
  }

  /// One look at a Cluster whose status lists snapshots.
  ///
  /// @return when to look again
  Duration look(Key cluster) {
    try {
      tell(cluster);
      return AGAIN;
    } catch (KubeException e) {
      if (!e.isForbidden()) {
        throw e;
      }
      return REFUSED; // each Backup says so
    }
  }

  /// Writes what there is now, if the Cluster is there.
  void tell(Key cluster) {
    if (client.find(Resource.CLUSTERS, cluster.namespace(), cluster.name()).isEmpty()) {
      return;
    }
    List<String> ends = ends(cluster);
    new ClusterStatus(client, cluster.namespace(), cluster.name(), clock)
        .putBackups(
            BackupView.METHOD_SNAPSHOT,
            ends.isEmpty() ? null : ends.getFirst(),
            ends.isEmpty() ? null : ends.getLast());
  }

  /// The ends of those Backups of a Cluster whose snapshots are there.
  private List<String> ends(Key cluster) {
    var data =
        Selection.labels(
            Labels.CLUSTER + "=" + cluster.name() + "," + Labels.PVC_ROLE + "=" + Labels.PG_DATA);
    List<ObjectNode> found;
    try {
      found = client.list(Resource.VOLUME_SNAPSHOTS, cluster.namespace(), data).items();
    } catch (KubeException e) {
      if (e.isNotFound()) {
        return List.of();
      }
      throw e;
    }
    return found.stream()
        .filter(snapshot -> !snapshot.path("metadata").has("deletionTimestamp"))
        .filter(snapshot -> stays(cluster, snapshot))
        .map(snapshot -> Json.annotation(snapshot, Annotations.BACKUP_END_TIME))
        .filter(end -> !end.isEmpty())
        .sorted()
        .toList();
  }

  /// What an absent Backup owns is about to go.
  private boolean stays(Key cluster, ObjectNode snapshot) {
    JsonNode owner = snapshot.path("metadata").path("ownerReferences").path(0);
    @Nullable String uid = owner.path("uid").asText(null);
    return !owner.path("kind").asText("").equals("Backup")
        || backups.of(cluster).stream()
            .anyMatch(b -> Json.uid(b.object()).equals(uid) && !b.isLeaving());
  }
}
