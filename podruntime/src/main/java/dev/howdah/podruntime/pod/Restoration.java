// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.pod.ContainerState.Ended;
import java.io.IOException;
import java.util.List;

/// Finds a pod's containers again after an earlier runtime.
final class Restoration {
  private Restoration() {}

  /// Takes over what runs, and learns how the rest has ended.
  ///
  /// When all processes ended while nobody looked (a reboot, a stopped runtime), init containers
  /// run again, as what they had set up may be lost.
  ///
  /// @param status what the API server knows
  /// @param over the pod has come to its end already
  /// @return whether main containers have begun, so that init containers are done with
  static boolean restore(
      List<Container> containers, JsonNode status, RestartPolicy policy, boolean over)
      throws IOException {
    for (Container container : containers) {
      container.restore(reported(status, container.spec().name()));
    }
    List<ContainerState> states = containers.stream().map(Container::state).toList();
    List<ContainerState> mains =
        states.stream().filter(s -> s.spec().kind() == ContainerSpec.Kind.MAIN).toList();
    boolean begun = mains.stream().anyMatch(PodPlan::hasBegun);
    boolean goesOn =
        mains.stream()
            .anyMatch(s -> !(s.now() instanceof Ended ended) || policy.restarts(ended.exitCode()));
    if (!over && begun && goesOn && states.stream().noneMatch(ContainerState::isRunning)) {
      containers.forEach(Container::startOver);
      return false;
    }
    return begun;
  }

  private static JsonNode reported(JsonNode status, String container) {
    for (String field : new String[] {"initContainerStatuses", "containerStatuses"}) {
      for (JsonNode each : status.path(field)) {
        if (each.path("name").asText().equals(container)) {
          return each;
        }
      }
    }
    return Json.object();
  }
}
