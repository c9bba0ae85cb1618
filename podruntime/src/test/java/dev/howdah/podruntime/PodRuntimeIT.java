// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class PodRuntimeIT {
  private static LocalCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = new LocalCluster();
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
  }

  @Test
  void runsAPodAndReportsLikeAKubelet() throws Exception {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: hello}
        spec:
          containers:
          - name: main
            image: busybox
            command: [sh, -c, 'echo hello $(GREETED); exec sleep 1000']
            env: [{name: GREETED, value: world}]
        """);

    JsonNode pod = cluster.awaitReady("hello");

    assertThat(pod.path("spec").path("nodeName").asText()).isEqualTo("local-1");
    JsonNode status = pod.path("status");
    assertThat(status.path("phase").asText()).isEqualTo("Running");
    assertThat(status.path("podIP").asText()).startsWith("127.");
    JsonNode container = status.path("containerStatuses").path(0);
    assertThat(container.path("ready").asBoolean()).isTrue();
    assertThat(container.path("started").asBoolean()).isTrue();
    assertThat(container.path("restartCount").asInt()).isZero();
    assertThat(container.path("state").path("running").has("startedAt")).isTrue();
    for (String type : new String[] {"PodScheduled", "Initialized", "ContainersReady", "Ready"}) {
      assertThat(LocalCluster.condition(pod, type)).as(type).isEqualTo("True");
    }
    cluster.awaitLog("hello", "hello world\n");
    cluster.awaitEvent("hello Started: Started container main");
  }

  @Test
  void takesAPodAwayWithAllItsProcesses() throws Exception {
    String token = "1234." + ProcessHandle.current().pid(); // others run this test, too
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: leaver}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            image: busybox
            command: [sh, -c, 'setsid sleep %s & trap "" TERM; while :; do sleep 0.1; done']
        """
            .formatted(token));
    cluster.awaitReady("leaver");
    String uid = Json.uid(cluster.pod("leaver"));

    cluster.delete(Resource.PODS, "leaver");
    cluster.awaitGone(Resource.PODS, "leaver");

    assertThat(ProcessHandle.allProcesses().map(p -> p.info().commandLine().orElse("")))
        .noneMatch(line -> line.contains("sleep " + token));
    assertThat(uid).isNotEmpty();
    assertThat(cluster.home().resolve("names/default/leaver")).doesNotExist();
  }
}
