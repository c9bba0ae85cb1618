// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.core.wal.Lsn;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Reads a Cluster and what belongs to it from the API server, and each instance's own status from
/// its instance manager where that can be reached.
final class ClusterReader {
  private static final String HEALTHY = "Cluster in healthy state";
  private final KubeClient client;
  private final InstanceStatus instanceStatus;

  ClusterReader(KubeClient client, InstanceStatus instanceStatus) {
    this.client = client;
    this.instanceStatus = instanceStatus;
  }

  List<ClusterView> all(String namespace) {
    return client.list(Resource.CLUSTERS, namespace, Selection.ALL).items().stream()
        .map(this::view)
        .toList();
  }

  ClusterView view(ObjectNode cluster) {
    var namespace = Json.namespace(cluster);
    var name = Json.name(cluster);
    var status = cluster.path("status");
    var mine = Selection.labels("cnpg.io/cluster=" + name);
    var pods = client.list(Resource.PODS, namespace, mine).items();
    var jobs = client.list(Resource.JOBS, namespace, mine).items();
    int wanted = cluster.at("/spec/instances").asInt(1);
    var instances = instances(cluster, pods, jobs);
    int ready = Math.max(0, status.path("readyInstances").asInt(0) - fencedPods(cluster, pods));
    var phase = status.path("phase").asText("");
    return new ClusterView(
        namespace,
        name,
        phase,
        status.path("phaseReason").asText(""),
        wanted,
        ready,
        status.path("currentPrimary").asText(""),
        phase.equals(HEALTHY) && ready == wanted,
        instances,
        warnings(status));
  }

  /// A fenced instance's pod stays ready, so that nobody replaces it, and its PostgreSQL is
  /// stopped.
  private static int fencedPods(ObjectNode cluster, List<ObjectNode> pods) {
    return (int)
        pods.stream()
            .filter(pod -> Json.label(pod, "cnpg.io/podRole").equals("instance"))
            .filter(pod -> readiness(pod).equals("ready"))
            .filter(pod -> isFenced(cluster, Json.name(pod)))
            .count();
  }

  /// A malformed annotation fences nobody; the operator says what is wrong with it.
  private static boolean isFenced(ObjectNode cluster, String instance) {
    try {
      var fenced = FencingCommand.fenced(cluster);
      return fenced.contains(instance) || fenced.contains(FencingCommand.ALL);
    } catch (ProblemException e) {
      return false;
    }
  }

  private static List<String> warnings(JsonNode status) {
    var warnings = new ArrayList<String>();
    for (var condition : status.path("conditions")) {
      if (condition.path("type").asText().equals("UnsupportedFields")
          && condition.path("status").asText().equals("True")) {
        warnings.add(condition.path("message").asText());
      }
    }
    return warnings;
  }

  private List<ClusterView.Instance> instances(
      ObjectNode cluster, List<ObjectNode> pods, List<ObjectNode> jobs) {
    var states = new TreeMap<String, String>(ClusterReader::bySerial);
    cluster.at("/status/instanceNames").forEach(n -> states.put(n.asText(), "waiting"));
    for (var job : jobs) {
      var instance = Json.label(job, "cnpg.io/instanceName");
      if (!instance.isEmpty() && job.at("/status/succeeded").asInt(0) == 0) {
        states.put(instance, jobState(job));
      }
    }
    Map<String, ObjectNode> servers = new HashMap<>();
    for (var pod : pods) {
      if (Json.label(pod, "cnpg.io/podRole").equals("instance")) {
        servers.put(Json.name(pod), pod);
        states.put(Json.name(pod), podState(cluster, pod));
      }
    }
    Map<String, JsonNode> reports = new HashMap<>();
    servers.forEach(
        (name, pod) -> instanceStatus.of(cluster, pod).ifPresent(r -> reports.put(name, r)));
    @Nullable Lsn written = null;
    for (var report : reports.values()) {
      if (report.path("isPrimary").asBoolean()) {
        written = lsn(report.path("currentLsn"));
      }
    }
    var rows = new ArrayList<ClusterView.Instance>();
    for (var entry : states.entrySet()) {
      rows.add(
          row(
              entry.getKey(),
              entry.getValue(),
              servers.get(entry.getKey()),
              reports.get(entry.getKey()),
              written));
    }
    return rows;
  }

  private static ClusterView.Instance row(
      String name,
      String state,
      @Nullable ObjectNode pod,
      @Nullable JsonNode report,
      @Nullable Lsn written) {
    var label = pod == null ? "" : Json.label(pod, "cnpg.io/instanceRole");
    var role = label.equals("replica") ? "standby" : label;
    var address = pod == null ? "" : pod.at("/status/podIP").asText("");
    if (report == null) {
      return new ClusterView.Instance(name, role, state, 0, "", null, address);
    }
    boolean primary = report.path("isPrimary").asBoolean();
    // the primary of a cluster that follows another one replays too
    boolean writes = primary && report.hasNonNull("currentLsn");
    var at = lsn(report.path(writes ? "currentLsn" : "replayLsn"));
    if (role.isEmpty() && state.equals("ready")) {
      role = primary ? "primary" : "standby";
    }
    if (state.equals("ready") && !primary) {
      state = standbyState(role, report.path("isWalReceiverActive").asBoolean());
    }
    Long lag =
        primary || at == null || written == null ? null : Math.max(0, written.bytesSince(at));
    return new ClusterView.Instance(
        name,
        role,
        state,
        report.path("timeLineID").asLong(),
        at == null ? "" : at.toString(),
        lag,
        address);
  }

  private static String standbyState(String role, boolean streams) {
    if (role.equals("primary")) {
      return ClusterView.Instance.CHANGING_ROLE;
    }
    return streams ? "streaming" : ClusterView.Instance.NOT_STREAMING;
  }

  private static @Nullable Lsn lsn(JsonNode text) {
    return text.asText("").isEmpty() ? null : Lsn.parse(text.asText());
  }

  private static String jobState(ObjectNode job) {
    if (job.at("/status/failed").asInt(0) > 0 && job.at("/status/active").asInt(0) == 0) {
      return "failed";
    }
    return switch (Json.label(job, "cnpg.io/jobRole")) {
      case "initdb" -> "init";
      case "join", "pgbasebackup" -> "clone";
      case "import" -> "import";
      case "full-recovery", "snapshot-recovery" -> "restore";
      case "major-upgrade" -> "upgrade";
      default -> "preparing";
    };
  }

  private static String podState(ObjectNode cluster, ObjectNode pod) {
    var state = readiness(pod);
    boolean runs = state.equals("ready") || state.equals("starting");
    return runs && isFenced(cluster, Json.name(pod)) ? "fenced" : state;
  }

  private static String readiness(ObjectNode pod) {
    if (!pod.at("/metadata/deletionTimestamp").isMissingNode()) {
      return "stopping";
    }
    for (var condition : pod.at("/status/conditions")) {
      if (condition.path("type").asText().equals("Ready")
          && condition.path("status").asText().equals("True")) {
        return "ready";
      }
    }
    for (var container : pod.at("/status/containerStatuses")) {
      var waiting = container.at("/state/waiting/reason").asText("");
      if (!waiting.isEmpty() && !waiting.equals("PodInitializing")) {
        return waiting;
      }
    }
    return pod.at("/status/phase").asText("").equals("Running") ? "starting" : "waiting";
  }

  private static int bySerial(String a, String b) {
    int byLength = Integer.compare(a.length(), b.length());
    return byLength != 0 ? byLength : a.compareTo(b);
  }
}
