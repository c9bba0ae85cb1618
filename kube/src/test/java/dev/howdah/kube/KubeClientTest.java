// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KubeClientTest {
  private final LinkedBlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private KubeClient client;
  @TempDir Path folder;

  private record Answer(int code, String body, Duration delay) {}

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::serve);
    server.start();
    client = new KubeClient(KubeSettings.withToken(uri(), null, "secret"));
  }

  private URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  @AfterEach
  void stop() {
    client.close();
    server.stop(0);
  }

  private void serve(HttpExchange exchange) throws IOException {
    requests.add(
        exchange.getRequestMethod()
            + " "
            + exchange.getRequestURI()
            + " "
            + exchange.getRequestHeaders().getFirst("Content-Type")
            + " "
            + exchange.getRequestHeaders().getFirst("Authorization"));
    bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    try (exchange) {
      Answer answer = answers.take();
      Thread.sleep(answer.delay());
      exchange.sendResponseHeaders(answer.code(), 0);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(answer.body().getBytes(StandardCharsets.UTF_8));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer(int code, String body) {
    answers.add(new Answer(code, body.replace('\'', '"'), Duration.ZERO));
  }

  @Test
  void readsAndWritesObjectsUnderTheirPaths() {
    answer(200, "{'metadata':{'name':'main','resourceVersion':'5'}}");
    answer(200, "{}");
    answer(200, "{}");

    var lease = client.get(Resource.LEASES, "database", "main");
    client.merge(Resource.PODS, "database", "main-1", Json.object().put("a", 1));
    client.patchStatus(
        Resource.CLUSTERS, "database", "main", new Patch.Merge(Json.object().put("b", 2)));

    assertThat(Json.resourceVersion(lease)).isEqualTo("5");
    assertThat(requests)
        .containsExactly(
            "GET /apis/coordination.k8s.io/v1/namespaces/database/leases/main null Bearer secret",
            "PATCH /api/v1/namespaces/database/pods/main-1 application/merge-patch+json Bearer secret",
            "PATCH /apis/postgresql.cnpg.io/v1/namespaces/database/clusters/main/status"
                + " application/merge-patch+json Bearer secret");
  }

  @Test
  void namesTheReasonOfARefusal() {
    answer(409, "{'kind':'Status','reason':'Conflict','message':'changed meanwhile'}");
    answer(404, "{'kind':'Status','reason':'NotFound','message':'no such pod'}");

    var conflict =
        catchThrowableOfType(
            KubeException.class,
            () -> client.update(Resource.LEASES, Json.object(Resource.LEASES, "a", "b")));

    assertThat(conflict.isConflict()).isTrue();
    assertThat(conflict).hasMessage("changed meanwhile");
    assertThat(client.find(Resource.PODS, "a", "b")).isEmpty();
  }

  @Test
  void tellsWhetherAKindIsServed() {
    answer(200, "{'items':[]}");
    answer(404, "404 page not found");

    assertThat(client.serves(Resource.VOLUME_SNAPSHOTS, "n")).isTrue();
    assertThat(client.serves(Resource.VOLUME_SNAPSHOTS, "n")).isFalse();
    assertThat(requests.getFirst())
        .contains("/namespaces/n/volumesnapshots?", "fieldSelector=metadata.name%3Dnone");
  }

  @Test
  void givesUpAtTheDeadline() {
    answers.add(new Answer(200, "{}", Duration.ofSeconds(20)));

    var late =
        catchThrowableOfType(
            KubeException.class,
            () -> client.deadline(Duration.ofMillis(200)).get(Resource.PODS, "a", "b"));

    assertThat(late.reason()).isEqualTo(KubeException.DEADLINE);
    assertThat(late.isUncertain()).isTrue();
  }

  @Test
  void putsThePagesOfAListTogether() {
    answer(
        200,
        "{'metadata':{'resourceVersion':'7','continue':'x y'},'items':[{'metadata':{'name':'a'}}]}");
    answer(200, "{'metadata':{'resourceVersion':'7'},'items':[{'metadata':{'name':'b'}}]}");

    Listing listing = client.list(Resource.PODS, "n", Selection.labels("cnpg.io/cluster=main"));

    assertThat(listing.items()).extracting(Json::name).containsExactly("a", "b");
    assertThat(listing.items().getFirst().path("kind").asText()).isEqualTo("Pod");
    assertThat(requests.get(1))
        .contains("labelSelector=cnpg.io%2Fcluster%3Dmain", "continue=x%20y");
  }

  @Test
  void resumesAWatchWhereItBrokeAndListsAgainWhenHistoryIsGone() {
    answer(200, "{'metadata':{'resourceVersion':'1'},'items':[{'metadata':{'name':'a'}}]}");
    answer(
        200,
        "{'type':'MODIFIED','object':{'metadata':{'name':'a','resourceVersion':'2'}}}\n"
            + "{'type':'BOOKMARK','object':{'metadata':{'resourceVersion':'9'}}}\n");
    answer(503, "busy");
    answer(
        200,
        "{'type':'ERROR','object':{'kind':'Status','code':410,'reason':'Expired','message':'old'}}\n");
    answer(200, "{'metadata':{'resourceVersion':'20'},'items':[]}");
    var events = new CopyOnWriteArrayList<WatchEvent>();

    try (Watch _ = client.watch(Resource.PODS, "n", Selection.ALL, events::add)) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> requests.size() == 6 && events.size() == 4);
    }

    assertThat(requests.get(1)).contains("resourceVersion=1&");
    assertThat(requests.get(2)).contains("resourceVersion=9&");
    assertThat(requests.get(3)).contains("resourceVersion=9&");
    assertThat(requests.get(5)).contains("resourceVersion=20&");
    assertThat(events.get(0)).isInstanceOf(WatchEvent.Listed.class);
    assertThat(events.get(1)).isInstanceOf(WatchEvent.Upserted.class);
    assertThat(events.get(2)).isInstanceOf(WatchEvent.Failed.class);
    assertThat(events.get(3)).isEqualTo(new WatchEvent.Listed(List.of()));
  }

  @Test
  void followsOneObjectWithoutListing() {
    answer(200, "{'metadata':{'name':'main','resourceVersion':'3'}}");
    answer(200, "{'type':'ADDED','object':{'metadata':{'name':'main','resourceVersion':'3'}}}\n");
    var events = new CopyOnWriteArrayList<WatchEvent>();

    try (Watch _ = client.watchOne(Resource.LEASES, "n", "main", events::add)) {
      await().atMost(Duration.ofSeconds(60)).until(() -> requests.size() == 3);
    }

    assertThat(requests.get(0))
        .startsWith("GET /apis/coordination.k8s.io/v1/namespaces/n/leases/main ");
    assertThat(requests.get(1))
        .contains("fieldSelector=metadata.name%3Dmain&watch=true")
        .doesNotContain("resourceVersion", "allowWatchBookmarks");
    assertThat(requests.get(2)).contains("resourceVersion=3");
    assertThat(events).hasSize(2);
  }

  @Test
  void countsARepeatedEvent() {
    answer(201, "{}");
    answer(200, "{}");
    var recorder = new EventRecorder(client, "instance-manager", "main-1", InstantSource.system());
    var cluster = Json.object(Resource.CLUSTERS, "n", "main");

    recorder.normal(cluster, "Promoted", "main-2 is primary");
    recorder.normal(cluster, "Promoted", "main-2 is primary");

    assertThat(requests.get(0)).startsWith("POST /api/v1/namespaces/n/events ");
    assertThat(requests.get(1)).startsWith("PATCH /api/v1/namespaces/n/events/main.");
    assertThat(bodies.get(1)).contains("\"count\":2");
  }

  @Test
  void readsTheCurrentContextOfAKubeconfig() throws Exception {
    Path file = folder.resolve("config");
    Files.writeString(
        file,
        """
        current-context: here
        contexts: [{name: here, context: {cluster: local, user: me, namespace: database}}]
        clusters: [{name: local, cluster: {server: "https://127.0.0.1:6443/", certificate-authority: ca.pem}}]
        users: [{name: me, user: {token: abc}}]
        """);
    Files.writeString(folder.resolve("ca.pem"), "certificate");

    var settings = KubeSettings.fromKubeconfig(file);

    assertThat(settings)
        .isEqualTo(
            new KubeSettings(
                URI.create("https://127.0.0.1:6443"),
                "certificate",
                new KubeSettings.Credential.Token("abc"),
                "database",
                false));
    assertThat(settings.toString()).doesNotContain("abc");
  }

  @Test
  void findsItsAccountBelowTheRootOfAPod() throws Exception {
    Path account = folder.resolve("var/run/secrets/kubernetes.io/serviceaccount");
    Files.createDirectories(account);
    Files.writeString(account.resolve("token"), "first\n");
    Files.writeString(account.resolve("namespace"), "database");

    var settings =
        KubeSettings.inCluster(
            folder.toString(),
            java.util.Map.of("KUBERNETES_SERVICE_HOST", "::1", "KUBERNETES_SERVICE_PORT", "6443"));

    assertThat(settings.server()).isEqualTo(URI.create("https://[::1]:6443"));
    assertThat(settings.namespace()).isEqualTo("database");
    assertThat(settings.credential())
        .isEqualTo(new KubeSettings.Credential.TokenFile(account.resolve("token")));
  }
}
