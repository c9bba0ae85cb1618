// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.pod.ContainerSpec.Kind;
import dev.howdah.podruntime.pod.ContainerState.Ended;
import dev.howdah.podruntime.pod.ContainerState.Running;
import dev.howdah.podruntime.pod.ContainerState.Waiting;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The status of a pod as a kubelet would write it. Pure.
final class PodStatus {
  /// What it is made of.
  ///
  /// @param mounted the volumes are there
  /// @param over why the pod was ended by the runtime, such as `DeadlineExceeded`; else empty
  record Facts(
      JsonNode pod,
      PodPlan.View view,
      String ip,
      String hostIp,
      Instant start,
      boolean mounted,
      String over,
      String overMessage) {}

  private final Facts facts;
  private final PodPlan.View view;

  private PodStatus(Facts facts) {
    this.facts = facts;
    this.view = facts.view;
  }

  /// The `status` of the pod, without what others write.
  static ObjectNode of(Facts facts) {
    return new PodStatus(facts).build();
  }

  private ObjectNode build() {
    ObjectNode status = Json.object();
    String phase = phase();
    status.put("phase", phase);
    if (!facts.over.isEmpty()) {
      status.put("reason", facts.over).put("message", facts.overMessage);
    }
    status.put("hostIP", facts.hostIp);
    status.putArray("hostIPs").addObject().put("ip", facts.hostIp);
    if (!facts.ip.isEmpty()) {
      status.put("podIP", facts.ip);
      status.putArray("podIPs").addObject().put("ip", facts.ip);
    }
    status.put("startTime", time(facts.start));
    status.put("qosClass", qosClass(facts.pod));
    status.set("conditions", conditions(phase));
    ArrayNode inits = Json.mapper().createArrayNode();
    ArrayNode mains = Json.mapper().createArrayNode();
    for (ContainerState state : view.containers()) {
      (state.spec().kind() == Kind.MAIN ? mains : inits).add(container(state));
    }
    if (!inits.isEmpty()) {
      status.set("initContainerStatuses", inits);
    }
    status.set("containerStatuses", mains);
    return status;
  }

  String phase() {
    List<ContainerState> mains = view.of(Kind.MAIN);
    if (!facts.over.isEmpty() && view.isOver()) {
      return "Failed";
    }
    if (view.isOver()) {
      boolean good = mains.stream().allMatch(ContainerState::hasSucceeded) && view.initialized();
      return good ? "Succeeded" : "Failed";
    }
    return view.initialized() && mains.stream().allMatch(PodPlan::hasBegun) ? "Running" : "Pending";
  }

  private ArrayNode conditions(String phase) {
    ArrayNode conditions = Json.mapper().createArrayNode();
    add(conditions, "PodScheduled", true, "", "");
    add(conditions, "PodReadyToStartContainers", facts.mounted && !view.isOver(), "", "");
    List<String> incomplete =
        view.containers().stream()
            .filter(s -> s.spec().kind() == Kind.INIT && !s.hasSucceeded())
            .map(s -> s.spec().name())
            .toList();
    if (phase.equals("Succeeded")) {
      add(conditions, "Initialized", true, "PodCompleted", "");
      add(conditions, "Ready", false, "PodCompleted", "");
      add(conditions, "ContainersReady", false, "PodCompleted", "");
    } else {
      add(
          conditions,
          "Initialized",
          view.initialized(),
          "ContainersNotInitialized",
          "containers with incomplete status: " + list(incomplete));
      readiness(conditions, phase);
    }
    // Conditions of others stay as they are.
    for (JsonNode other : facts.pod.path("status").path("conditions")) {
      if (find(conditions, other.path("type").asText()) == null) {
        conditions.add(other.deepCopy());
      }
    }
    return conditions;
  }

  private void readiness(ArrayNode conditions, String phase) {
    List<String> unready =
        view.containers().stream()
            .filter(s -> s.spec().kind() != Kind.INIT && !s.ready())
            .map(s -> s.spec().name())
            .toList();
    if (phase.equals("Failed")) {
      add(conditions, "Ready", false, "PodFailed", "");
      add(conditions, "ContainersReady", false, "PodFailed", "");
      return;
    }
    String message = "containers with unready status: " + list(unready);
    boolean ready = unready.isEmpty();
    add(conditions, "ContainersReady", ready, "ContainersNotReady", message);
    List<String> gates = new ArrayList<>();
    for (JsonNode gate : facts.pod.path("spec").path("readinessGates")) {
      JsonNode condition =
          find(facts.pod.path("status").path("conditions"), gate.path("conditionType").asText());
      if (condition == null || !condition.path("status").asText().equals("True")) {
        gates.add(gate.path("conditionType").asText());
      }
    }
    if (ready && !gates.isEmpty()) {
      add(
          conditions,
          "Ready",
          false,
          "ReadinessGatesNotReady",
          "corresponding condition of pod readiness gate \"%s\" does not exist or is not True."
              .formatted(gates.getFirst()));
    } else {
      add(conditions, "Ready", ready, "ContainersNotReady", message);
    }
  }

  private void add(
      ArrayNode conditions, String type, boolean value, String reason, String message) {
    JsonNode before = find(facts.pod.path("status").path("conditions"), type);
    String status = value ? "True" : "False";
    boolean same = before != null && before.path("status").asText().equals(status);
    ObjectNode condition = conditions.addObject();
    condition.put("type", type).put("status", status).putNull("lastProbeTime");
    condition.put(
        "lastTransitionTime",
        same && before != null ? before.path("lastTransitionTime").asText() : time(view.now()));
    if ((!value || reason.equals("PodCompleted")) && !reason.isEmpty()) {
      condition.put("reason", reason);
      if (!message.isEmpty()) {
        condition.put("message", message);
      }
    }
  }

  private static @Nullable JsonNode find(JsonNode conditions, String type) {
    for (JsonNode condition : conditions) {
      if (condition.path("type").asText().equals(type)) {
        return condition;
      }
    }
    return null;
  }

  private ObjectNode container(ContainerState state) {
    ObjectNode node = Json.object();
    node.put("name", state.spec().name());
    node.set("state", now(state));
    node.set("lastState", Json.object());
    Ended previous = state.previous();
    if (state.now() instanceof Ended ended && waitsForRestart(state)) {
      previous = ended;
    }
    if (previous != null) {
      node.withObject("/lastState").set("terminated", terminated(previous, state));
    }
    boolean initDone = state.spec().kind() == Kind.INIT && state.hasSucceeded();
    node.put("ready", state.ready() || initDone);
    node.put("restartCount", state.attempt());
    node.put("image", state.spec().image()).put("imageID", "howdah://local");
    boolean begun = PodPlan.hasBegun(state);
    int attempt = state.now() instanceof Waiting ? state.attempt() - 1 : state.attempt();
    node.put("containerID", begun ? id(state, Math.max(0, attempt)) : "");
    node.put("started", state.isUp());
    return node;
  }

  private ObjectNode now(ContainerState state) {
    ObjectNode node = Json.object();
    switch (state.now()) {
      case Waiting(var reason, var message) -> {
        ObjectNode waiting = node.putObject("waiting");
        waiting.put("reason", reason.isEmpty() ? defaultReason(state) : reason);
        if (!message.isEmpty()) {
          waiting.put("message", message);
        }
      }
      case Running(var since) -> node.putObject("running").put("startedAt", time(since));
      case Ended ended -> {
        if (waitsForRestart(state)) {
          node.putObject("waiting")
              .put("reason", "CrashLoopBackOff")
              .put(
                  "message",
                  "back-off %ds restarting failed container=%s pod=%s_%s(%s)"
                      .formatted(
                          ChronoUnit.SECONDS.between(ended.finished(), state.retryAt()),
                          state.spec().name(),
                          Json.name(facts.pod),
                          Json.namespace(facts.pod),
                          Json.uid(facts.pod)));
        } else {
          node.set("terminated", terminated(ended, state));
        }
      }
    }
    return node;
  }

  private boolean waitsForRestart(ContainerState state) {
    if (!(state.now() instanceof Ended ended) || view.isOver() || view.stopping()) {
      return false;
    }
    boolean again =
        switch (state.spec().kind()) {
          case INIT -> ended.exitCode() != 0 && view.policy() != RestartPolicy.NEVER;
          case SIDECAR -> !view.mainsDone();
          case MAIN -> view.policy().restarts(ended.exitCode());
        };
    return again && state.retryAt().isAfter(view.now());
  }

  private String defaultReason(ContainerState state) {
    boolean waitsForInit = state.spec().kind() == Kind.MAIN && !view.initialized();
    boolean hasInit = !view.of(Kind.INIT).isEmpty() || !view.of(Kind.SIDECAR).isEmpty();
    return hasInit && (waitsForInit || state.spec().kind() != Kind.MAIN)
        ? "PodInitializing"
        : "ContainerCreating";
  }

  private ObjectNode terminated(Ended ended, ContainerState state) {
    ObjectNode node = Json.object();
    node.put("exitCode", ended.exitCode()).put("reason", ended.reason());
    if (!ended.message().isEmpty()) {
      node.put("message", ended.message());
    }
    node.put("startedAt", time(ended.started())).put("finishedAt", time(ended.finished()));
    node.put("containerID", id(state, ended.attempt()));
    return node;
  }

  private String id(ContainerState state, int attempt) {
    return "howdah://%s/%s/%d".formatted(Json.uid(facts.pod), state.spec().name(), attempt);
  }

  static String qosClass(JsonNode pod) {
    boolean any = false;
    boolean all = true;
    for (JsonNode container : pod.path("spec").path("containers")) {
      JsonNode resources = container.path("resources");
      any |= !resources.path("requests").isEmpty() || !resources.path("limits").isEmpty();
      for (String resource : new String[] {"cpu", "memory"}) {
        JsonNode limit = resources.path("limits").path(resource);
        JsonNode request = resources.path("requests").path(resource);
        all &= !limit.isMissingNode() && (request.isMissingNode() || request.equals(limit));
      }
    }
    return all ? "Guaranteed" : any ? "Burstable" : "BestEffort";
  }

  private static String list(List<String> names) {
    return "[" + String.join(" ", names) + "]";
  }

  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
