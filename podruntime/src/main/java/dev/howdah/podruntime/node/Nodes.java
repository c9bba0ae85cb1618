// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.podruntime.objects.Events;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.objects.Mirror;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The virtual nodes: names for this machine, as many as pods need to be kept apart.
public final class Nodes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Nodes.class);
  private static final String NAME = "local-";
  private static final String LEASES = "kube-node-lease";

  /// Nobody declares nodes dead here, so a sign of life now and then is enough.
  private static final Duration HEARTBEAT = Duration.ofMinutes(2);

  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private static final Duration LEASE = Duration.ofMinutes(5);

  private final KubeClient client;
  private final Mirror nodes;
  private final Events.Reporter events;
  private final InstantSource clock;
  private final Path home;
  private final Thread heart;

  public Nodes(
      KubeClient client, Mirror nodes, Events.Reporter events, InstantSource clock, Path home) {
    this.client = client;
    this.nodes = nodes;
    this.events = events;
    this.clock = clock;
    this.home = home;
    this.heart = Thread.ofVirtual().name("node-heartbeat").unstarted(this::beat);
  }

  /// Makes sure of the first node, and that those of earlier runs are ready again.
  public void start() {
    if (nodes.find("", NAME + 1).isEmpty()) {
      add(Map.of());
    }
    for (ObjectNode node : nodes.all()) {
      report(node, true);
    }
    heart.start();
  }

  /// Makes another node.
  void add(Map<String, String> labels) {
    int number = 1;
    while (nodes.find("", NAME + number).isPresent()) {
      number++;
    }
    String name = NAME + number;
    ObjectNode node = Json.object(Resource.NODES, "", name);
    ObjectNode target = node.withObject("/metadata").putObject("labels");
    Placement.labels(name, number).forEach(target::put);
    labels.forEach(target::put);
    node.putObject("spec").put("providerID", "howdah://" + name);
    ObjectNode created;
    try {
      created = nodes.wrote(client.create(Resource.NODES, node));
    } catch (KubeException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
      created = nodes.wrote(client.get(Resource.NODES, "", name));
    }
    report(created, true);
    if (number > 1) {
      events.once(
          created,
          "NodesAreVirtual",
          "in the embedded mode nodes are names for this one machine, made as pods want to be kept apart: the loss of a node can't be tried here");
    }
  }

  private void report(ObjectNode node, boolean ready) {
    if (!Json.name(node).startsWith(NAME)) {
      return;
    }
    ObjectNode body = Json.object();
    body.set("status", status(node, ready));
    nodes.wrote(client.patchStatus(Resource.NODES, "", Json.name(node), new Patch.Merge(body)));
    if (ready) {
      renew(Json.name(node));
    }
  }

  private ObjectNode status(ObjectNode node, boolean ready) {
    ObjectNode status = Json.object();
    Map<String, String> capacity = Machines.capacity(home);
    capacity.forEach(status.putObject("capacity")::put);
    capacity.forEach(status.putObject("allocatable")::put);
    ArrayNode conditions = status.putArray("conditions");
    for (String pressure : new String[] {"MemoryPressure", "DiskPressure", "PIDPressure"}) {
      condition(conditions, node, pressure, false, "KubeletHasNo" + pressure, "");
    }
    condition(
        conditions,
        node,
        "Ready",
        ready,
        ready ? "KubeletReady" : "RuntimeStopped",
        ready ? "the process runtime is running" : "the process runtime was stopped");
    ArrayNode addresses = status.putArray("addresses");
    addresses.addObject().put("type", "InternalIP").put("address", "127.0.0.1");
    addresses.addObject().put("type", "Hostname").put("address", Json.name(node));
    ObjectNode info = status.putObject("nodeInfo");
    info.put("machineID", Machines.text("/etc/machine-id")).put("systemUUID", "");
    info.put("bootID", Machines.text("/proc/sys/kernel/random/boot_id"));
    info.put("kernelVersion", System.getProperty("os.version", ""));
    info.put("osImage", Machines.osName()).put("operatingSystem", "linux");
    info.put("architecture", Machines.architecture());
    info.put("containerRuntimeVersion", "howdah://local");
    info.put("kubeletVersion", "v1.32.0+howdah").put("kubeProxyVersion", "");
    return status;
  }

  private void condition(
      ArrayNode conditions,
      ObjectNode node,
      String type,
      boolean value,
      String reason,
      String message) {
    String status = value ? "True" : "False";
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    String since = now;
    for (JsonNode before : node.path("status").path("conditions")) {
      if (before.path("type").asText().equals(type)
          && before.path("status").asText().equals(status)) {
        since = before.path("lastTransitionTime").asText(now);
      }
    }
    conditions
        .addObject()
        .put("type", type)
        .put("status", status)
        .put("reason", reason)
        .put("message", message)
        .put("lastHeartbeatTime", now)
        .put("lastTransitionTime", since);
  }

  private void beat() {
    try {
      while (true) {
        Thread.sleep(HEARTBEAT);
        for (ObjectNode node : nodes.all()) {
          try {
            renew(Json.name(node));
          } catch (KubeException e) {
            LOG.atInfo().addKeyValue("error", e.getMessage()).log("node lease not renewed");
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void renew(String node) {
    Instant now = clock.instant();
    ObjectNode lease = Json.object(Resource.LEASES, LEASES, node);
    lease
        .putObject("spec")
        .put("holderIdentity", node)
        .put("leaseDurationSeconds", LEASE.toSeconds())
        .put("renewTime", MICROS.format(now));
    Optional<ObjectNode> existing = client.find(Resource.LEASES, LEASES, node);
    if (existing.isPresent()) {
      client.merge(Resource.LEASES, LEASES, node, lease);
    } else {
      nodes
          .find(new Key("", node))
          .ifPresent(owner ->
              lease
                  .withObject("/metadata")
                  .putArray("ownerReferences")
                  .addObject()
                  .put("apiVersion", "v1")
                  .put("kind", "Node")
                  .put("name", node)
                  .put("uid", Json.uid(owner)));
      client.create(Resource.LEASES, lease);
    }
  }

  /// Says that the nodes are down.
  @Override
  public void close() {
    heart.interrupt();
    for (ObjectNode node : nodes.all()) {
      try {
        report(node, false);
      } catch (KubeException e) {
        LOG.atDebug().addKeyValue("error", e.getMessage()).log("node not reported as stopped");
      }
    }
  }
}
