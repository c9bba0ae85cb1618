// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.postgres.TestInstance;
import org.junit.jupiter.api.Test;

class SynchronousStandbysTest {
  private static String setting(String spec, String healthy) throws Exception {
    var cluster =
        TestInstance.cluster(
            """
            metadata: {name: c}
            spec: {%s}
            status:
              instanceNames: [c-1, c-2, c-3]
              instancesStatus: {healthy: [%s]}
              topology:
                successfullyExtracted: true
                instances: {c-1: {zone: a}, c-2: {zone: a}, c-3: {zone: b}}
            """
                .formatted(spec, healthy));
    return SynchronousStandbys.of(cluster, "c-1").map(SynchronousStandbys::toSetting).orElse("");
  }

  private static String synchronous(String fields, String healthy) throws Exception {
    return setting("postgresql: {synchronous: {" + fields + "}}", healthy);
  }

  @Test
  void keepsInstancesThatAreDownWhenDurabilityIsRequired() throws Exception {
    assertThat(synchronous("method: any, number: 1", "c-3, c-1"))
        .isEqualTo("ANY 1 (\"c-3\",\"c-2\",\"c-1\")");
    assertThat(
            synchronous(
                "method: first, number: 2, maxStandbyNamesFromCluster: 1,"
                    + " standbyNamesPre: [x], standbyNamesPost: ['y\"z']",
                "c-2"))
        .isEqualTo("FIRST 2 (\"x\",\"c-2\",\"y\"\"z\")");
    assertThat(synchronous("method: any, number: 1, maxStandbyNamesFromCluster: 0", "c-2"))
        .isEqualTo("ANY 1 (\"c-placeholder\")");
  }

  @Test
  void shrinksToTheHealthyOnesWhenDurabilityIsPreferred() throws Exception {
    String preferred = "method: any, number: 2, dataDurability: preferred";
    assertThat(synchronous(preferred, "c-1, c-2, c-3")).isEqualTo("ANY 2 (\"c-2\",\"c-3\")");
    assertThat(synchronous(preferred, "c-1, c-3")).isEqualTo("ANY 1 (\"c-3\")");
    assertThat(synchronous(preferred, "c-1")).isEmpty();
  }

  @Test
  void prefersOtherFailureDomainsAsLongAsTheySuffice() throws Exception {
    String keys = ", nodeFailureDomainKeys: [zone]";
    assertThat(synchronous("method: any, number: 1" + keys, "c-2, c-3"))
        .isEqualTo("ANY 1 (\"c-3\")");
    assertThat(synchronous("method: any, number: 2" + keys, "c-2, c-3"))
        .isEqualTo("ANY 2 (\"c-2\",\"c-3\",\"c-1\")");
  }

  @Test
  void servesTheOlderFieldsToo() throws Exception {
    String legacy = "minSyncReplicas: 1, maxSyncReplicas: 2";
    assertThat(setting(legacy, "c-1, c-2, c-3")).isEqualTo("ANY 2 (\"c-2\",\"c-3\")");
    assertThat(setting(legacy, "c-1, c-2")).isEqualTo("ANY 1 (\"c-2\")");
    assertThat(setting(legacy, "c-1")).isEmpty();
    assertThat(setting("instances: 3", "c-1, c-2")).isEmpty();
    assertThat(
            setting(
                legacy
                    + ", postgresql: {syncReplicaElectionConstraint:"
                    + " {enabled: true, nodeLabelsAntiAffinity: [zone]}}",
                "c-2, c-3"))
        .isEqualTo("ANY 1 (\"c-3\")");
  }
}
