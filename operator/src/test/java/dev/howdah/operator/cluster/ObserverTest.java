// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.backup.BackupOperator;
import dev.howdah.operator.cluster.observed.ObservedCluster;
import dev.howdah.operator.report.OperatorKey;
import dev.howdah.operator.report.Reports;
import dev.howdah.operator.tree.Tree;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What is seen while the watches say nothing: `c-1` led, and on the server `c-2` does.
class ObserverTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private volatile Instant now = START;
  private final InstantSource clock = () -> now;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final SimulatedCluster cluster =
      new SimulatedCluster("metadata: {name: c}\nspec: {instances: 3, storage: {size: 1Gi}}\n");
  private HttpServer server;
  private KubeClient client;
  private Observer observer;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath());
          byte[] body = lease("c-2", "20").toString().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          try (var out = exchange.getResponseBody()) {
            out.write(body);
          }
        });
    server.start();
    client =
        new KubeClient(
            KubeSettings.of(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                null,
                new KubeSettings.Credential.Anonymous()));
    World world =
        new World(
            client,
            Set.of(),
            new BackupOperator(client, Set.of()).holes(),
            clock,
            _ -> {},
            _ -> {});
    observer =
        new Observer(
            client,
            world,
            new Reports(_ -> {}, OperatorKey.create(clock), null, clock),
            new RolloutPace(OperatorSettings.defaults(), clock),
            clock);
    world.wrote(Resource.LEASES, lease("c-1", "10"));
  }

  @AfterEach
  void stop() {
    client.close();
    server.stop(0);
  }

  private static ObjectNode lease(String holder, String version) {
    ObjectNode lease = Json.object(Resource.LEASES, "db", "c");
    lease.withObject("/metadata").put("uid", "u").put("resourceVersion", version);
    lease.set("spec", Tree.map("holderIdentity", holder, "leaseDurationSeconds", 15));
    return lease;
  }

  private String holder(Duration later) {
    now = START.plus(later);
    return observer
        .observe(ObservedCluster.of(cluster.cluster()), cluster.blueprint(), List.of())
        .holder();
  }

  @Test
  void aLeaseThatIsRenewedIsReadFromTheWatchAlone() {
    assertThat(holder(Duration.ofSeconds(14))).isEqualTo("c-1");
    assertThat(requests).isEmpty();
  }

  @Test
  void whereNoRenewalWasHeardOfForTooLongTheServerIsAsked() {
    assertThat(holder(Duration.ofSeconds(15))).isEqualTo("c-2");
    assertThat(requests).containsExactly("GET /apis/coordination.k8s.io/v1/namespaces/db/leases/c");
  }
}
