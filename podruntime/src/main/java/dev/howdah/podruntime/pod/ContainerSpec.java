// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/// A container as its pod defines it.
record ContainerSpec(String name, Kind kind, JsonNode json) {
  /// When it runs.
  enum Kind {
    /// Once, before those after it.
    INIT,
    /// From its turn among the init containers on, until all main containers have ended.
    SIDECAR,
    /// After the init containers.
    MAIN
  }

  /// All containers of a pod in the order they start.
  static List<ContainerSpec> of(JsonNode pod) {
    var list = new ArrayList<ContainerSpec>();
    for (JsonNode json : pod.path("spec").path("initContainers")) {
      boolean sidecar = json.path("restartPolicy").asText("").equals("Always");
      list.add(spec(json, sidecar ? Kind.SIDECAR : Kind.INIT));
    }
    for (JsonNode json : pod.path("spec").path("containers")) {
      list.add(spec(json, Kind.MAIN));
    }
    return list;
  }

  private static ContainerSpec spec(JsonNode json, Kind kind) {
    return new ContainerSpec(json.path("name").asText(), kind, json);
  }

  String image() {
    return json.path("image").asText("");
  }
}
