// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.service;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.objects.Labels;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A Service and what is behind each of its ports: the pure part of service routing.
///
/// @param clusterIp empty for a headless Service and for one that only names an external host
public record ServiceView(
    Key key, String uid, String clusterIp, Map<ServicePort, List<Endpoint>> endpoints) {

  /// The view of a Service whose endpoints are the pods its selector selects.
  public static ServiceView of(JsonNode service, Collection<? extends JsonNode> pods) {
    JsonNode selector = service.path("spec").path("selector");
    boolean notReadyToo = service.path("spec").path("publishNotReadyAddresses").asBoolean();
    List<? extends JsonNode> selected =
        pods.stream()
            .filter(pod -> Json.namespace(pod).equals(Json.namespace(service)))
            .filter(pod -> Labels.matchMap(selector, Labels.of(pod)))
            .filter(ServiceView::canServe)
            .sorted(Comparator.comparing(Json::name))
            .toList();
    Map<ServicePort, List<Endpoint>> endpoints = new LinkedHashMap<>();
    for (JsonNode item : service.path("spec").path("ports")) {
      var port = ServicePort.of(item);
      var list = new ArrayList<Endpoint>();
      for (JsonNode pod : selected) {
        int target = port.targetIn(pod);
        if (target > 0) {
          list.add(Endpoint.of(pod, target, notReadyToo));
        }
      }
      endpoints.put(port, List.copyOf(list));
    }
    if (endpoints.isEmpty() && isHeadless(service)) {
      // A headless Service may go without ports: its endpoints are names only.
      endpoints.put(
          new ServicePort("", "TCP", 0, service.path("none"), 0, ""),
          selected.stream().map(pod -> Endpoint.of(pod, 0, notReadyToo)).toList());
    }
    return new ServiceView(Key.of(service), Json.uid(service), clusterIp(service), endpoints);
  }

  /// The view of a Service without a selector: somebody else names its endpoints.
  public static ServiceView ofEndpoints(JsonNode service, JsonNode given) {
    Map<ServicePort, List<Endpoint>> endpoints = new LinkedHashMap<>();
    for (JsonNode item : service.path("spec").path("ports")) {
      var port = ServicePort.of(item);
      var list = new ArrayList<Endpoint>();
      for (JsonNode subset : given.path("subsets")) {
        for (JsonNode candidate : subset.path("ports")) {
          if (candidate.path("name").asText("").equals(port.name())) {
            int number = candidate.path("port").asInt();
            subset.path("addresses").forEach(a -> list.add(external(a, number)));
          }
        }
      }
      endpoints.put(port, List.copyOf(list));
    }
    return new ServiceView(Key.of(service), Json.uid(service), clusterIp(service), endpoints);
  }

  /// Whether pods are selected at all.
  public static boolean hasSelector(JsonNode service) {
    return !service.path("spec").path("selector").isEmpty();
  }

  static boolean isHeadless(JsonNode service) {
    return service.path("spec").path("clusterIP").asText("").equals("None");
  }

  private static String clusterIp(JsonNode service) {
    String ip = service.path("spec").path("clusterIP").asText("");
    return ip.equals("None") ? "" : ip;
  }

  private static boolean canServe(JsonNode pod) {
    String phase = pod.path("status").path("phase").asText("");
    return !phase.equals("Succeeded")
        && !phase.equals("Failed")
        && !pod.path("status").path("podIP").asText("").isEmpty();
  }

  private static Endpoint external(JsonNode address, int port) {
    JsonNode target = address.path("targetRef");
    return new Endpoint(
        address.path("ip").asText(),
        port,
        true,
        true,
        false,
        target.path("name").asText(""),
        target.path("uid").asText(""),
        address.path("nodeName").asText(""),
        address.path("hostname").asText(""));
  }
}
