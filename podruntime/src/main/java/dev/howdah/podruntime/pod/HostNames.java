// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.objects.Labels;
import dev.howdah.podruntime.objects.Mirrors;
import java.util.ArrayList;
import java.util.List;

/// The names that pods can look up: Services, and pods behind headless Services.
final class HostNames {
  private final Mirrors mirrors;
  private final String domain;

  HostNames(Mirrors mirrors, String domain) {
    this.mirrors = mirrors;
    this.domain = domain;
  }

  /// The hosts file of a pod.
  String text(JsonNode pod, String ip, String machine) {
    List<Hosts.Named> services = new ArrayList<>();
    List<Hosts.Named> members = new ArrayList<>();
    for (ObjectNode service : mirrors.services.all()) {
      String address = service.path("spec").path("clusterIP").asText("");
      if (address.equals("None")) {
        addMembers(service, members);
      } else if (!address.isEmpty()) {
        services.add(new Hosts.Named(Json.namespace(service), Json.name(service), address));
      }
    }
    return Hosts.text(pod, ip, services, members, domain, machine);
  }

  private void addMembers(JsonNode service, List<Hosts.Named> members) {
    JsonNode selector = service.path("spec").path("selector");
    boolean all = service.path("spec").path("publishNotReadyAddresses").asBoolean();
    if (selector.isEmpty()) {
      return;
    }
    for (ObjectNode pod : mirrors.pods.in(Json.namespace(service))) {
      String ip = pod.path("status").path("podIP").asText("");
      if (!ip.isEmpty() && Labels.matchMap(selector, Labels.of(pod)) && (all || isReady(pod))) {
        String namespace = Json.namespace(service);
        members.add(new Hosts.Named(namespace, Json.name(service), ip));
        if (pod.path("spec").path("subdomain").asText("").equals(Json.name(service))) {
          members.add(
              new Hosts.Named(namespace, Hosts.hostname(pod) + "." + Json.name(service), ip));
        }
      }
    }
  }

  private static boolean isReady(JsonNode pod) {
    for (JsonNode condition : pod.path("status").path("conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        return condition.path("status").asText().equals("True");
      }
    }
    return false;
  }
}
