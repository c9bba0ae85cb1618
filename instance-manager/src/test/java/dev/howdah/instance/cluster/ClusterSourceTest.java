// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.howdah.instance.volume.Volume;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.postgres.data.DataDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterSourceTest {
  private static final String CLUSTER =
      """
      {"metadata": {"name": "c", "namespace": "db", "uid": "1", "resourceVersion": "1"}, "spec": {}}
      """;

  @TempDir Path folder;

  @ParameterizedTest(name = "an event that is answered with {0}: {1}")
  @CsvSource({
    "201, false", // all is as ever
    "403, true", // the namespace is being deleted, or the Role is gone with it
    "401, true", // the ServiceAccount is gone with it
    "500, false" // the API server has trouble of its own
  })
  void knowsByWhetherEventsAreTakenThatItsNamespaceIsBeingDeleted(int answer, boolean going)
      throws Exception {
    try (var api = new Api(answer);
        var source = source(api)) {
      source.load();

      assertThat(source.isNamespaceGoing()).isEqualTo(going);
      assertThat(source.isNamespaceGoing()).isEqualTo(going);
      assertThat(api.events).isEqualTo(1); // it doesn't ask all the time
    }
  }

  @Test
  void doesNotAskAnApiServerThatIsAway() throws Exception {
    try (var api = new Api(403);
        var source = source(api)) {
      assertThat(source.isNamespaceGoing()).isFalse();
      assertThat(api.events).isZero();
    }
  }

  private ClusterSource source(Api api) throws Exception {
    var client = new KubeClient(KubeSettings.withToken(api.uri(), null, "t"));
    return new ClusterSource(
        client, "db", "c", Volume.open(new DataDirectory(folder.resolve("pgdata"))));
  }

  private static final class Api implements AutoCloseable {
    private final HttpServer server;
    private int events;

    Api(int answer) throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/apis/", exchange -> say(exchange, 200, CLUSTER));
      server.createContext(
          "/api/v1/namespaces/db/events",
          exchange -> {
            events++;
            assertThat(exchange.getRequestURI().getQuery()).contains("dryRun=All");
            say(exchange, answer, "{\"kind\": \"Status\", \"code\": %d}".formatted(answer));
          });
      server.start();
    }

    URI uri() {
      return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private static void say(HttpExchange exchange, int code, String text) throws IOException {
      try (exchange) {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, body.length);
        exchange.getResponseBody().write(body);
      }
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }
}
