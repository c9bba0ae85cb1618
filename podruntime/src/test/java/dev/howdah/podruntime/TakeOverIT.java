// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class TakeOverIT {
  private static final String SURVIVOR =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: survivor}
      spec:
        terminationGracePeriodSeconds: 5
        initContainers:
        - name: once
          image: busybox
          command: ["true"]
        containers:
        - name: main
          image: busybox
          command: [sh, -c, 'trap "echo bye; exit 0" TERM; touch $HOWDAH_ROOT/up; i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.1; done']
          readinessProbe: {exec: {command: [sh, -c, 'test -e $HOWDAH_ROOT/up']}, timeoutSeconds: 30, periodSeconds: 1}
      """;

  private static final String MORTAL =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: mortal}
      spec:
        restartPolicy: Never
        volumes: [{name: d, hostPath: {path: %s}}]
        containers:
        - name: main
          image: busybox
          command: [sh, -c, 'while [ ! -e $0 ]; do sleep 0.05; done; exit 7', /d/end]
          volumeMounts: [{name: d, mountPath: /d}]
      """;

  private static JsonNode main(JsonNode pod) {
    return pod.path("status").path("containerStatuses").path(0);
  }

  @Test
  void aKilledRuntimeIsSucceededByOneThatTakesOverWhatRuns() throws Exception {
    Path folder = LocalCluster.newFolder();
    int range = ThreadLocalRandom.current().nextInt(30);
    Process doomed =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LocalCluster.class.getName(),
                folder.toString(),
                Integer.toString(range))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    var output = new BufferedReader(new InputStreamReader(doomed.getInputStream()));
    assertThat(output.readLine()).startsWith("ready");
    long before;
    try (var client = new KubeClient(KubeSettings.fromKubeconfig(folder.resolve("kubeconfig")))) {
      for (String text : List.of(SURVIVOR, MORTAL.formatted(folder))) {
        var pod = LocalCluster.yaml(text);
        pod.withObject("/metadata").put("namespace", "default");
        client.create(Resource.PODS, pod);
      }
      for (String name : List.of("survivor", "mortal")) {
        Awaitility.await()
            .atMost(LocalCluster.DEADLINE)
            .until(() ->
                LocalCluster.condition(client.get(Resource.PODS, "default", name), "Ready")
                    .equals("True"));
      }
      before = pid(folder, "survivor");
    }

    doomed.destroyForcibly().waitFor();
    Files.createFile(folder.resolve("end"));
    Awaitility.await()
        .atMost(LocalCluster.DEADLINE)
        .until(() -> Files.exists(exitFile(folder, "mortal")));
    assertThat(ProcessHandle.of(before)).isPresent();

    try (var cluster = new LocalCluster(folder, range)) {
      JsonNode mortal = cluster.awaitPhase("mortal", "Failed");
      assertThat(main(mortal).path("state").path("terminated").path("exitCode").asInt())
          .isEqualTo(7);
      awaitTakenOver(cluster, before); // its status is what the killed one had said
      JsonNode survivor = cluster.awaitReady("survivor");
      assertThat(main(survivor).path("restartCount").asInt()).isZero();
      assertThat(cluster.sh("survivor", "echo in")).isEqualTo("in\n");
      String log = cluster.log("survivor", Map.of());
      assertThat(log).startsWith("tick 1\n");
      Awaitility.await()
          .atMost(LocalCluster.DEADLINE)
          .until(() -> cluster.log("survivor", Map.of()).length() > log.length());
      assertThat(cluster.log("survivor", Map.of("tailLines", "1", "timestamps", "true")))
          .matches("\\d{4}-.*Z tick \\d+\n");

      cluster.delete(Resource.PODS, "survivor");
      cluster.awaitGone(Resource.PODS, "survivor");
      assertThat(ProcessHandle.of(before).filter(ProcessHandle::isAlive)).isEmpty();
    }
  }

  @Test
  void aClosedRuntimeEndsPodsAndTheNextOneRunsThemAgainFromTheirInitContainersOn()
      throws Exception {
    try (var cluster = new LocalCluster()) {
      cluster.apply(SURVIVOR);
      cluster.awaitReady("survivor");
      long before = cluster.runtime.processes("default", "survivor").get("main");

      cluster.runtime.close();
      assertThat(ProcessHandle.of(before).filter(ProcessHandle::isAlive)).isEmpty();
      assertThat(
              LocalCluster.condition(
                  cluster.find(Resource.NODES, "local-1").orElseThrow(), "Ready"))
          .isEqualTo("False");
      cluster.startRuntime();

      JsonNode pod =
          cluster.await(
              Resource.PODS,
              "survivor",
              p ->
                  main(p).path("restartCount").asInt() == 1
                      && LocalCluster.condition(p, "Ready").equals("True"));
      JsonNode init = pod.path("status").path("initContainerStatuses").path(0);
      assertThat(init.path("restartCount").asInt()).isEqualTo(1);
      assertThat(main(pod).path("lastState").path("terminated").path("exitCode").asInt()).isZero();
    }
  }

  @Test
  void aDetachedRuntimeLeavesPodsToTheNextOne() throws Exception {
    try (var cluster = new LocalCluster()) {
      cluster.apply(SURVIVOR);
      cluster.awaitReady("survivor");
      long before = cluster.runtime.processes("default", "survivor").get("main");

      cluster.runtime.detach();
      cluster.startRuntime();

      awaitTakenOver(cluster, before);
      assertThat(main(cluster.pod("survivor")).path("restartCount").asInt()).isZero();
      assertThat(LocalCluster.condition(cluster.pod("survivor"), "Ready")).isEqualTo("True");
    }
  }

  private static void awaitTakenOver(LocalCluster cluster, Long main) {
    Awaitility.await()
        .atMost(LocalCluster.DEADLINE)
        .until(() -> main.equals(cluster.runtime.processes("default", "survivor").get("main")));
  }

  private static Path exitFile(Path folder, String pod) {
    return folder.resolve("h/names/default/" + pod + "/c/main/0.exit");
  }

  private static long pid(Path folder, String pod) throws Exception {
    return Long.parseLong(
        Files.readString(folder.resolve("h/names/default/" + pod + "/c/main/0.pid")).strip());
  }
}
