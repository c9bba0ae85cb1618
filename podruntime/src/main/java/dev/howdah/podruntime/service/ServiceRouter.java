// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.objects.Labels;
import dev.howdah.podruntime.objects.Mirror;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Keeps the forwarders of all Services in line with Services and pods: on the very thread that
/// learns of a change, without waiting for any object to be written.
public final class ServiceRouter implements AutoCloseable {
  private final Forwarder forwarder;
  private final Mirror services;
  private final Mirror pods;
  private final Mirror endpoints;
  private final Map<Key, ServiceView> views = new ConcurrentHashMap<>();
  private final Map<Key, Map<InetSocketAddress, Route>> routes = new HashMap<>();

  /// Services with an address that couldn't be listened on: tried again at the next refresh.
  private final Set<Key> broken = ConcurrentHashMap.newKeySet();

  private final ReentrantLock lock = new ReentrantLock();
  private final Consumer<Key> onChange;
  private final BiConsumer<Key, Throwable> onProblem;

  /// @param onChange hears of Services whose view changed
  /// @param onProblem hears of addresses that can't be listened on
  public ServiceRouter(
      Forwarder forwarder,
      Mirror services,
      Mirror pods,
      Mirror endpoints,
      Consumer<Key> onChange,
      BiConsumer<Key, Throwable> onProblem) {
    this.forwarder = forwarder;
    this.services = services;
    this.pods = pods;
    this.endpoints = endpoints;
    this.onChange = onChange;
    this.onProblem = onProblem;
    services.listen((before, after) -> refresh(Key.of(either(before, after))));
    endpoints.listen((before, after) -> endpointsChanged(either(before, after)));
    pods.listen(this::podChanged);
  }

  /// What is behind a Service at the moment.
  public Optional<ServiceView> view(Key service) {
    return Optional.ofNullable(views.get(service));
  }

  private void podChanged(@Nullable ObjectNode before, @Nullable ObjectNode after) {
    ObjectNode pod = either(before, after);
    for (ObjectNode service : services.in(Json.namespace(pod))) {
      JsonNode selector = service.path("spec").path("selector");
      if (!selector.isEmpty() && (selects(selector, before) || selects(selector, after))) {
        refresh(Key.of(service));
      }
    }
  }

  private void endpointsChanged(ObjectNode object) {
    services
        .find(Key.of(object))
        .filter(service -> !ServiceView.hasSelector(service))
        .ifPresent(service -> refresh(Key.of(service)));
  }

  /// Brings the forwarders of one Service in line.
  public void refresh(Key key) {
    lock.lock();
    try {
      Optional<ObjectNode> service = services.find(key);
      if (service.isEmpty()) {
        views.remove(key);
        routes.getOrDefault(key, Map.of()).values().forEach(Route::close);
        routes.remove(key);
        onChange.accept(key);
        return;
      }
      ServiceView view = look(service.get());
      if (view.equals(views.put(key, view)) && !broken.remove(key)) {
        return;
      }
      direct(key, service.get(), view);
      onChange.accept(key);
    } finally {
      lock.unlock();
    }
  }

  private ServiceView look(ObjectNode service) {
    if (ServiceView.hasSelector(service)) {
      return ServiceView.of(service, pods.in(Json.namespace(service)));
    }
    return ServiceView.ofEndpoints(
        service, endpoints.find(Key.of(service)).orElseGet(Json::object));
  }

  private void direct(Key key, ObjectNode service, ServiceView view) {
    Map<InetSocketAddress, Route> current = routes.computeIfAbsent(key, _ -> new HashMap<>());
    Set<InetSocketAddress> wanted = new HashSet<>();
    view.endpoints()
        .forEach((port, list) -> {
          if (port.protocol().equals("TCP")) {
            for (InetSocketAddress address : addresses(service, view, port)) {
              wanted.add(address);
              lead(key, current.computeIfAbsent(address, forwarder::route), list);
            }
          }
        });
    current
        .entrySet()
        .removeIf(entry -> {
          if (wanted.contains(entry.getKey())) {
            return false;
          }
          entry.getValue().close();
          return true;
        });
  }

  private void lead(Key key, Route route, List<Endpoint> endpoints) {
    List<InetSocketAddress> fresh =
        endpoints.stream().filter(Endpoint::ready).map(ServiceRouter::socket).toList();
    Set<InetSocketAddress> draining = new HashSet<>();
    endpoints.stream().filter(Endpoint::serving).map(ServiceRouter::socket).forEach(draining::add);
    CompletableFuture<Void> done = route.lead(fresh, draining);
    done.exceptionally(problem -> {
      broken.add(key);
      onProblem.accept(key, problem.getCause() == null ? problem : problem.getCause());
      return null;
    });
  }

  private static Set<InetSocketAddress> addresses(
      ObjectNode service, ServiceView view, ServicePort port) {
    Set<InetSocketAddress> addresses = new HashSet<>();
    if (!view.clusterIp().isEmpty() && port.port() > 0) {
      addresses.add(new InetSocketAddress(InetAddress.ofLiteral(view.clusterIp()), port.port()));
      String type = service.path("spec").path("type").asText();
      if (port.nodePort() > 0 && !type.equals("ClusterIP")) {
        addresses.add(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port.nodePort()));
      }
    }
    return addresses;
  }

  private static InetSocketAddress socket(Endpoint endpoint) {
    return new InetSocketAddress(InetAddress.ofLiteral(endpoint.ip()), endpoint.port());
  }

  private static boolean selects(JsonNode selector, @Nullable ObjectNode pod) {
    return pod != null && Labels.matchMap(selector, Labels.of(pod));
  }

  private static ObjectNode either(@Nullable ObjectNode before, @Nullable ObjectNode after) {
    if (after != null) {
      return after;
    }
    if (before != null) {
      return before;
    }
    throw new IllegalStateException("a change of nothing");
  }

  /// Stops all forwarding.
  @Override
  public void close() {
    forwarder.close();
  }
}
