// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DrillSourceTest {
  private static ObjectNode drill(String spec) throws IOException {
    ObjectNode drill = Json.object(Resource.RESTORE_DRILLS, "default", "weekly");
    drill.withObject("/metadata").put("uid", "1a2b3c4d");
    drill.set("spec", Json.parse(spec));
    return drill;
  }

  private static ObjectNode manifest(ObjectNode drill) {
    DrillSource source = DrillSource.of(drill, (_, _) -> Optional.empty());
    assertThat(source.trouble()).isEmpty();
    assertThat(source.cluster()).isNotNull();
    return TemporaryCluster.manifest(
        Resource.RESTORE_DRILLS,
        drill,
        "drill-1",
        source.cluster(),
        MissingNode.getInstance(),
        drill.path("spec").path("storage"));
  }

  @Test
  void anArchiveOfAClusterElsewhereIsRestoredIntoItsOwnVolume() throws IOException {
    ObjectNode cluster =
        manifest(
            drill(
                """
                {"archive": {"serverName": "far", "imageName": "pg:15",
                             "barmanObjectStore": {"destinationPath": "s3://b"},
                             "tablespaces": [{"name": "t", "storage": {"size": "1Gi"}}]},
                 "storage": {"size": "2Gi"}}
                """));

    assertThat(cluster.at("/spec/externalClusters/0/barmanObjectStore"))
        .isEqualTo(Json.parse("{\"destinationPath\": \"s3://b\", \"serverName\": \"far\"}"));
    assertThat(cluster.at("/spec/storage/size").asText()).isEqualTo("2Gi");
    assertThat(cluster.at("/spec/imageName").asText()).isEqualTo("pg:15");
    assertThat(cluster.at("/spec/tablespaces/0/name").asText()).isEqualTo("t");
    assertThat(cluster.at("/spec/backup").isMissingNode()).isTrue(); // it archives nothing
  }

  @Test
  void theDrillNamesTheKeysOfAnEncryptedArchive() throws IOException {
    ObjectNode drill =
        drill(
            """
            {"archive": {"serverName": "far", "barmanObjectStore": {"destinationPath": "s3://b"}},
             "storage": {"size": "2Gi"}}
            """);
    drill.withObject("/metadata/annotations").put("howdah.dev/backup-encryption", "keys/2026");

    assertThat(Json.annotation(manifest(drill), "howdah.dev/backup-encryption"))
        .isEqualTo("keys/2026");
  }

  @Test
  void anObjectStoreNamesTheArchiveToo() throws IOException {
    ObjectNode cluster =
        manifest(
            drill(
                """
                {"archive": {"serverName": "far", "objectStore": {"name": "vault"}},
                 "storage": {"size": "2Gi"}}
                """));

    assertThat(cluster.at("/spec/externalClusters/0/plugin"))
        .isEqualTo(
            Json.parse(
                """
                {"name": "barman-cloud.cloudnative-pg.io",
                 "parameters": {"barmanObjectName": "vault", "serverName": "far"}}
                """));
    assertThat(cluster.at("/spec/plugins").isMissingNode()).isTrue();
  }

  @Test
  void aClusterThatIsNotThereIsNamed() throws IOException {
    DrillSource source =
        DrillSource.of(drill("{\"cluster\": {\"name\": \"c\"}}"), (_, _) -> Optional.empty());

    assertThat(source.trouble()).contains("no Cluster c", "spec.cluster.name");
  }
}
