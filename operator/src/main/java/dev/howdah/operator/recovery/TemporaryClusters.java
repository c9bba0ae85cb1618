// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Phases;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.operator.tree.Tree;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at temporary Clusters, and takes them away.
final class TemporaryClusters {
  /// The condition that tells why a recovery failed; written by the recovery itself.
  static final String RECOVERED = "howdah.dev/Recovered";

  private static final Logger LOG = LoggerFactory.getLogger(TemporaryClusters.class);

  private final KubeClient client;

  TemporaryClusters(KubeClient client) {
    this.client = client;
  }

  /// The one of this name that was made for this object.
  Optional<ObjectNode> find(ObjectNode owner, String name) {
    return name.isEmpty()
        ? Optional.empty()
        : client
            .find(Resource.CLUSTERS, Json.namespace(owner), name)
            .filter(cluster -> TemporaryCluster.isFor(owner, cluster));
  }

  /// The pod of its only instance, if that takes sessions.
  Optional<ObjectNode> readyPod(JsonNode cluster) {
    return client
        .find(Resource.PODS, Json.namespace(cluster), Json.name(cluster) + "-1")
        .filter(pod ->
            Tree.named(pod.path("status").path("conditions"), "type", "Ready")
                .path("status")
                .asText("")
                .equals("True"));
  }

  /// Why it will never be ready; empty if it may.
  static String failure(JsonNode cluster) {
    JsonNode recovered = Tree.named(cluster.path("status").path("conditions"), "type", RECOVERED);
    if (recovered.path("status").asText("").equals("False")) {
      return recovered.path("message").asText("the recovery failed") + notPreloaded(cluster);
    }
    String phase = cluster.path("status").path("phase").asText("");
    return phase.equals(Phases.UNRECOVERABLE) || phase.equals(Phases.INVALID_DEFINITION)
        ? phase + ": " + cluster.path("status").path("phaseReason").asText("")
        : "";
  }

  private static String notPreloaded(JsonNode cluster) {
    String libraries = Json.annotation(cluster, TemporaryCluster.NOT_PRELOADED);
    return libraries.isEmpty()
        ? ""
        : "; it did not preload %s, which may act by themselves: if its data needs one of them, name it in the Cluster's annotation %s"
            .formatted(libraries, Annotations.PRELOAD_IN_COPIES);
  }

  /// Makes it, unless an earlier pass has.
  ///
  /// @return why it can't be made; empty if it is there
  String create(ObjectNode owner, ObjectNode manifest) {
    try {
      client.create(Resource.CLUSTERS, manifest);
    } catch (KubeException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
      if (find(owner, Json.name(manifest)).isEmpty()) {
        return "there is another Cluster named %s; it stays as it is. Try again: the next one gets another name"
            .formatted(Json.name(manifest));
      }
    }
    return "";
  }

  /// Deletes all that were made for this object, but for the one that is still needed: after a
  /// drill, and what an operator left behind that died in between.
  void cleanUp(ObjectNode owner, String needed) {
    var ours = Selection.labels(TemporaryCluster.LABEL + "=" + TemporaryCluster.label(owner));
    for (ObjectNode cluster : client.list(Resource.CLUSTERS, Json.namespace(owner), ours).items()) {
      boolean leaving = cluster.path("metadata").has("deletionTimestamp");
      if (Json.name(cluster).equals(needed) || leaving) {
        continue;
      }
      LOG.atInfo()
          .addKeyValue("cluster", Json.namespace(cluster) + "/" + Json.name(cluster))
          .log("deletes a temporary Cluster that is no longer needed");
      try {
        client.delete(
            Resource.CLUSTERS,
            Json.namespace(cluster),
            Json.name(cluster),
            DeleteOptions.ofUid(Json.uid(cluster)));
      } catch (KubeException e) {
        if (!e.isNotFound() && !e.isConflict()) {
          throw e;
        }
      }
    }
  }
}
