// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.howdah.instance.volume.Volume;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.postgres.data.DataDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With an API server that knows a Cluster with an additional Service, and carries out merge
/// patches of Services under their versions.
class WriteServicesTest {
  private static final String CLUSTER =
      """
      {"metadata": {"name": "c"}, "spec": {"managed": {"services": {"additional": [
        {"selectorType": "rw", "serviceTemplate": {"metadata": {"name": "outside"}}},
        {"selectorType": "r", "serviceTemplate": {"metadata": {"name": "readers"}}}]}}}}
      """;
  private static final String BY_LABEL =
      """
      {"cnpg.io/cluster": "c", "cnpg.io/instanceRole": "primary"}
      """;

  private final Map<String, ObjectNode> services = new ConcurrentHashMap<>();
  private HttpServer server;
  private KubeClient kube;
  private ClusterSource cluster;

  @BeforeEach
  void start(@TempDir Path home) throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    kube =
        new KubeClient(
            KubeSettings.withToken(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()), null, "nobody"));
    cluster =
        new ClusterSource(
            kube, "db", "c", Volume.beside(new DataDirectory(home.resolve("v").resolve("pgdata"))));
    cluster.load();
  }

  @AfterEach
  void stop() {
    cluster.close();
    kube.close();
    server.stop(0);
  }

  private WriteServices of(String instance) {
    return new WriteServices(kube, cluster, "db", instance);
  }

  @Test
  void leadsThoseForWritesToTheNewPrimaryByName() throws Exception {
    service("c-rw", BY_LABEL);
    service("outside", BY_LABEL);
    service("readers", BY_LABEL);

    assertThat(of("c-1").leadHere(() -> true)).isTrue();
    assertThat(of("c-2").leadHere(() -> true)).isTrue();

    String byName =
        """
        {"cnpg.io/cluster": "c", "cnpg.io/instanceName": "c-2", "cnpg.io/podRole": "instance"}
        """;
    assertThat(selector("c-rw")).isEqualTo(Json.parse(byName));
    assertThat(selector("outside")).isEqualTo(Json.parse(byName));
    assertThat(selector("readers")).isEqualTo(Json.parse(BY_LABEL));
  }

  @Test
  void writesNothingWhereAllIsRight() throws Exception {
    service("c-rw", BY_LABEL);
    of("c-1").leadHere(() -> true);
    String version = version("c-rw");

    assertThat(of("c-1").leadHere(() -> true)).isTrue();

    assertThat(version("c-rw")).isEqualTo(version);
  }

  /// It stood still after it had read the Service, and another was promoted meanwhile.
  @Test
  void doesNotUndoWhatThePrimaryOfANewerTermWrote() throws Exception {
    service("c-rw", BY_LABEL);

    boolean done =
        of("c-1")
            .leadHere(() -> {
              of("c-2").leadHere(() -> true);
              return true; // it doesn't know yet
            });

    assertThat(done).isFalse();
    assertThat(selector("c-rw").path("cnpg.io/instanceName").asText()).isEqualTo("c-2");
  }

  @Test
  void leavesThemAloneWhenItLeadsNoLonger() throws Exception {
    service("c-rw", BY_LABEL);

    of("c-1").leadHere(() -> false);

    assertThat(selector("c-rw")).isEqualTo(Json.parse(BY_LABEL));
  }

  @Test
  void aServiceThatIsNotThereIsNoFailure() {
    assertThat(of("c-1").leadHere(() -> true)).isTrue();
  }

  private void service(String name, String selector) throws IOException {
    ObjectNode service = Json.object();
    service.putObject("metadata").put("name", name).put("resourceVersion", "1");
    service.putObject("spec").set("selector", Json.parse(selector));
    services.put(name, service);
  }

  private JsonNode selector(String service) {
    return services.get(service).at("/spec/selector");
  }

  private String version(String service) {
    return services.get(service).at("/metadata/resourceVersion").asText();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    ObjectNode there =
        path.contains("/clusters/")
            ? Json.parse(CLUSTER)
            : services.get(path.substring(path.lastIndexOf('/') + 1));
    int code = there == null ? 404 : 200;
    if (there != null && exchange.getRequestMethod().equals("PATCH")) {
      ObjectNode patch =
          Json.parse(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
      code = patch(there, patch) ? 200 : 409;
    }
    String body =
        code == 200
            ? there.toString()
            : "{\"kind\": \"Status\", \"code\": %d, \"reason\": \"%s\"}"
                .formatted(code, code == 404 ? "NotFound" : "Conflict");
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static boolean patch(ObjectNode there, ObjectNode patch) {
    ObjectNode metadata = there.withObject("/metadata");
    String version = metadata.path("resourceVersion").asText();
    if (!patch.at("/metadata/resourceVersion").asText().equals(version)) {
      return false;
    }
    ObjectNode selector = there.withObject("/spec").withObject("/selector");
    patch
        .at("/spec/selector")
        .properties()
        .forEach(pair -> {
          if (pair.getValue().isNull()) {
            selector.remove(pair.getKey());
          } else {
            selector.set(pair.getKey(), pair.getValue());
          }
        });
    metadata.put("resourceVersion", Integer.toString(Integer.parseInt(version) + 1));
    return true;
  }
}
