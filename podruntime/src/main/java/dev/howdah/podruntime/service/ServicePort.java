// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.service;

import com.fasterxml.jackson.databind.JsonNode;

/// A port of a Service.
///
/// @param target a port number or the name of a container's port
public record ServicePort(
    String name, String protocol, int port, JsonNode target, int nodePort, String appProtocol) {
  static ServicePort of(JsonNode port) {
    JsonNode target = port.path("targetPort");
    boolean absent = target.isMissingNode() || target.isNull() || target.asText().equals("0");
    return new ServicePort(
        port.path("name").asText(""),
        port.path("protocol").asText("TCP"),
        port.path("port").asInt(),
        absent ? port.path("port") : target,
        port.path("nodePort").asInt(0),
        port.path("appProtocol").asText(""));
  }

  /// The number of the target in a pod; 0 when the pod has no port of that name.
  int targetIn(JsonNode pod) {
    if (target.isNumber() || target.asText().matches("\\d+")) {
      return target.asInt();
    }
    for (String kind : new String[] {"containers", "initContainers"}) {
      for (JsonNode container : pod.path("spec").path(kind)) {
        for (JsonNode port : container.path("ports")) {
          if (port.path("name").asText().equals(target.asText())) {
            return port.path("containerPort").asInt();
          }
        }
      }
    }
    return 0;
  }
}
