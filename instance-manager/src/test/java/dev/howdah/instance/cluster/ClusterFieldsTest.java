// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.Timings;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.sync.SyncSpec;
import dev.howdah.kube.Json;
import org.junit.jupiter.api.Test;

class ClusterFieldsTest {
  private static ClusterFields of(String json) throws Exception {
    return new ClusterFields(Json.parse(json.replace('\'', '"')));
  }

  @Test
  void readsWhomAPersonFenced() throws Exception {
    String cluster = "{'metadata': {'annotations': {'cnpg.io/fencedInstances': %s}}}";

    assertThat(of(cluster.formatted("'[\\'main-1\\']'")).fenced()).containsExactly("main-1");
    assertThat(of(cluster.formatted("'[\\'*\\']'")).view(false).isFenced("main-7")).isTrue();
    assertThat(of(cluster.formatted("'main-1'")).fenced()).isEmpty();
  }

  @Test
  void takesTheStandardDeadlinesWhereTheClustersMakeNoSense() throws Exception {
    String lease =
        "{'spec': {'primaryLease': {'leaseDurationSeconds': %d, 'renewDeadlineSeconds': %d,"
            + " 'retryPeriodSeconds': 1}}}";

    assertThat(of(lease.formatted(6, 4)).leadership().timings()).isEqualTo(Timings.FAST);
    assertThat(of(lease.formatted(6, 6)).leadership().timings()).isEqualTo(Timings.STANDARD);
    assertThat(of("{}").leadership().timings()).isEqualTo(Timings.STANDARD);
  }

  @Test
  void readsBothWaysToAskForSynchronousStandbys() throws Exception {
    assertThat(
            of("{'spec': {'minSyncReplicas': 1, 'maxSyncReplicas': 2}}")
                .view(false)
                .sync()
                .number())
        .isEqualTo(2);
    assertThat(
            of("{'spec': {'postgresql': {'synchronous': {'method': 'first', 'number': 1}}}}")
                .view(false)
                .sync()
                .method())
        .isEqualTo(SyncConfig.Method.FIRST);
    assertThat(of("{}").view(false).sync()).isEqualTo(SyncSpec.NONE);
  }

  @Test
  void waitsForStandbysAsLongAsPostgresWritesWhateverTheClusterIsToBecome() throws Exception {
    var fields =
        of(
            "{'metadata': {'name': 'east'}, 'spec': {'replica': {'primary': 'west', 'source': 'west'},"
                + " 'postgresql': {'synchronous': {'method': 'any', 'number': 1}}}}");

    assertThat(fields.isReplica()).isTrue();
    assertThat(fields.view(false).sync().isAsynchronous()).isFalse();
    assertThat(fields.view(true).inOffice()).isTrue();
  }

  @Test
  void isCalledLikeNoInstanceWhereItFollowsAnotherCluster() throws Exception {
    assertThat(of("{'metadata': {'name': 'main'}}").nameOutside("main-2")).isEqualTo("main/main-2");
    assertThat(
            of("{'metadata': {'name': 'main'}, 'spec': {'replica': {'self': 'west'}}}")
                .nameOutside("main-2"))
        .isEqualTo("west/main-2");
  }

  @Test
  void limitsWhatAnAsynchronousFailoverMayLoseWhereAnAnnotationSaysSo() throws Exception {
    String cluster = "{'metadata': {'annotations': {'howdah.dev/failoverLagLimitBytes': '%s'}}}";

    assertThat(of(cluster.formatted("1048576")).leadership().maxLagBytes()).isEqualTo(1_048_576);
    assertThat(of(cluster.formatted("much")).leadership().maxLagBytes()).isEqualTo(Long.MAX_VALUE);
    assertThat(of("{}").leadership().maxLagBytes()).isEqualTo(Long.MAX_VALUE);
  }
}
