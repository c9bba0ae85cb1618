// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class WorkloadsIT {
  private static final Resource DEPLOYMENTS =
      new Resource("apps", "v1", "deployments", "Deployment", true);
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
  void completesAJobAfterAFailedTry() throws Exception {
    cluster.apply(
        """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: second-time}
        spec:
          backoffLimit: 3
          template:
            spec:
              restartPolicy: Never
              volumes: [{name: d, hostPath: {path: %s, type: DirectoryOrCreate}}]
              containers:
              - name: main
                image: busybox
                command: [sh, -c, 'test -e $0 && exit 0; touch $0; exit 1', /d/tried]
                volumeMounts: [{name: d, mountPath: /d}]
        """
            .formatted(cluster.home().resolveSibling("second")));

    JsonNode job =
        cluster.await(
            Resource.JOBS,
            "second-time",
            j -> LocalCluster.condition(j, "Complete").equals("True"));

    assertThat(job.path("status").path("succeeded").asInt()).isEqualTo(1);
    assertThat(job.path("status").path("failed").asInt()).isEqualTo(1);
    assertThat(job.path("status").path("active").asInt()).isZero();
    assertThat(job.path("status").has("completionTime")).isTrue();
    cluster.awaitEvent("second-time Completed: Job completed");
  }

  @Test
  void givesUpAJobAtItsLimit() throws Exception {
    cluster.apply(hopeless("hopeless", 600));

    cluster.await(
        Resource.JOBS, "hopeless", j -> LocalCluster.condition(j, "Failed").equals("True"));

    cluster.awaitEvent("hopeless BackoffLimitExceeded");
  }

  @Test
  void cleansUpAfterAJobsTime() throws Exception {
    cluster.apply(hopeless("fleeting", 1));

    cluster.awaitEvent("fleeting BackoffLimitExceeded");
    cluster.awaitGone(Resource.JOBS, "fleeting");
    Awaitility.await()
        .atMost(LocalCluster.DEADLINE)
        .until(() ->
            cluster
                .client
                .list(Resource.PODS, "default", Selection.labels("job-name=fleeting"))
                .items()
                .isEmpty());
  }

  private static String hopeless(String name, int secondsToLive) {
    return """
    apiVersion: batch/v1
    kind: Job
    metadata: {name: %s}
    spec:
      backoffLimit: 1
      ttlSecondsAfterFinished: %d
      template:
        spec:
          restartPolicy: Never
          containers: [{name: main, image: busybox, command: ["false"]}]
    """
        .formatted(name, secondsToLive);
  }

  @Test
  void rollsADeploymentToItsNextTemplate() throws Exception {
    cluster.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              terminationGracePeriodSeconds: 0
              containers: [{name: main, image: busybox, command: [sleep, "1000"]}]
        """);
    cluster.await(DEPLOYMENTS, "web", d -> d.path("status").path("availableReplicas").asInt() == 2);

    cluster.client.merge(
        DEPLOYMENTS,
        "default",
        "web",
        LocalCluster.yaml("{spec: {replicas: 3, template: {metadata: {annotations: {v: '2'}}}}}"));

    JsonNode done =
        cluster.await(
            DEPLOYMENTS,
            "web",
            d ->
                d.path("status").path("observedGeneration").asInt() == 2
                    && d.path("status").path("updatedReplicas").asInt() == 3
                    && d.path("status").path("replicas").asInt() == 3
                    && d.path("status").path("availableReplicas").asInt() == 3);
    assertThat(
            done.path("metadata")
                .path("annotations")
                .path("deployment.kubernetes.io/revision")
                .asText())
        .isEqualTo("2");
    assertThat(cluster.client.list(Resource.PODS, "default", Selection.labels("app=web")).items())
        .filteredOn(pod -> !pod.path("metadata").has("deletionTimestamp"))
        .hasSize(3)
        .allMatch(pod -> pod.path("metadata").path("annotations").path("v").asText().equals("2"));
  }
}
