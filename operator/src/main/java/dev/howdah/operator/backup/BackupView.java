// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import java.util.Set;

/// A Backup as the operator sees it.
record BackupView(ObjectNode object) {
  static final String METHOD_STORE = "barmanObjectStore";
  static final String METHOD_PLUGIN = "plugin";
  static final String METHOD_SNAPSHOT = "volumeSnapshot";

  /// On a Backup by snapshots until it is over and tidied up.
  static final String FINALIZER = "howdah.dev/snapshots";

  private static final Set<String> OVER =
      Set.of("completed", "failed", "invalid backup definition");
  private static final Set<String> AT_WORK = Set.of("started", "running", "finalizing");

  String namespace() {
    return Json.namespace(object);
  }

  String name() {
    return Json.name(object);
  }

  String cluster() {
    return object.path("spec").path("cluster").path("name").asText("");
  }

  String method() {
    String method = object.path("spec").path("method").asText("");
    return method.isEmpty() ? METHOD_STORE : method;
  }

  String target() {
    return object.path("spec").path("target").asText("");
  }

  String phase() {
    return object.path("status").path("phase").asText("");
  }

  JsonNode status() {
    return object.path("status");
  }

  JsonNode instance() {
    return object.path("status").path("instanceID");
  }

  boolean isOver() {
    return OVER.contains(phase());
  }

  boolean hasFailed() {
    return isOver() && !phase().equals("completed");
  }

  boolean isAtWork() {
    return AT_WORK.contains(phase());
  }

  boolean isSnapshot() {
    return method().equals(METHOD_SNAPSHOT);
  }

  /// Whether the server goes on while its volumes are cut, as was decided when this began.
  boolean isOnline() {
    return status().path("online").asBoolean(true);
  }

  /// What the Backup asks for, else the Cluster.
  boolean wantsOnline(JsonNode cluster) {
    JsonNode standard = cluster.path("spec").path("backup").path("volumeSnapshot").path("online");
    return object.path("spec").path("online").asBoolean(standard.asBoolean(true));
  }

  /// Whether something may be left to tidy up, however it ended.
  boolean isHeld() {
    for (JsonNode finalizer : object.path("metadata").path("finalizers")) {
      if (finalizer.asText("").equals(FINALIZER)) {
        return true;
      }
    }
    return false;
  }

  boolean isLeaving() {
    return object.path("metadata").has("deletionTimestamp");
  }

  int attempts() {
    return object.path("status").path("pluginMetadata").path("howdah.dev/attempts").asInt(0);
  }

  /// Backups of a cluster are taken in this order.
  String turn() {
    return object.path("metadata").path("creationTimestamp").asText("") + " " + name();
  }
}
