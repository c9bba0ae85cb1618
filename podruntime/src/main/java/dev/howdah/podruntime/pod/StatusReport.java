// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.podruntime.objects.Key;
import org.jspecify.annotations.Nullable;

/// Tells the API server a pod's status, whenever it has changed.
final class StatusReport {
  /// What came of it.
  enum Outcome {
    /// The server knows it.
    TOLD,
    /// The server has no such pod, or another of the same name.
    REFUSED
  }

  private final PodContext context;
  private final Key key;
  private final String uid;
  private @Nullable ObjectNode told;

  StatusReport(PodContext context, Key key, String uid) {
    this.context = context;
    this.key = key;
    this.uid = uid;
  }

  /// Whether it has told anything yet.
  boolean hasTold() {
    return told != null;
  }

  Outcome tell(JsonNode pod, ObjectNode status) {
    if (status.equals(told) || says(pod.path("status"), status)) {
      told = status;
      return Outcome.TOLD;
    }
    ObjectNode body = Json.object();
    body.putObject("metadata").put("uid", uid);
    body.set("status", status);
    try {
      ObjectNode after =
          context
              .client()
              .patchStatus(Resource.PODS, key.namespace(), key.name(), new Patch.Strategic(body));
      context.mirrors().pods.wrote(after);
      told = status;
      return Outcome.TOLD;
    } catch (KubeException e) {
      if (e.isNotFound() || e.isConflict()) {
        return Outcome.REFUSED;
      }
      throw e;
    }
  }

  private static boolean says(JsonNode reported, ObjectNode status) {
    return status.properties().stream()
        .allMatch(field -> reported.path(field.getKey()).equals(field.getValue()));
  }
}
