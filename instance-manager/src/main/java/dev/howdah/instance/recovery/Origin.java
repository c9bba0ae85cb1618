// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.archive.StoreSpec;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;

/// What `spec.bootstrap.recovery` recovers from.
///
/// @param backupId of the base backup to take; empty for the best one
record Origin(StoreSpec store, String backupId) {
  /// The Cluster's own archive, to its end: for a Cluster that has lost all its volumes.
  static Origin own(JsonNode cluster, StoreSpec.PluginStores plugins) {
    return new Origin(
        StoreSpec.own(cluster, plugins)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "the Cluster has no archive; add spec.backup.barmanObjectStore")),
        "");
  }

  /// @throws IllegalArgumentException if the Cluster names nothing to recover from
  static Origin of(
      JsonNode cluster, KubeClient kube, String namespace, StoreSpec.PluginStores plugins) {
    JsonNode recovery = cluster.path("spec").path("bootstrap").path("recovery");
    String asked = recovery.path("recoveryTarget").path("backupID").asText("");
    String backup = recovery.path("backup").path("name").asText("");
    if (!backup.isEmpty()) {
      return ofBackup(cluster, backup, asked, kube, namespace);
    }
    String source = recovery.path("source").asText("");
    if (source.isEmpty()) {
      throw new IllegalArgumentException(
          "spec.bootstrap.recovery names neither source nor backup; add one");
    }
    return new Origin(StoreSpec.external(cluster, source, plugins), asked);
  }

  private static Origin ofBackup(
      JsonNode recovered, String name, String asked, KubeClient kube, String namespace) {
    ObjectNode object;
    try {
      object = kube.get(Resource.BACKUPS, namespace, name);
    } catch (KubeException e) {
      throw new IllegalArgumentException(
          "spec.bootstrap.recovery.backup: Backup %s can't be read: %s"
              .formatted(name, e.getMessage()),
          e);
    }
    JsonNode status = object.path("status");
    if (!status.path("phase").asText("").equals("completed")) {
      throw new IllegalArgumentException(
          "spec.bootstrap.recovery.backup: Backup %s is %s, not completed; name another one"
              .formatted(name, status.path("phase").asText("not begun")));
    }
    if (status.path("destinationPath").asText("").isEmpty()) {
      throw new IllegalArgumentException(
          "spec.bootstrap.recovery.backup: Backup %s is in no object store; use recovery.source"
              .formatted(name));
    }
    ObjectNode store = status.deepCopy();
    JsonNode authority = recovered.at("/spec/bootstrap/recovery/backup/endpointCA");
    if (authority.isObject()) {
      store.set("endpointCA", authority);
    }
    String cluster = object.path("spec").path("cluster").path("name").asText("");
    return new Origin(
        StoreSpec.of(store, cluster, "the status of Backup " + name).encryptedAs(recovered),
        asked.isEmpty() ? status.path("backupId").asText("") : asked);
  }
}
