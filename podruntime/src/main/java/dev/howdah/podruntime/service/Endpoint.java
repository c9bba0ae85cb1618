// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.service;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;

/// A pod behind one port of a Service.
///
/// @param ready takes new connections
/// @param serving works, though it may be on its way out
/// @param terminating is on its way out
public record Endpoint(
    String ip,
    int port,
    boolean ready,
    boolean serving,
    boolean terminating,
    String pod,
    String uid,
    String node,
    String hostname) {

  /// @param publishNotReady the Service wants all its pods, ready or not
  static Endpoint of(JsonNode pod, int port, boolean publishNotReady) {
    boolean terminating = pod.path("metadata").has("deletionTimestamp");
    boolean serving = publishNotReady || isReady(pod);
    String subdomain = pod.path("spec").path("subdomain").asText("");
    return new Endpoint(
        pod.path("status").path("podIP").asText(),
        port,
        serving && (!terminating || publishNotReady),
        serving,
        terminating,
        Json.name(pod),
        Json.uid(pod),
        pod.path("spec").path("nodeName").asText(""),
        subdomain.isEmpty() ? "" : pod.path("spec").path("hostname").asText(""));
  }

  static boolean isReady(JsonNode pod) {
    for (JsonNode condition : pod.path("status").path("conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        return condition.path("status").asText().equals("True");
      }
    }
    return false;
  }
}
