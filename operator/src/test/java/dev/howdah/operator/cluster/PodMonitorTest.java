// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.operator.cluster.desired.PodMonitor;
import org.junit.jupiter.api.Test;

class PodMonitorTest {
  @Test
  void hasTheCertificateCheckedUnlessItWasBroughtAlong() {
    JsonNode own = tls("");
    assertThat(own.path("serverName").asText()).isEqualTo("c-rw");
    assertThat(own.at("/ca/secret/name").asText()).isEqualTo("c-ca");
    assertThat(own.path("insecureSkipVerify").asBoolean()).isFalse();

    JsonNode given = tls(", certificates: {serverTLSSecret: mine, serverCASecret: my-ca}");
    assertThat(given.at("/ca/secret/name").asText()).isEqualTo("my-ca");
    assertThat(given.path("insecureSkipVerify").asBoolean()).isTrue();
  }

  private static JsonNode tls(String more) {
    var cluster =
        new SimulatedCluster(
            """
            metadata: {name: c}
            spec: {instances: 1, storage: {size: 1Gi}, monitoring: {enablePodMonitor: true, tls: {enabled: true}}%s}
            """
                .formatted(more));
    return PodMonitor.desired(cluster.blueprint())
        .orElseThrow()
        .at("/spec/podMetricsEndpoints/0/tlsConfig");
  }
}
