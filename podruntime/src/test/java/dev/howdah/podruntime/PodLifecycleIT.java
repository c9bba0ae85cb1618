// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class PodLifecycleIT {
  private static LocalCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = new LocalCluster();
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
  }

  private static JsonNode container(JsonNode pod) {
    return pod.path("status").path("containerStatuses").path(0);
  }

  @Test
  void showsNoFileThatOnlyRootMayReadAsATerminationMessage() throws Exception {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: spy}
        spec:
          restartPolicy: Never
          containers:
          - name: main
            image: busybox
            command: [sh, -c, 'cd $HOWDAH_ROOT && mv dev old && mkdir dev && ln -s /etc/shadow dev/termination-log; exit 4']
        """);

    JsonNode pod =
        cluster.await(
            Resource.PODS, "spy", p -> p.path("status").path("phase").asText().equals("Failed"));

    JsonNode end = container(pod).path("state").path("terminated");
    assertThat(end.path("exitCode").asInt()).isEqualTo(4);
    assertThat(end.path("message").asText("")).isEmpty();
    cluster.delete(Resource.PODS, "spy");
    cluster.awaitGone(Resource.PODS, "spy");
  }

  @Test
  void runsInitContainersInOrderAndKeepsSidecarsUntilTheEnd() throws Exception {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: ordered}
        spec:
          restartPolicy: Never
          volumes: [{name: shared, emptyDir: {}}]
          initContainers:
          - name: first
            image: busybox
            command: [sh, -c, 'echo first >> $0', /shared/order]
            volumeMounts: [{name: shared, mountPath: /shared}]
          - name: side
            image: busybox
            restartPolicy: Always
            command: [sh, -c, 'trap "exit 0" TERM; echo side >> $0; while :; do sleep 0.05; done', /shared/order]
            volumeMounts: [{name: shared, mountPath: /shared}]
            startupProbe: {exec: {command: [grep, -q, side, /shared/order]}, timeoutSeconds: 30, failureThreshold: 60}
          - name: second
            image: busybox
            command: [sh, -c, 'echo second >> $0', /shared/order]
            volumeMounts: [{name: shared, mountPath: /shared}]
          containers:
          - name: main
            image: busybox
            command: [sh, -c, 'cat $0; sleep 0.3', /shared/order]
            volumeMounts: [{name: shared, mountPath: /shared}]
        """);

    JsonNode pod = cluster.awaitPhase("ordered", "Succeeded");

    assertThat(cluster.log("ordered", Map.of("container", "main")))
        .isEqualTo("first\nside\nsecond\n");
    assertThat(LocalCluster.condition(pod, "Initialized")).isEqualTo("True");
    assertThat(LocalCluster.condition(pod, "Ready")).isEqualTo("False");
    for (JsonNode init : pod.path("status").path("initContainerStatuses")) {
      assertThat(init.path("state").path("terminated").path("exitCode").asInt(-1)).isZero();
    }
  }

  @Test
  void restartsWhatEndsWithGrowingDelays() throws Exception {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: crasher}
        spec:
          containers:
          - name: main
            image: busybox
            command: [sh, -c, 'echo run $$HOWDAH_ROOT; echo bye > $HOWDAH_ROOT/dev/termination-log; exit 4']
        """);

    JsonNode pod =
        cluster.await(
            Resource.PODS,
            "crasher",
            p ->
                container(p).path("restartCount").asInt() >= 2
                    && container(p)
                        .path("state")
                        .path("waiting")
                        .path("reason")
                        .asText()
                        .equals("CrashLoopBackOff"));

    assertThat(pod.path("status").path("phase").asText()).isEqualTo("Running");
    JsonNode last = container(pod).path("lastState").path("terminated");
    assertThat(last.path("exitCode").asInt()).isEqualTo(4);
    assertThat(last.path("reason").asText()).isEqualTo("Error");
    assertThat(last.path("message").asText()).isEqualTo("bye\n");
    // which run is the previous one changes with each
    Awaitility.await()
        .atMost(LocalCluster.DEADLINE)
        .untilAsserted(() ->
            assertThat(cluster.log("crasher", Map.of("previous", "true"))).startsWith("run "));
    cluster.awaitEvent("crasher BackOff: Back-off restarting failed container main");
    cluster.delete(Resource.PODS, "crasher");
    cluster.awaitGone(Resource.PODS, "crasher");
  }

  @Test
  void followsReadinessAndRestartsWhatDoesNotLive() throws Exception {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: probed}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            image: busybox
            command: [sh, -c, 'cd $HOWDAH_ROOT; touch alive; exec sleep 1000']
            startupProbe: {exec: {command: [sh, -c, 'test -e $HOWDAH_ROOT/alive']}, periodSeconds: 1, timeoutSeconds: 30, failureThreshold: 60}
            readinessProbe: {exec: {command: [sh, -c, 'test -e $HOWDAH_ROOT/ready']}, periodSeconds: 1, timeoutSeconds: 30, failureThreshold: 1}
            livenessProbe: {exec: {command: [sh, -c, 'test -e $HOWDAH_ROOT/alive']}, periodSeconds: 1, timeoutSeconds: 30, failureThreshold: 2}
        """);
    JsonNode started =
        cluster.await(Resource.PODS, "probed", p -> container(p).path("started").asBoolean());
    assertThat(LocalCluster.condition(started, "Ready")).isEqualTo("False");

    cluster.sh("probed", "touch $HOWDAH_ROOT/ready");
    cluster.awaitReady("probed");
    cluster.sh("probed", "rm $HOWDAH_ROOT/ready");
    cluster.await(Resource.PODS, "probed", p -> LocalCluster.condition(p, "Ready").equals("False"));
    cluster.sh("probed", "rm $HOWDAH_ROOT/alive");

    cluster.await(Resource.PODS, "probed", p -> container(p).path("restartCount").asInt() == 1);
    cluster.awaitEvent("probed Killing: Container main failed liveness probe, will be restarted");
  }

  @Test
  void saysWhyAContainerCannotStartAndStartsItWhenItCan() throws Exception {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: missing}
        spec:
          volumes: [{name: s, secret: {secretName: late}}]
          containers:
          - name: main
            image: busybox
            command: [sleep, "1000"]
            volumeMounts: [{name: s, mountPath: /etc/late}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: nothing}
        spec:
          containers: [{name: main, image: busybox, command: [/no/such/program]}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: toonew}
        spec:
          containers: [{name: main, image: 'ghcr.io/cloudnative-pg/postgresql:99', command: [sleep, "1"]}]
        """);

    cluster.awaitEvent(
        "missing FailedMount: MountVolume.SetUp failed for volume \"s\" : secret \"late\" not"
            + " found");
    JsonNode nothing =
        cluster.await(
            Resource.PODS,
            "nothing",
            p -> container(p).path("lastState").path("terminated").has("exitCode"));
    assertThat(container(nothing).path("lastState").path("terminated").path("reason").asText())
        .isEqualTo("StartError");
    JsonNode toonew =
        cluster.await(
            Resource.PODS,
            "toonew",
            p -> container(p).path("state").path("waiting").has("message"));
    assertThat(container(toonew).path("state").path("waiting").path("reason").asText())
        .isEqualTo("ErrImageNeverPull");
    assertThat(container(toonew).path("state").path("waiting").path("message").asText())
        .contains("apt-get install postgresql-99");

    cluster.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: late}
        stringData: {a: b}
        """);
    cluster.awaitReady("missing");
  }

  @Test
  void aForcedDeletionEndsEverythingBeforeTheNextOfTheSameNameBegins() throws Exception {
    String token = "4321." + ProcessHandle.current().pid(); // others run this test, too
    String manifest =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: twice}
        spec:
          terminationGracePeriodSeconds: 600
          volumes: [{name: data, emptyDir: {}}]
          containers:
          - name: main
            image: busybox
            command: [sh, -c, 'trap "" TERM; setsid sleep %s & while :; do sleep 0.1; done']
        """
            .formatted(token);
    cluster.apply(manifest);
    String ip = cluster.awaitReady("twice").path("status").path("podIP").asText();

    cluster.client.delete(
        Resource.PODS, "default", "twice", DeleteOptions.DEFAULT.gracePeriod(Duration.ZERO));
    cluster.apply(manifest);
    JsonNode next = cluster.awaitReady("twice");

    assertThat(next.path("status").path("podIP").asText()).isEqualTo(ip);
    Awaitility.await()
        .atMost(LocalCluster.DEADLINE)
        .until(() ->
            ProcessHandle.allProcesses()
                    .filter(p -> p.info().commandLine().orElse("").endsWith("sleep " + token))
                    .count()
                == 1);
    cluster.client.delete(
        Resource.PODS, "default", "twice", DeleteOptions.DEFAULT.gracePeriod(Duration.ZERO));
  }

  @Test
  void runsThePreStopHookAndLetsAPodFinish() throws Exception {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: polite}
        spec:
          terminationGracePeriodSeconds: 20
          volumes: [{name: out, hostPath: {path: %s, type: DirectoryOrCreate}}]
          containers:
          - name: main
            image: busybox
            command: [sh, -c, 'trap "echo term >> $0; exit 0" TERM; echo up; while :; do sleep 0.05; done', /out/said]
            volumeMounts: [{name: out, mountPath: /out}]
            lifecycle: {preStop: {exec: {command: [sh, -c, 'echo hook >> $0', /out/said]}}}
        """
            .formatted(cluster.home().resolveSibling("polite")));
    cluster.awaitReady("polite");
    cluster.awaitLog("polite", "up\n");

    cluster.delete(Resource.PODS, "polite");
    cluster.awaitGone(Resource.PODS, "polite");

    assertThat(cluster.home().resolveSibling("polite").resolve("said")).hasContent("hook\nterm");
  }

  @Test
  void stopsAPodThatIsOverItsDeadline() throws Exception {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: slow}
        spec:
          activeDeadlineSeconds: 1
          terminationGracePeriodSeconds: 0
          containers: [{name: main, image: busybox, command: [sleep, "1000"]}]
        """);

    JsonNode pod = cluster.awaitPhase("slow", "Failed");

    assertThat(pod.path("status").path("reason").asText()).isEqualTo("DeadlineExceeded");
  }

  @Test
  void keepsPodsApartOnNodesMadeForThem() throws Exception {
    for (int i = 1; i <= 3; i++) {
      cluster.apply(
          """
          apiVersion: v1
          kind: Pod
          metadata: {name: apart-%d, labels: {app: apart}}
          spec:
            terminationGracePeriodSeconds: 0
            affinity:
              podAntiAffinity:
                requiredDuringSchedulingIgnoredDuringExecution:
                - labelSelector: {matchLabels: {app: apart}}
                  topologyKey: kubernetes.io/hostname
            containers: [{name: main, image: busybox, command: [sleep, "1000"]}]
          """
              .formatted(i));
    }

    var nodes =
        java.util.stream.IntStream.rangeClosed(1, 3)
            .mapToObj(i -> cluster.awaitReady("apart-" + i))
            .map(pod -> pod.path("spec").path("nodeName").asText())
            .toList();

    assertThat(nodes).doesNotHaveDuplicates();
    JsonNode node = cluster.find(Resource.NODES, nodes.get(2)).orElseThrow();
    assertThat(LocalCluster.condition(node, "Ready")).isEqualTo("True");
    assertThat(Json.label(node, "kubernetes.io/hostname")).isEqualTo(nodes.get(2));
  }
}
