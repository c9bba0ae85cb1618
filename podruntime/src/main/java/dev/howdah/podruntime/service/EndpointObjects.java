// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The Endpoints and EndpointSlice objects that tell others what is behind a Service. Pure.
final class EndpointObjects {
  static final String SERVICE_NAME = "kubernetes.io/service-name";
  static final String MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
  static final String MANAGER = "endpointslice-controller.k8s.io";

  private EndpointObjects() {}

  /// The name of the n-th slice of a Service.
  static String sliceName(ServiceView view, int index) {
    String hash = Integer.toString((view.uid() + index).hashCode() & 0x3fffffff, 36);
    return view.key().name() + "-" + ("00000" + hash).substring(hash.length());
  }

  /// The Endpoints object.
  static ObjectNode endpoints(ServiceView view, JsonNode service) {
    ObjectNode object = Json.object(Resource.ENDPOINTS, view.key().namespace(), view.key().name());
    copyLabels(service, object);
    ArrayNode subsets = object.putArray("subsets");
    for (var group : byTarget(view).entrySet()) {
      ObjectNode subset = Json.object();
      List<Endpoint> members = group.getValue();
      addresses(view, subset, "addresses", members.stream().filter(Endpoint::ready).toList());
      addresses(
          view,
          subset,
          "notReadyAddresses",
          members.stream().filter(e -> !e.ready() && !e.terminating()).toList());
      if (subset.isEmpty()) {
        continue;
      }
      if (!group.getKey().isEmpty()) {
        ports(subset.putArray("ports"), group.getKey());
      }
      subsets.add(subset);
    }
    if (subsets.isEmpty()) {
      object.remove("subsets");
    }
    return object;
  }

  /// The EndpointSlices: one per set of port numbers.
  static List<ObjectNode> slices(ServiceView view, JsonNode service) {
    var slices = new ArrayList<ObjectNode>();
    Map<Map<String, Target>, List<Endpoint>> groups = byTarget(view);
    if (groups.isEmpty()) {
      groups = Map.of(Map.of(), List.of());
    }
    for (var group : groups.entrySet()) {
      ObjectNode slice =
          Json.object(
              Resource.ENDPOINT_SLICES, view.key().namespace(), sliceName(view, slices.size()));
      copyLabels(service, slice);
      ObjectNode metadata = slice.withObject("/metadata");
      metadata.withObject("/labels").put(SERVICE_NAME, view.key().name()).put(MANAGED_BY, MANAGER);
      ObjectNode owner = metadata.putArray("ownerReferences").addObject();
      owner.put("apiVersion", "v1").put("kind", "Service");
      owner.put("name", view.key().name()).put("uid", view.uid());
      owner.put("controller", true).put("blockOwnerDeletion", true);
      slice.put("addressType", "IPv4");
      ports(slice.putArray("ports"), group.getKey());
      ArrayNode list = slice.putArray("endpoints");
      group.getValue().forEach(endpoint -> list.add(sliceEndpoint(view, endpoint)));
      slices.add(slice);
    }
    return slices;
  }

  private record Target(String protocol, int port, String appProtocol) {}

  /// Pods grouped by the numbers that the ports have in them.
  private static Map<Map<String, Target>, List<Endpoint>> byTarget(ServiceView view) {
    Map<String, Map<String, Target>> ports = new LinkedHashMap<>();
    Map<String, Endpoint> pods = new LinkedHashMap<>();
    view.endpoints()
        .forEach((port, endpoints) -> {
          for (Endpoint endpoint : endpoints) {
            pods.putIfAbsent(endpoint.ip(), endpoint);
            Map<String, Target> targets =
                ports.computeIfAbsent(endpoint.ip(), _ -> new LinkedHashMap<>());
            if (endpoint.port() > 0) {
              targets.put(
                  port.name(), new Target(port.protocol(), endpoint.port(), port.appProtocol()));
            }
          }
        });
    Map<Map<String, Target>, List<Endpoint>> groups = new LinkedHashMap<>();
    pods.forEach((ip, endpoint) ->
        groups
            .computeIfAbsent(ports.getOrDefault(ip, Map.of()), _ -> new ArrayList<>())
            .add(endpoint));
    return groups;
  }

  private static void ports(ArrayNode array, Map<String, Target> targets) {
    targets.forEach((name, target) -> {
      ObjectNode port = array.addObject();
      port.put("name", name).put("port", target.port()).put("protocol", target.protocol());
      if (!target.appProtocol().isEmpty()) {
        port.put("appProtocol", target.appProtocol());
      }
    });
  }

  private static void addresses(
      ServiceView view, ObjectNode subset, String field, List<Endpoint> members) {
    if (members.isEmpty()) {
      return;
    }
    ArrayNode array = subset.putArray(field);
    for (Endpoint endpoint : members) {
      ObjectNode address = array.addObject().put("ip", endpoint.ip());
      if (!endpoint.hostname().isEmpty()) {
        address.put("hostname", endpoint.hostname());
      }
      if (!endpoint.node().isEmpty()) {
        address.put("nodeName", endpoint.node());
      }
      target(view, address, endpoint);
    }
  }

  private static ObjectNode sliceEndpoint(ServiceView view, Endpoint endpoint) {
    ObjectNode node = Json.object();
    node.putArray("addresses").add(endpoint.ip());
    node.putObject("conditions")
        .put("ready", endpoint.ready())
        .put("serving", endpoint.serving())
        .put("terminating", endpoint.terminating());
    if (!endpoint.hostname().isEmpty()) {
      node.put("hostname", endpoint.hostname());
    }
    if (!endpoint.node().isEmpty()) {
      node.put("nodeName", endpoint.node());
    }
    target(view, node, endpoint);
    return node;
  }

  private static void target(ServiceView view, ObjectNode node, Endpoint endpoint) {
    if (!endpoint.pod().isEmpty()) {
      node.putObject("targetRef")
          .put("kind", "Pod")
          .put("namespace", view.key().namespace())
          .put("name", endpoint.pod())
          .put("uid", endpoint.uid());
    }
  }

  private static void copyLabels(JsonNode service, ObjectNode object) {
    JsonNode labels = service.path("metadata").path("labels");
    if (!labels.isEmpty()) {
      object.withObject("/metadata").set("labels", labels.deepCopy());
    }
  }

  /// Whether an existing object already says what is wanted.
  static boolean says(JsonNode existing, JsonNode wanted) {
    for (String field : Set.of("subsets", "endpoints", "ports", "addressType")) {
      if (!existing.path(field).equals(wanted.path(field))) {
        return false;
      }
    }
    return existing.path("metadata").path("labels").equals(wanted.path("metadata").path("labels"));
  }
}
