// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A Cluster under test.
public record Database(Scene scene, String name) {
  private static final String HEALTHY = "Cluster in healthy state";
  private static final Duration SQL = Duration.ofSeconds(60);

  /// The Cluster as it stands.
  public ObjectNode object() {
    return scene.client().get(Resource.CLUSTERS, scene.namespace(), name);
  }

  /// The primary, as the Cluster's status names it.
  public String primary() {
    return object().at("/status/currentPrimary").asText();
  }

  /// Instances' pods by name.
  public Map<String, JsonNode> pods() {
    var pods = new TreeMap<String, JsonNode>();
    for (ObjectNode pod :
        scene.list(Resource.PODS, "cnpg.io/cluster=" + name + ",cnpg.io/podRole=instance")) {
      pods.put(pod.at("/metadata/name").asText(), pod);
    }
    return pods;
  }

  /// UID of each instance's pod.
  public Map<String, String> uids() {
    var uids = new TreeMap<String, String>();
    pods().forEach((pod, object) -> uids.put(pod, object.at("/metadata/uid").asText()));
    return uids;
  }

  /// The node a pod runs on.
  public String nodeOf(String pod) {
    JsonNode object = pods().get(pod);
    return object == null ? "" : object.at("/spec/nodeName").asText();
  }

  /// A pod that isn't the primary.
  public String standby() {
    String primary = primary();
    return pods().keySet().stream()
        .filter(pod -> !pod.equals(primary))
        .sorted()
        .findFirst()
        .orElseThrow();
  }

  /// The answer of an instance to a statement.
  public String sql(String pod, String statement) throws IOException, InterruptedException {
    var ended =
        scene.attempt(
            "",
            SQL,
            "-n",
            scene.namespace(),
            "exec",
            pod,
            "-c",
            "postgres",
            "--",
            "psql",
            "-U",
            "postgres",
            "-d",
            "app",
            "-qAtc",
            statement);
    if (ended.exit() != 0) {
      throw new IOException(pod + ": " + ended.said().strip());
    }
    return ended.output().strip();
  }

  /// Changes the Cluster by a merge patch.
  public void patch(String patch) throws IOException, InterruptedException {
    scene.inNamespace("patch", "clusters.postgresql.cnpg.io", name, "--type=merge", "-p", patch);
  }

  /// What the API server says to a merge patch; nothing is stored.
  String reviewed(String patch) throws IOException, InterruptedException {
    return scene
        .attempt(
            "",
            Duration.ofSeconds(60),
            "-n",
            scene.namespace(),
            "patch",
            "clusters.postgresql.cnpg.io",
            name,
            "--type=merge",
            "--dry-run=server",
            "-p",
            patch)
        .said();
  }

  /// Waits until all instances stream and the status says so.
  public void awaitHealthy(int instances, Duration deadline) throws InterruptedException {
    Programs.await(
        name + " is healthy with " + instances + " instances",
        deadline,
        () -> isHealthy(instances));
  }

  boolean isHealthy(int instances) throws IOException, InterruptedException {
    JsonNode status = object().path("status");
    Map<String, JsonNode> pods = pods();
    return status.path("phase").asText().equals(HEALTHY)
        && status.path("readyInstances").asInt() == instances
        && status.path("currentPrimary").asText().equals(status.path("targetPrimary").asText())
        && pods.size() == instances
        && pods.values().stream().allMatch(Database::isReady)
        && sql(
                primary(),
                "select count(*) from pg_stat_replication where state = 'streaming' and application_name like '"
                    + name
                    + "-%'")
            .equals(Integer.toString(instances - 1));
  }

  static boolean isReady(JsonNode pod) {
    for (JsonNode condition : pod.at("/status/conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        return condition.path("status").asText().equals("True");
      }
    }
    return false;
  }

  /// Which instances say that they are no standby; more than one would be a split brain.
  public List<String> writable() {
    return pods().keySet().stream().filter(this::isWritable).toList();
  }

  private boolean isWritable(String pod) {
    try {
      return sql(pod, "select not pg_is_in_recovery()").equals("t");
    } catch (IOException _) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
