// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Which queries a Cluster has, with an API server that holds ConfigMaps only.
class QuerySourcesTest {
  private static final String DEFAULTS = "/api/v1/namespaces/db/configmaps/cnpg-default-monitoring";
  private static final String MINE = "/api/v1/namespaces/db/configmaps/mine";

  private final Map<String, String> objects = new ConcurrentHashMap<>();
  private HttpServer server;
  private KubeClient kube;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    kube = new KubeClient(KubeSettings.withToken(address, null, "nobody"));
  }

  @AfterEach
  void stop() {
    kube.close();
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String object = objects.get(exchange.getRequestURI().getPath());
    String none = "{\"kind\": \"Status\", \"code\": 404, \"reason\": \"NotFound\"}";
    byte[] body = (object == null ? none : object).getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(object == null ? 404 : 200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private void hold(String path, String name) {
    ObjectNode object = Json.object();
    String yaml = name + ": {query: SELECT 1 AS n, metrics: [{n: {usage: GAUGE}}]}";
    object.putObject("data").put("queries", yaml);
    objects.put(path, object.toString());
  }

  private QueryFile read(String monitoring) throws IOException {
    ObjectNode cluster = Json.object();
    cluster.putObject("spec").set("monitoring", Json.parse(monitoring));
    return new QuerySources(kube, "db").current(cluster);
  }

  @Test
  void theDefaultQueriesAreThereWithoutBeingNamedAndBeforeTheClustersOwn() throws IOException {
    hold(DEFAULTS, "standard");
    hold(MINE, "mine");

    var file = read("{\"customQueriesConfigMap\": [{\"name\": \"mine\", \"key\": \"queries\"}]}");

    assertThat(file.problems()).isEmpty();
    assertThat(file.queries().keySet()).containsSubsequence("standard", "mine");
    assertThat(read("{}").queries()).containsKey("standard");
  }

  @Test
  void theDefaultQueriesAreLeftOutWhereTheyAreNotWanted() throws IOException {
    hold(DEFAULTS, "standard");

    assertThat(read("{\"disableDefaultQueries\": true}").queries()).doesNotContainKey("standard");
  }

  @Test
  void nothingIsAmissWithoutDefaultQueriesButAMissingConfigMapOfTheClusterIsToldOf()
      throws IOException {
    assertThat(read("{}").problems()).isEmpty();
    assertThat(
            read("{\"customQueriesConfigMap\": [{\"name\": \"mine\", \"key\": \"queries\"}]}")
                .problems())
        .containsOnlyKeys("ConfigMap mine, key queries");
  }
}
