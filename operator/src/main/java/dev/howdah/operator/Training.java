// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.operator.admission.AdmissionReviews;
import dev.howdah.operator.admission.ResourceReview;
import dev.howdah.operator.admission.WebhookCertificates;
import dev.howdah.operator.admission.WebhookServer;
import dev.howdah.operator.cluster.ClusterOperator;
import dev.howdah.operator.tree.Tree;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/// Does, against a pretended API server with one Cluster, what the operator does at its start and
/// ever after: the build runs it once to learn which classes the ahead-of-time cache has to hold.
final class Training {
  private static final String NAMESPACE = "training";
  private static final Duration LONGEST = Duration.ofSeconds(10);

  /// Counted down when the operator has made its first objects, its pod or job among them.
  private final CountDownLatch written = new CountDownLatch(12);

  private final Map<String, ObjectNode> kept = new ConcurrentHashMap<>();

  private Training() {}

  static void run() throws IOException, InterruptedException {
    try {
      new Training().rehearse();
    } catch (GeneralSecurityException e) {
      throw new IOException("the training's certificates don't work", e);
    }
  }

  private void rehearse() throws IOException, GeneralSecurityException, InterruptedException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      server.setExecutor(executor);
      server.createContext("/", this::answer);
      server.start();
      URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
      try (var client = new KubeClient(KubeSettings.withToken(uri, null, "training"))) {
        operate(client);
      } finally {
        server.stop(0);
        executor.shutdownNow();
      }
    }
  }

  private void operate(KubeClient client) throws IOException, InterruptedException {
    OperatorSettings settings =
        OperatorSettings.of(List.of(Map.of("OPERATOR_NAMESPACE", NAMESPACE)));
    InstantSource clock = InstantSource.system();
    var reviews = new AdmissionReviews(new ResourceReview(settings));
    reviews.mutate(review());
    reviews.validate(review());
    try (var certificates = WebhookCertificates.open(client, () -> settings, clock);
        var _ =
            WebhookServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                certificates.context(),
                () -> reviews,
                () -> true);
        var _ = ClusterOperator.start(settings, client, "training", clock, () -> true)) {
      boolean done = written.await(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
      LoggerFactory.getLogger(Training.class).atInfo().addKeyValue("done", done).log("trained");
    }
  }

  private static ObjectNode review() {
    return Tree.map(
        "apiVersion",
        "admission.k8s.io/v1",
        "kind",
        "AdmissionReview",
        "request",
        Tree.map("uid", "1", "operation", "CREATE", "object", cluster()));
  }

  private static ObjectNode cluster() {
    return Tree.map(
        "apiVersion",
        "postgresql.cnpg.io/v1",
        "kind",
        "Cluster",
        "metadata",
        Tree.map(
            "name",
            "training",
            "namespace",
            NAMESPACE,
            "uid",
            "1",
            "resourceVersion",
            "1",
            "generation",
            1),
        "spec",
        Tree.map("instances", 3, "storage", Tree.map("size", "1Gi")));
  }

  /// Lists hold nothing but the Cluster, watches end soon, and what is written comes back.
  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().getPath();
      String query = String.valueOf(exchange.getRequestURI().getQuery());
      if (!exchange.getRequestMethod().equals("GET")) {
        written.countDown();
        ObjectNode object = body.length == 0 ? Json.object() : Json.parse(body);
        object.withObject("/metadata").put("uid", "2").put("resourceVersion", "2");
        kept.put(path + "/" + Json.name(object), object);
        say(exchange, 200, object);
      } else if (query.contains("watch=")) {
        exchange.sendResponseHeaders(200, 0); // a stream without events, which ends at once
      } else if (kept.containsKey(path)) {
        say(exchange, 200, kept.get(path));
      } else if (path.matches(".*/(secrets|configmaps|leases)/.+") || path.contains("webhook")) {
        say(exchange, 404, Tree.map("kind", "Status", "reason", "NotFound", "code", 404));
      } else {
        var items = path.endsWith("/clusters") ? Tree.list(cluster()) : Tree.list();
        say(
            exchange,
            200,
            Tree.map("kind", "List", "metadata", Tree.map("resourceVersion", "1"), "items", items));
      }
    }
  }

  private static void say(HttpExchange exchange, int code, ObjectNode object) throws IOException {
    byte[] body = Json.bytes(object);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(code, body.length);
    exchange.getResponseBody().write(body);
  }
}
