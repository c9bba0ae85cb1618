// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StoreSpecTest {
  private static ObjectNode cluster(String spec) throws Exception {
    ObjectNode cluster = Json.object(Resource.CLUSTERS, "ns", "c");
    cluster.set("spec", Json.parse(spec));
    return cluster;
  }

  @Test
  void namesTheFolderAfterTheClusterUnlessItSaysAnother() throws Exception {
    var plain = cluster("{\"backup\": {\"barmanObjectStore\": {\"destinationPath\": \"s3://b\"}}}");
    var named =
        cluster(
            "{\"backup\": {\"barmanObjectStore\": {\"destinationPath\": \"s3://b/\", \"serverName\": \"n\"}}}");

    assertThat(StoreSpec.own(plain, (_, _, _) -> Optional.empty()))
        .hasValueSatisfying(spec -> assertThat(spec.place()).isEqualTo("s3://b/c"));
    assertThat(StoreSpec.own(named, (_, _, _) -> Optional.empty()))
        .hasValueSatisfying(spec -> assertThat(spec.place()).isEqualTo("s3://b/n"));
    assertThat(StoreSpec.own(cluster("{}"), (_, _, _) -> Optional.empty())).isEmpty();
  }

  @Test
  void neverTakesAnUnknownArchiverForNone() throws Exception {
    var cluster =
        cluster("{\"plugins\": [{\"name\": \"other.example\", \"isWALArchiver\": true}]}");

    assertThatThrownBy(() -> StoreSpec.own(cluster, (_, _, _) -> Optional.empty()))
        .hasMessageContaining("the WAL archiver other.example, which is not there");
  }

  @Test
  void saysWhatAnExternalClusterLacks() throws Exception {
    var cluster = cluster("{\"externalClusters\": [{\"name\": \"a\"}]}");

    assertThatThrownBy(() -> StoreSpec.external(cluster, "b", (_, _, _) -> Optional.empty()))
        .hasMessageContaining("no entry \"b\"; add it");
    assertThatThrownBy(() -> StoreSpec.external(cluster, "a", (_, _, _) -> Optional.empty()))
        .hasMessageContaining("spec.externalClusters[a] has no object store");
  }

  @Test
  void takesKeysAndTheLimitOfBackupsFromTheClustersAnnotations() throws Exception {
    var cluster =
        cluster("{\"backup\": {\"barmanObjectStore\": {\"destinationPath\": \"s3://b\"}}}");
    cluster
        .withObject("/metadata/annotations")
        .put(StoreSpec.ENCRYPTION, "keys/2026")
        .put(StoreSpec.BANDWIDTH, "20M");
    var own = StoreSpec.own(cluster, (_, _, _) -> Optional.empty()).orElseThrow();

    assertThat(own.keySecret()).isEqualTo("keys");
    assertThat(own.activeKey()).isEqualTo("2026");
    assertThat(own.bytesPerSecond()).isZero(); // WAL is never held up
    assertThat(own.limitedAs(cluster).bytesPerSecond()).isEqualTo(20_000_000);

    cluster.withObject("/metadata/annotations").put(StoreSpec.BANDWIDTH, "fast");
    assertThatThrownBy(() -> own.limitedAs(cluster))
        .hasMessageContaining("howdah.dev/backup-bandwidth: \"fast\" is no number of bytes");
  }

  @Test
  void neverTakesAForgottenKeyForEncryptionTurnedOff() throws Exception {
    var cluster =
        cluster("{\"backup\": {\"barmanObjectStore\": {\"destinationPath\": \"s3://b\"}}}");
    for (String forgotten : new String[] {"keys", "keys/", "keys/ ", "/2026", "/"}) {
      cluster.withObject("/metadata/annotations").put(StoreSpec.ENCRYPTION, forgotten);
      var own = StoreSpec.own(cluster, (_, _, _) -> Optional.empty()).orElseThrow();

      assertThatThrownBy(own::activeKey)
          .hasMessageContaining("annotation howdah.dev/backup-encryption")
          .hasMessageContaining("names no key to encrypt with; write SECRET/KEY, or SECRET/-");
    }

    cluster.withObject("/metadata/annotations").put(StoreSpec.ENCRYPTION, "keys/-");
    var readOnly = StoreSpec.own(cluster, (_, _, _) -> Optional.empty()).orElseThrow();
    assertThat(readOnly.keySecret()).isEqualTo("keys");
    assertThat(readOnly.activeKey()).isEmpty();
  }
}
