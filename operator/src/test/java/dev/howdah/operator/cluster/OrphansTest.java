// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.operator.work.Key;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Against an API server that says what comes in between.
class OrphansTest {
  private static final String DATABASES = "/apis/postgresql.cnpg.io/v1/namespaces/db/databases";
  private static final String OBJECT =
      """
      {"metadata": {"name": "%s", "namespace": "db", "finalizers": ["cnpg.io/deleteDatabase"]},
       "spec": {"cluster": {"name": "c"}}}
      """;

  private final List<String> written = new CopyOnWriteArrayList<>();
  private volatile String refused = "";
  private volatile int code;
  private HttpServer server;
  private KubeClient client;

  @BeforeEach
  void serve() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    client =
        new KubeClient(
            KubeSettings.withToken(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()), null, "x"));
  }

  @AfterEach
  void stop() {
    client.close();
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    exchange.getRequestBody().readAllBytes();
    String body = "{\"metadata\": {}, \"items\": []}";
    int status = 200;
    if (exchange.getRequestMethod().equals("PATCH")) {
      status = path.startsWith(DATABASES + "/" + refused) ? code : 200;
      body =
          status == 200 ? "{}" : "{\"kind\": \"Status\", \"reason\": \"%s\"}".formatted(reason());
      if (status == 200) {
        written.add(path.substring(DATABASES.length() + 1));
      }
    } else if (path.equals(DATABASES)) {
      body =
          "{\"metadata\": {}, \"items\": [%s, %s]}"
              .formatted(OBJECT.formatted("first"), OBJECT.formatted("second"));
    }
    try (exchange) {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private String reason() {
    return code == 404 ? "NotFound" : "Conflict";
  }

  @Test
  void oneThatGoesMeanwhileHoldsNoOtherBack() {
    refused = "first";
    code = 404;
    var orphans = new Orphans(client);

    assertThat(orphans.release(new Key("db", "c"))).isTrue();

    assertThat(written).containsExactly("second/status", "second");
  }

  @Test
  void oneThatChangesMeanwhileIsTriedAgain() {
    refused = "first";
    code = 409;
    var orphans = new Orphans(client);

    assertThat(orphans.release(new Key("db", "c"))).isFalse();
    code = 200;
    assertThat(orphans.release(new Key("db", "c"))).isTrue();

    assertThat(written)
        .containsExactly(
            "second/status", "second", "first/status", "first", "second/status", "second");
  }
}
