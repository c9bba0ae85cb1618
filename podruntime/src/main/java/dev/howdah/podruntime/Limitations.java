// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Resource;
import dev.howdah.podruntime.objects.Events;
import dev.howdah.podruntime.objects.Mirror;
import dev.howdah.podruntime.process.Isolation;
import org.jspecify.annotations.Nullable;

/// Says once about each thing that Kubernetes would do and processes of one machine can't.
final class Limitations {
  static final Resource NETWORK_POLICIES =
      new Resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", true);

  private final Events.Reporter events;
  private final Isolation isolation;

  Limitations(Events.Reporter events, Isolation isolation) {
    this.events = events;
    this.isolation = isolation;
  }

  void follow(Mirror pods, Mirror networkPolicies, Mirror services) {
    pods.listen((_, pod) -> pod(pod));
    networkPolicies.listen((_, policy) -> {
      if (policy != null) {
        events.once(
            policy,
            "NetworkPolicyNotEnforced",
            "in the embedded mode all pods share this machine's network: network policies are kept but not enforced");
      }
    });
    services.listen((_, service) -> service(service));
  }

  private void pod(@Nullable ObjectNode pod) {
    if (pod == null) {
      return;
    }
    for (JsonNode container : pod.path("spec").path("containers")) {
      if (!container.path("resources").path("limits").isEmpty()) {
        events.once(
            pod,
            "ResourcesNotEnforced",
            "in the embedded mode containers are plain processes: their requests and limits of resources are kept but not enforced");
      }
    }
    if (!isolation.mounts()) {
      events.once(
          pod,
          "NamesNotResolved",
          "this machine lets no mount namespace be made (run as root, or allow user namespaces), so programs in pods can't look up Services by name; addresses work");
    }
  }

  private void service(@Nullable ObjectNode service) {
    if (service == null) {
      return;
    }
    if (service.path("spec").path("type").asText().equals("ExternalName")) {
      events.once(
          service,
          "ExternalNameNotResolved",
          "the embedded mode has no name server: names of type ExternalName can't be looked up in pods");
    }
    for (JsonNode port : service.path("spec").path("ports")) {
      if (!port.path("protocol").asText("TCP").equals("TCP")) {
        events.once(
            service,
            "ProtocolNotForwarded",
            "the embedded mode forwards only TCP ports of Services");
      }
    }
  }
}
