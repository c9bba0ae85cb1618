// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.observed.ObservedCluster;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// Whether the snapshots that a new Cluster is to begin with are there, all of one backup. A claim
/// that is filled from nothing would only stay pending, and nobody would say why.
final class SnapshotSources {
  private static final String FIELD = "spec.bootstrap.recovery.volumeSnapshots";

  private final KubeClient client;

  SnapshotSources(KubeClient client) {
    this.client = client;
  }

  /// What keeps a Cluster that has no volume yet from beginning; empty: nothing.
  Optional<String> problem(ObservedCluster cluster) {
    JsonNode asked = cluster.spec().at("/bootstrap/recovery/volumeSnapshots");
    if (!asked.isObject()) {
      return Optional.empty();
    }
    var references = new LinkedHashMap<String, JsonNode>();
    references.put(FIELD + ".storage", asked.path("storage"));
    if (asked.path("walStorage").isObject()) {
      references.put(FIELD + ".walStorage", asked.path("walStorage"));
    }
    asked
        .path("tablespaceStorage")
        .properties()
        .forEach(entry ->
            references.put(FIELD + ".tablespaceStorage." + entry.getKey(), entry.getValue()));
    var found = new LinkedHashMap<String, ObjectNode>();
    for (var reference : references.entrySet()) {
      boolean snapshot = reference.getValue().path("kind").asText("").equals("VolumeSnapshot");
      Resource kind = snapshot ? Resource.VOLUME_SNAPSHOTS : Resource.PERSISTENT_VOLUME_CLAIMS;
      String name = reference.getValue().path("name").asText("");
      Optional<ObjectNode> object;
      try {
        object = client.find(kind, cluster.namespace(), name);
      } catch (KubeException e) {
        if (!e.isForbidden()) {
          throw e;
        }
        return Optional.of(
            "%s: the operator may not read it (%s); bring its role up to date with the chart"
                .formatted(reference.getKey(), e.getMessage()));
      }
      if (object.isEmpty()) {
        return Optional.of(
            "%s: ".formatted(reference.getKey())
                + (snapshot && !client.serves(kind, cluster.namespace())
                    ? "the API server has no kind VolumeSnapshot (snapshot.storage.k8s.io/v1); install a CSI driver's snapshot controller and its CRDs, or recover from an object store"
                    : "there is no %s %s in namespace %s; correct the name, or wait until it is there"
                        .formatted(kind.kind(), name, cluster.namespace())));
      }
      if (snapshot) {
        found.put(reference.getKey(), object.get());
      }
    }
    return judge(found);
  }

  /// @param found the snapshots by the fields that name them
  static Optional<String> judge(Map<String, ObjectNode> found) {
    var backups = new TreeSet<String>();
    for (var entry : found.entrySet()) {
      ObjectNode snapshot = entry.getValue();
      JsonNode status = snapshot.path("status");
      if (!status.path("readyToUse").asBoolean(false)) {
        String error = status.path("error").path("message").asText("");
        return Optional.of(
            "%s: VolumeSnapshot %s is not ready to use%s"
                .formatted(
                    entry.getKey(),
                    Json.name(snapshot),
                    error.isEmpty() ? "; it is waited for" : " (" + error + ")"));
      }
      String backup = Json.label(snapshot, Labels.BACKUP_NAME);
      if (!backup.isEmpty()) {
        backups.add(backup + " of " + Json.annotation(snapshot, Annotations.BACKUP_START_TIME));
      }
    }
    return backups.size() > 1
        ? Optional.of(
            "%s: the snapshots are of different Backups (%s), and would not fit together; name those of one"
                .formatted(FIELD, String.join(", ", backups)))
        : Optional.empty();
  }
}
