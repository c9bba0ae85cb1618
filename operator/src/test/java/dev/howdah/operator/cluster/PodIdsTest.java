// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.cluster.desired.InstancePod;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// User and group of PostgreSQL's pods, which some platforms insist on giving themselves.
class PodIdsTest {
  private static final String YAML =
      """
      metadata: {name: c}
      spec: {instances: 1, storage: {size: 1Gi}%s}
      """;

  private static JsonNode context(String platform, String more) {
    var settings = OperatorSettings.of(List.of(Map.of("HOWDAH_PLATFORM_IDS", platform)));
    var cluster = new SimulatedCluster(YAML.formatted(more), settings);
    return InstancePod.desired(cluster.blueprint(), 1, "").at("/spec/securityContext");
  }

  @Test
  void areThoseOfTheSpec() {
    JsonNode context = context("false", "");

    assertThat(context.path("runAsUser").asInt()).isEqualTo(26);
    assertThat(context.path("runAsGroup").asInt()).isEqualTo(26);
    assertThat(context.path("fsGroup").asInt()).isEqualTo(26);
  }

  @Test
  void areLeftToThePlatformThatGivesThem() {
    for (String more : List.of("", ", postgresUID: 999", ", podSecurityContext: {fsGroup: 7}")) {
      JsonNode context = context("true", more);

      assertThat(context.has("runAsUser")).as(more).isFalse();
      assertThat(context.has("runAsGroup")).as(more).isFalse();
      assertThat(context.at("/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
    }
    assertThat(context("true", "").has("fsGroup")).isFalse();
    assertThat(context("true", "").path("runAsNonRoot").asBoolean()).isTrue();
  }
}
