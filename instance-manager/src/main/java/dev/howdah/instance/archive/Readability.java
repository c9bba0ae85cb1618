// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.ClusterStatus;
import dev.howdah.kube.ClusterStatus.Condition;
import dev.howdah.kube.Json;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;

/// Says in the Cluster when its backups can't be decrypted: nothing is recoverable then, whatever
/// was said before, and retention stands still.
final class Readability {
  static final String CONDITION = "BackupsReadable";

  private final ClusterStatus status;

  Readability(ClusterStatus status) {
    this.status = status;
  }

  /// Reads the catalogue, and says what comes of it.
  ///
  /// @param method under which backups are listed
  /// @throws StoreException as `read` does
  void during(JsonNode cluster, String method, Runnable read) {
    try {
      read.run();
    } catch (StoreException e) {
      if (e.kind() == Kind.NO_KEY) {
        lost(method, String.valueOf(e.getMessage()));
      }
      throw e;
    }
    for (JsonNode condition : cluster.path("status").path("conditions")) {
      if (condition.path("type").asText("").equals(CONDITION)
          && condition.path("status").asText("").equals("False")) {
        status.set(new Condition(CONDITION, true, "Readable", "All backups can be decrypted"));
      }
    }
  }

  private void lost(String method, String why) {
    if (status.set(new Condition(CONDITION, false, "KeyMissing", why))) {
      ObjectNode fields = Json.object().putNull("firstRecoverabilityPoint");
      fields.withObject("/firstRecoverabilityPointByMethod").putNull(method);
      status.put(fields);
    }
  }
}
