// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.operator.cluster.observed.ObservedCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks for everything that may still hold data of a Cluster: its claims and pods in whatever
/// state, and volumes that were bound to such a claim. It asks the API server, not a mirror: a
/// mirror that was not filled must not be taken for a loss.
final class Remains {
  private static final Logger LOG = LoggerFactory.getLogger(Remains.class);

  private final KubeClient client;

  Remains(KubeClient client) {
    this.client = client;
  }

  /// @param ignored claims that are known to hold nothing
  /// @return for a person; empty: it couldn't be read
  Optional<List<String>> of(ObservedCluster cluster, Set<String> ignored) {
    var found = new ArrayList<String>();
    try {
      Selection ours = Selection.labels(Labels.CLUSTER + "=" + cluster.name());
      for (Resource kind : List.of(Resource.PERSISTENT_VOLUME_CLAIMS, Resource.PODS)) {
        for (ObjectNode object : client.list(kind, cluster.namespace(), ours).items()) {
          boolean counts =
              kind.equals(Resource.PODS)
                  ? isInstance(object)
                  : !ignored.contains(Json.name(object));
          if (counts) {
            found.add(
                "%s %s (%s)"
                    .formatted(
                        kind.kind(), Json.name(object), object.at("/status/phase").asText("?")));
          }
        }
      }
      for (ObjectNode volume :
          client.list(Resource.PERSISTENT_VOLUMES, "", Selection.ALL).items()) {
        JsonNode claim = volume.path("spec").path("claimRef");
        if (wasOf(cluster, claim) && !ignored.contains(claim.path("name").asText(""))) {
          found.add(
              "PersistentVolume %s of claim %s (%s)"
                  .formatted(
                      Json.name(volume),
                      volume.at("/spec/claimRef/name").asText(""),
                      volume.at("/status/phase").asText("?")));
        }
      }
      return Optional.of(found);
    } catch (KubeException e) {
      LOG.atInfo()
          .addKeyValue("cluster", cluster.key())
          .addKeyValue("error", e.getMessage())
          .log("what remains of the Cluster can't be read");
      return Optional.empty();
    }
  }

  private static boolean isInstance(ObjectNode pod) {
    return Json.label(pod, Labels.POD_ROLE).equals(Labels.POD_ROLE_INSTANCE);
  }

  /// Claims are named after the instance: `c-1`, `c-1-wal`, `c-1-tbs-…`.
  private static boolean wasOf(ObservedCluster cluster, JsonNode claim) {
    return claim.path("namespace").asText("").equals(cluster.namespace())
        && claim
            .path("name")
            .asText("")
            .matches(Pattern.quote(cluster.name()) + "-[0-9]+(-wal|-tbs-.*)?");
  }
}
