// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

class ClusterTest {
  private static final String MINIMAL =
      """
      apiVersion: postgresql.cnpg.io/v1
      kind: Cluster
      metadata: {name: pg, namespace: db}
      spec:
        storage: {size: 1Gi}
        unheardOf: true
        postgresql:
          pg_hba: [host all all 10.0.0.0/8 scram-sha-256]
        bootstrap: {pg_basebackup: {source: other}}
      status: {phase: Cluster in healthy state, instancesStatus: {healthy: [pg-1]}}
      """;

  @Test
  void readsAManifestWithDefaultsWhereFieldsAreAbsent() {
    var cluster = Serialization.unmarshal(MINIMAL, Cluster.class);

    assertThat(cluster.getSpec().instances()).isEqualTo(1);
    assertThat(cluster.getSpec().enablePdb()).isTrue();
    assertThat(cluster.getSpec().storage().size()).isEqualTo("1Gi");
    assertThat(cluster.getSpec().storage().resizeInUseVolumes()).isTrue();
    assertThat(cluster.getSpec().postgresql().pgHba()).hasSize(1);
    assertThat(cluster.getSpec().bootstrap().pgBasebackup().source()).isEqualTo("other");
    assertThat(cluster.getSpec().externalClusters()).isEmpty();
    assertThat(cluster.getStatus().instancesStatus()).containsKey("healthy");
  }

  @Test
  void writesFieldsUnderTheNamesOfTheApi() {
    var cluster = Serialization.unmarshal(MINIMAL, Cluster.class);

    assertThat(Serialization.asYaml(cluster))
        .contains("pg_hba:", "pg_basebackup:", "enablePDB:", "postgresUID:")
        .contains("apiVersion: \"postgresql.cnpg.io/v1\"")
        .doesNotContain("null");
  }
}
