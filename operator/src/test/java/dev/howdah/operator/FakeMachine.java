// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.InstanceRequest;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.kube.Watch;
import dev.howdah.kube.WatchEvent;
import dev.howdah.operator.tree.Tree;
import dev.howdah.operator.work.Key;
import dev.howdah.service.pki.CertifiedKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Stands for kubelet, job controller and instances: flips states as they would, and answers
/// `/pg/status` over TLS. Nothing runs. Public for the bench of many Clusters.
public final class FakeMachine implements AutoCloseable {
  private final KubeClient client;
  private final List<Watch> watches = new ArrayList<>();
  private final Map<String, HttpsServer> endpoints = new ConcurrentHashMap<>();
  private final Map<String, ObjectNode> overrides = new ConcurrentHashMap<>();
  private final Set<String> stuck = ConcurrentHashMap.newKeySet();
  private final Map<Key, String> holders = new ConcurrentHashMap<>();
  private final Set<Key> addressed = ConcurrentHashMap.newKeySet();
  private final Set<Key> free = ConcurrentHashMap.newKeySet();
  private final AtomicInteger addresses = new AtomicInteger();
  private final int block;
  private volatile @Nullable Thread renewer;

  /// @param block third part of the loopback addresses of its pods, so that machines don't meet;
  ///   each 250 pods more take the next one, too
  public FakeMachine(KubeClient client, int block) {
    this.client = client;
    this.block = block;
    ObjectNode node = Json.object(Resource.NODES, "", "machine");
    try {
      client.create(Resource.NODES, node);
    } catch (KubeException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
    }
    Selection ours = Selection.labels(Labels.CLUSTER);
    watches.add(client.watch(Resource.PODS, "", ours, event -> each(event, this::pod)));
    watches.add(client.watch(Resource.JOBS, "", ours, event -> each(event, this::job)));
    watches.add(
        client.watch(
            Resource.PERSISTENT_VOLUME_CLAIMS, "", ours, event -> each(event, this::claim)));
    watches.add(client.watch(Resource.LEASES, "", ours, event -> each(event, this::lease)));
  }

  private void each(WatchEvent event, Consumer<ObjectNode> handler) {
    switch (event) {
      case WatchEvent.Listed(var all) -> all.forEach(o -> tolerant(() -> handler.accept(o)));
      case WatchEvent.Upserted(var object) -> tolerant(() -> handler.accept(object));
      case WatchEvent.Deleted _, WatchEvent.Failed _ -> {}
    }
  }

  private static void tolerant(Runnable step) {
    try {
      step.run();
    } catch (KubeException e) {
      if (!e.isConflict() && !e.isNotFound()) {
        throw e;
      }
    }
  }

  /// A pod of this name stays as it is created: pending.
  void holdBack(String pod) {
    stuck.add(pod);
  }

  /// What an instance says, instead of what is usual.
  void say(String pod, ObjectNode fields) {
    overrides.put(pod, fields);
  }

  // --- kubelet ------------------------------------------------------------------------------

  private void pod(ObjectNode pod) {
    if (pod.path("metadata").has("deletionTimestamp")) {
      status(pod, "Succeeded", false, true);
      client.delete(
          Resource.PODS,
          Json.namespace(pod),
          Json.name(pod),
          DeleteOptions.ofUid(Json.uid(pod)).gracePeriod(Duration.ZERO));
    } else if (pod.path("status").path("podIP").asText("").isEmpty()
        && !stuck.contains(Json.name(pod))) {
      if (pod.path("spec").path("nodeName").asText("").isEmpty()) {
        client.request(
            "POST",
            "/api/v1/namespaces/%s/pods/%s/binding".formatted(Json.namespace(pod), Json.name(pod)),
            Map.of(),
            Tree.map(
                "apiVersion",
                "v1",
                "kind",
                "Binding",
                "metadata",
                Tree.map("name", Json.name(pod)),
                "target",
                Tree.map("apiVersion", "v1", "kind", "Node", "name", "machine")));
      }
      status(pod, "Running", true, false);
      addressed.add(new Key(Json.namespace(pod), Json.name(pod)));
      begin(new Key(Json.namespace(pod), Json.label(pod, Labels.CLUSTER)));
    }
  }

  /// Writes the status of a pod as a kubelet does.
  void status(ObjectNode pod, String phase, boolean ready, boolean ended) {
    String name = Json.name(pod);
    String ip = pod.path("status").path("podIP").asText("");
    if (ip.isEmpty()) {
      int number = addresses.getAndIncrement();
      ip = "127.77.%d.%d".formatted(block + number / 250, 1 + number % 250);
      serve(Json.namespace(pod), Json.label(pod, Labels.CLUSTER), name, ip);
    }
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    ObjectNode state =
        ended
            ? Tree.map("terminated", Tree.map("exitCode", 137, "finishedAt", now))
            : Tree.map("running", Tree.map("startedAt", now));
    patchStatus(
        Resource.PODS,
        pod,
        Tree.map(
            "phase",
            phase,
            "podIP",
            ip,
            "conditions",
            Tree.list(
                Tree.map("type", "Ready", "status", ready ? "True" : "False"),
                Tree.map("type", "PodScheduled", "status", "True")),
            "containerStatuses",
            Tree.list(
                Tree.map(
                    "name",
                    "postgres",
                    "image",
                    "postgresql",
                    "imageID",
                    "",
                    "ready",
                    ready,
                    "restartCount",
                    0,
                    "state",
                    state))));
  }

  private void patchStatus(Resource resource, ObjectNode object, ObjectNode status) {
    client.patchStatus(
        resource,
        Json.namespace(object),
        Json.name(object),
        new Patch.Merge(Tree.map("status", status)));
  }

  private void job(ObjectNode job) {
    if (job.path("status").path("succeeded").asInt(0) == 0) {
      patchStatus(
          Resource.JOBS,
          job,
          Tree.map(
              "succeeded",
              1,
              "conditions",
              Tree.list(Tree.map("type", "Complete", "status", "True"))));
    }
  }

  private void claim(ObjectNode claim) {
    if (claim.path("status").path("phase").asText("").isEmpty()
        || claim.path("status").path("phase").asText("").equals("Pending")) {
      patchStatus(Resource.PERSISTENT_VOLUME_CLAIMS, claim, Tree.map("phase", "Bound"));
    }
  }

  // --- instances ----------------------------------------------------------------------------

  private void lease(ObjectNode lease) {
    Key key = new Key(Json.namespace(lease), Json.name(lease));
    String holder = lease.path("spec").path("holderIdentity").asText("");
    holders.put(key, holder);
    boolean held = lease.path("spec").path("leaseTransitions").asInt(0) > 0;
    if (!held && holder.isEmpty()) {
      free.add(key);
      begin(key);
    }
  }

  /// The first instance takes a Lease that nobody ever held, once both are there.
  private void begin(Key cluster) {
    String first = cluster.name() + "-1";
    if (addressed.contains(new Key(cluster.namespace(), first)) && free.remove(cluster)) {
      Thread.startVirtualThread(
          () -> tolerant(() -> lead(cluster.namespace(), cluster.name(), first)));
    }
  }

  /// An instance takes the Lease, labels itself and writes itself into the status.
  void lead(String namespace, String cluster, String pod) {
    ObjectNode object = client.get(Resource.PODS, namespace, pod);
    ObjectNode lease = client.get(Resource.LEASES, namespace, cluster);
    int term = lease.path("spec").path("leaseTransitions").asInt(0) + 1;
    client.merge(
        Resource.LEASES,
        namespace,
        cluster,
        Tree.map(
            "metadata",
            Tree.map(
                "annotations",
                Tree.map(
                    "leadership.howdah.dev/owner",
                    pod,
                    "leadership.howdah.dev/incarnation",
                    Json.uid(object) + "/" + term,
                    "leadership.howdah.dev/boot",
                    "boot")),
            "spec",
            Tree.map("holderIdentity", pod, "leaseTransitions", term, "renewTime", now())));
    client.patchStatus(
        Resource.CLUSTERS,
        namespace,
        cluster,
        new Patch.Merge(Tree.map("status", Tree.map("currentPrimary", pod, "targetPrimary", pod))));
  }

  private static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString().replace("Z", ".000000Z");
  }

  /// From now on each holder renews its Lease, as instances do, until this is closed.
  public void renew(Duration every) {
    renewer =
        Thread.ofVirtual()
            .name("renew")
            .start(() -> {
              while (!Thread.currentThread().isInterrupted()) {
                long next = System.nanoTime() + every.toNanos();
                holders.forEach(this::renew);
                LockSupport.parkNanos(next - System.nanoTime());
              }
            });
  }

  private void renew(Key lease, String holder) {
    if (!holder.isEmpty() && !Thread.currentThread().isInterrupted()) {
      tolerant(() ->
          client.merge(
              Resource.LEASES,
              lease.namespace(),
              lease.name(),
              Tree.map("spec", Tree.map("renewTime", now()))));
    }
  }

  private void serve(String namespace, String cluster, String pod, String ip) {
    Thread.startVirtualThread(() -> {
      for (int i = 0; i < 1200 && !endpoints.containsKey(pod + ip); i++) {
        var secret = client.find(Resource.SECRETS, namespace, cluster + "-server");
        if (secret.isPresent()) {
          endpoints.put(
              pod + ip, endpoint(secret.get(), pod, ip, () -> said(namespace, cluster, pod)));
          return;
        }
        LockSupport.parkNanos(50_000_000);
      }
    });
  }

  private ObjectNode said(String namespace, String cluster, String pod) {
    boolean primary = pod.equals(holders.get(new Key(namespace, cluster)));
    ObjectNode said =
        Tree.map(
            "isPrimary", primary,
            "timeLineID", 1,
            "systemID", "7311",
            "currentLsn", "0/5000000",
            "receivedLsn", "0/5000000",
            "replayLsn", "0/5000000",
            "isWalReceiverActive", !primary,
            "executableHash", "exe");
    ObjectNode override = overrides.get(pod);
    if (override != null) {
      said.setAll(override);
    }
    return said;
  }

  /// Refuses, as instances do, what is meant for another one.
  private static HttpsServer endpoint(
      ObjectNode secret, String pod, String ip, Supplier<ObjectNode> answer) {
    try {
      CertifiedKey key = CertifiedKey.fromPem(text(secret, "tls.crt"), text(secret, "tls.key"));
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("server", key.key(), new char[0], new Certificate[] {key.certificate()});
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, new char[0]);
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(keys.getKeyManagers(), null, null);
      HttpsServer server = HttpsServer.create(new InetSocketAddress(ip, 8000), 0);
      server.setHttpsConfigurator(new HttpsConfigurator(tls));
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext(
          "/pg/status",
          exchange -> {
            boolean meant =
                pod.equals(exchange.getRequestHeaders().getFirst(InstanceRequest.RECIPIENT));
            byte[] body = Json.bytes(answer.get());
            exchange.sendResponseHeaders(meant ? 200 : 421, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
          });
      server.start();
      return server;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String text(ObjectNode secret, String key) {
    return new String(
        Base64.getDecoder().decode(secret.path("data").path(key).asText()), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    Thread renewing = renewer;
    if (renewing != null) {
      renewing.interrupt();
    }
    watches.forEach(Watch::close);
    endpoints.values().forEach(server -> server.stop(0));
  }
}
