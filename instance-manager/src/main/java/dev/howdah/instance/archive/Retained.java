// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.ClusterStatus;

/// How long a Cluster's backups are kept, wherever that is said.
public final class Retained {
  private static final String STORE = "barmanObjectStore";
  private static final String PLUGIN = "plugin";

  private Retained() {}

  /// The retention policy; empty keeps everything.
  public static String policy(JsonNode cluster, Stores stores) {
    JsonNode backup = cluster.path("spec").path("backup");
    if (backup.path("barmanObjectStore").isObject()) {
      return backup.path("retentionPolicy").asText("");
    }
    for (JsonNode plugin : cluster.path("spec").path("plugins")) {
      boolean ours = plugin.path("name").asText("").equals(Stores.PLUGIN);
      String name = plugin.path("parameters").path("barmanObjectName").asText("");
      if (ours && plugin.path("enabled").asBoolean(true) && !name.isEmpty()) {
        return stores
            .objectStore(name, "spec.plugins")
            .path("spec")
            .path("retentionPolicy")
            .asText("");
      }
    }
    return "";
  }

  /// Under which method the status lists what is in the Cluster's own store.
  public static String method(JsonNode cluster) {
    return cluster.path("spec").path("backup").path("barmanObjectStore").isObject()
        ? STORE
        : PLUGIN;
  }

  /// Takes back what the status says of a store that the Cluster no longer has.
  static void forgetStore(JsonNode cluster, ClusterStatus status) {
    JsonNode said = cluster.path("status").path("lastSuccessfulBackupByMethod");
    if (said.has(STORE) || said.has(PLUGIN)) {
      status.putBackups(STORE, null, null);
    }
  }
}
