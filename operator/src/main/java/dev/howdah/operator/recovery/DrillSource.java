// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.tree.Tree;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// What a RestoreDrill restores from: a Cluster here, or a stand-in that has no more than the
/// archive of one elsewhere.
///
/// @param cluster null where there is none
/// @param trouble why it can't be restored from; empty if it can
record DrillSource(@Nullable ObjectNode cluster, String trouble) {
  private static final String PLUGIN = "barman-cloud.cloudnative-pg.io";

  /// @param clusters finds a Cluster of the drill's namespace
  static DrillSource of(
      ObjectNode drill, BiFunction<ObjectNode, String, Optional<ObjectNode>> clusters) {
    JsonNode archive = drill.path("spec").path("archive");
    if (archive.isObject()) {
      return of(standIn(drill, archive));
    }
    String name = drill.path("spec").path("cluster").path("name").asText("");
    return clusters
        .apply(drill, name)
        .map(DrillSource::of)
        .orElseGet(() ->
            new DrillSource(
                null, "there is no Cluster %s; correct spec.cluster.name".formatted(name)));
  }

  private static DrillSource of(ObjectNode cluster) {
    return new DrillSource(cluster, TemporaryCluster.impossible(cluster).orElse(""));
  }

  private static ObjectNode standIn(ObjectNode drill, JsonNode archive) {
    String server = archive.path("serverName").asText("");
    ObjectNode cluster = Json.object(Resource.CLUSTERS, Json.namespace(drill), server);
    String keys = Json.annotation(drill, Annotations.BACKUP_ENCRYPTION);
    if (!keys.isEmpty()) {
      cluster.withObject("/metadata/annotations").put(Annotations.BACKUP_ENCRYPTION, keys);
    }
    ObjectNode spec = cluster.putObject("spec");
    for (String field : new String[] {"imageName", "tablespaces"}) {
      if (archive.hasNonNull(field)) {
        spec.set(field, archive.get(field));
      }
    }
    if (archive.path("barmanObjectStore").isObject()) {
      spec.withObject("/backup").set("barmanObjectStore", archive.get("barmanObjectStore"));
    } else {
      String store = archive.path("objectStore").path("name").asText("");
      spec.set(
          "plugins",
          Tree.list(
              Tree.map(
                  "name",
                  PLUGIN,
                  "isWALArchiver",
                  true,
                  "parameters",
                  Tree.map("barmanObjectName", store, "serverName", server))));
    }
    return cluster;
  }
}
