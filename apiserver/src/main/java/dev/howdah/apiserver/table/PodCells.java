// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.table;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A pod in one word, as `kubectl get pods` sums it up.
final class PodCells {
  static final List<Column> COLUMNS =
      List.of(
          Column.objectName(),
          Column.text("Ready", row -> new PodCells(row).readiness()),
          Column.text("Status", row -> new PodCells(row).reason),
          Column.text("Restarts", row -> new PodCells(row).restarts()),
          Column.age(),
          Column.text("IP", row -> row.text("/status/podIPs/0/ip", Row.NONE)).wide(),
          Column.text("Node", row -> row.text("/spec/nodeName", Row.NONE)).wide(),
          Column.text("Nominated Node", row -> row.text("/status/nominatedNodeName", Row.NONE))
              .wide(),
          Column.text("Readiness Gates", PodCells::readinessGates).wide());

  private final Row row;
  private String reason;
  private int ready;
  private int total;
  private int restarts;
  private String lastRestart = "";

  private PodCells(Row row) {
    this.row = row;
    var phase = row.text("/status/phase");
    reason = row.text("/status/reason", phase);
    total = row.size("/spec/containers");
    if (condition("PodScheduled", "reason").equals("SchedulingGated")) {
      reason = "SchedulingGated";
    }
    for (var container : row.at("/spec/initContainers")) {
      total += isSidecar(container) ? 1 : 0;
    }
    var initializing = initContainers();
    if (!initializing || condition("Initialized", "status").equals("True")) {
      if (!initializing) {
        restartsOfSidecars();
      }
      containers();
    }
    if (row.isDeleted()) {
      if (row.text("/status/reason").equals("NodeLost")) {
        reason = "Unknown";
      } else if (!phase.equals("Succeeded") && !phase.equals("Failed")) {
        reason = "Terminating";
      }
    }
  }

  private String condition(String type, String field) {
    for (var condition : row.at("/status/conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition.path(field).asText();
      }
    }
    return "";
  }

  private static boolean isSidecar(@Nullable JsonNode container) {
    return container != null && container.path("restartPolicy").asText().equals("Always");
  }

  private @Nullable JsonNode initContainer(String name) {
    for (var container : row.at("/spec/initContainers")) {
      if (container.path("name").asText().equals(name)) {
        return container;
      }
    }
    return null;
  }

  /// Whether an init container keeps the others waiting.
  private boolean initContainers() {
    var index = 0;
    for (var status : row.at("/status/initContainerStatuses")) {
      countRestarts(status);
      var terminated = status.path("state").path("terminated");
      var sidecar = isSidecar(initContainer(status.path("name").asText()));
      if (sidecar && status.path("started").asBoolean()) {
        ready += status.path("ready").asBoolean() ? 1 : 0;
      } else if (!terminated.isObject() || terminated.path("exitCode").asInt() != 0) {
        reason = "Init:" + initReason(status, index);
        return true;
      }
      index++;
    }
    return false;
  }

  private String initReason(JsonNode status, int index) {
    var terminated = status.path("state").path("terminated");
    if (terminated.isObject()) {
      return ended(terminated);
    }
    var waiting = status.path("state").path("waiting").path("reason").asText();
    return waiting.isEmpty() || waiting.equals("PodInitializing")
        ? index + "/" + row.size("/spec/initContainers")
        : waiting;
  }

  private static String ended(JsonNode terminated) {
    var reason = terminated.path("reason").asText();
    if (!reason.isEmpty()) {
      return reason;
    }
    var signal = terminated.path("signal").asInt();
    return signal != 0 ? "Signal:" + signal : "ExitCode:" + terminated.path("exitCode").asInt();
  }

  private void countRestarts(JsonNode status) {
    restarts += status.path("restartCount").asInt();
    var finished = status.path("lastState").path("terminated").path("finishedAt").asText();
    if (finished.compareTo(lastRestart) > 0) {
      lastRestart = finished;
    }
  }

  /// Once all is initialized, only sidecars count of the init containers.
  private void restartsOfSidecars() {
    restarts = 0;
    lastRestart = "";
    for (var status : row.at("/status/initContainerStatuses")) {
      if (isSidecar(initContainer(status.path("name").asText()))) {
        countRestarts(status);
      }
    }
  }

  private void containers() {
    var running = false;
    var statuses = row.at("/status/containerStatuses");
    for (var i = statuses.size() - 1; i >= 0; i--) {
      var status = statuses.get(i);
      var state = status.path("state");
      countRestarts(status);
      var waiting = state.path("waiting").path("reason").asText();
      if (!waiting.isEmpty()) {
        reason = waiting;
      } else if (state.path("terminated").isObject()) {
        reason = ended(state.path("terminated"));
      } else if (status.path("ready").asBoolean() && state.has("running")) {
        running = true;
        ready++;
      }
    }
    if (reason.equals("Completed") && running) {
      reason = condition("Ready", "status").equals("True") ? "Running" : "NotReady";
    }
  }

  private String readiness() {
    return ready + "/" + total;
  }

  private String restarts() {
    return restarts == 0 || lastRestart.isEmpty()
        ? String.valueOf(restarts)
        : "%d (%s ago)".formatted(restarts, Ages.since(lastRestart, row.now()));
  }

  private static String readinessGates(Row row) {
    var gates = row.at("/spec/readinessGates");
    if (gates.isEmpty()) {
      return Row.NONE;
    }
    var cells = new PodCells(row);
    var met =
        gates
            .valueStream()
            .filter(gate ->
                cells.condition(gate.path("conditionType").asText(), "status").equals("True"))
            .count();
    return met + "/" + gates.size();
  }

  /// The conditions of the row, by which clients tell finished pods.
  static ArrayNode rowConditions(Row row) {
    var conditions = JsonNodeFactory.instance.arrayNode();
    var phase = row.text("/status/phase");
    if (phase.equals("Succeeded") || phase.equals("Failed")) {
      conditions
          .addObject()
          .put("type", "Completed")
          .put("status", "True")
          .put("reason", phase)
          .put("message", phase.equals("Failed") ? "The pod failed." : "The pod has completed.");
    }
    return conditions;
  }
}
