// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.objects.Mirror;
import dev.howdah.podruntime.objects.Reconciler;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Writes Endpoints and EndpointSlices for Services that select pods.
public final class EndpointsWriter {
  private final KubeClient client;
  private final ServiceRouter router;
  private final Mirror services;
  private final Mirror endpoints;
  private final Mirror slices;

  public EndpointsWriter(
      KubeClient client, ServiceRouter router, Mirror services, Mirror endpoints, Mirror slices) {
    this.client = client;
    this.router = router;
    this.services = services;
    this.endpoints = endpoints;
    this.slices = slices;
  }

  /// One pass over one Service.
  public Duration reconcile(Key key) {
    Optional<ObjectNode> service = services.find(key);
    if (service.isEmpty()) {
      removeAll(key);
      return Reconciler.DONE;
    }
    Optional<ServiceView> view = router.view(key);
    if (view.isEmpty() || !ServiceView.hasSelector(service.get())) {
      return Reconciler.DONE;
    }
    write(Resource.ENDPOINTS, endpoints, EndpointObjects.endpoints(view.get(), service.get()));
    List<ObjectNode> wanted = EndpointObjects.slices(view.get(), service.get());
    wanted.forEach(slice -> write(Resource.ENDPOINT_SLICES, slices, slice));
    List<String> names = wanted.stream().map(Json::name).toList();
    ownSlices(key)
        .filter(slice -> !names.contains(Json.name(slice)))
        .forEach(slice -> delete(Resource.ENDPOINT_SLICES, slice));
    balance(service.get(), view.get());
    return Reconciler.DONE;
  }

  /// A load balancer's address is the cluster address: both are of this machine.
  private void balance(ObjectNode service, ServiceView view) {
    JsonNode ingress = service.path("status").path("loadBalancer").path("ingress");
    if (service.path("spec").path("type").asText().equals("LoadBalancer")
        && !ingress.path(0).path("ip").asText().equals(view.clusterIp())) {
      ObjectNode body = Json.object();
      body.putObject("status")
          .putObject("loadBalancer")
          .putArray("ingress")
          .addObject()
          .put("ip", view.clusterIp())
          .put("ipMode", "VIP");
      services.wrote(
          client.patchStatus(
              Resource.SERVICES, view.key().namespace(), view.key().name(), new Patch.Merge(body)));
    }
  }

  private void write(Resource resource, Mirror mirror, ObjectNode wanted) {
    Optional<ObjectNode> existing = mirror.find(Key.of(wanted));
    if (existing.isEmpty()) {
      mirror.wrote(client.create(resource, wanted));
    } else if (!EndpointObjects.says(existing.get(), wanted)) {
      wanted.withObject("/metadata").put("resourceVersion", Json.resourceVersion(existing.get()));
      mirror.wrote(client.update(resource, wanted));
    }
  }

  private void removeAll(Key key) {
    endpoints.find(key).ifPresent(object -> delete(Resource.ENDPOINTS, object));
    ownSlices(key).forEach(slice -> delete(Resource.ENDPOINT_SLICES, slice));
  }

  private Stream<ObjectNode> ownSlices(Key key) {
    return slices.in(key.namespace()).stream()
        .filter(slice -> Json.label(slice, EndpointObjects.SERVICE_NAME).equals(key.name()))
        .filter(
            slice -> Json.label(slice, EndpointObjects.MANAGED_BY).equals(EndpointObjects.MANAGER));
  }

  private void delete(Resource resource, ObjectNode object) {
    try {
      client.delete(
          resource,
          Json.namespace(object),
          Json.name(object),
          DeleteOptions.ofUid(Json.uid(object)));
    } catch (KubeException e) {
      if (!e.isNotFound() && !e.isConflict()) {
        throw e;
      }
    }
  }
}
