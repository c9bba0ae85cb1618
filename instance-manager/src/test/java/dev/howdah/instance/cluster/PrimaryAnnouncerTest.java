// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.howdah.core.leadership.Effect;
import dev.howdah.core.wal.Timeline;
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
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The announcer with an API server that knows one pod.
class PrimaryAnnouncerTest {
  private final Object lock = new Object();
  private final AtomicBoolean first = new AtomicBoolean(true);
  private final CountDownLatch primaryAgain = new CountDownLatch(1);
  private final CountDownLatch lateAnswered = new CountDownLatch(1);
  private final AtomicInteger looks = new AtomicInteger();
  private Runnable overtake = () -> {};
  private String role = "primary";
  private int version = 1;

  /// The patch of a term that is over is on its way while the next term of the same pod begins.
  @Test
  void aLateReplicaLabelDoesNotUndoThePrimaryLabelOfANewerTerm(@TempDir Path home)
      throws Exception {
    with(
        home,
        "",
        announcer -> {
          overtake = () -> announcer.announce(new Effect.Announce(2, new Timeline(2)));

          announcer.announce(new Effect.Announce(1, new Timeline(1)));

          assertThat(lateAnswered.await(2, TimeUnit.MINUTES)).isTrue();
          await()
              .atMost(Duration.ofMinutes(1))
              .untilAsserted(() -> assertThat(role()).isEqualTo("primary"));
        });
  }

  /// Its machine stood still while the pod was deleted by force, and the new one took over.
  @Test
  void whoLeadsNoLongerLeavesAnotherPodOfItsNameAlone(@TempDir Path home) throws Exception {
    with(
        home,
        "uid-of-the-pod-before",
        announcer -> {
          announcer.announce(new Effect.Announce(1, new Timeline(1)));

          await().atMost(Duration.ofMinutes(2)).until(() -> looks.get() == 2);
          assertThat(role()).isEqualTo("primary");
        });
  }

  private interface Deed {
    void with(PrimaryAnnouncer announcer) throws Exception;
  }

  private void with(Path home, String uid, Deed deed) throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    try (var executor = Executors.newVirtualThreadPerTaskExecutor();
        var kube =
            new KubeClient(
                KubeSettings.withToken(
                    URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                    null,
                    "nobody"))) {
      server.setExecutor(executor);
      server.createContext("/", this::answer);
      server.start();
      try (var cluster =
          new ClusterSource(
              kube,
              "db",
              "c",
              Volume.beside(new DataDirectory(home.resolve("v").resolve("pgdata"))))) {
        cluster.load();
        deed.with(
            new PrimaryAnnouncer(
                kube, cluster, "db", "c-1", uid, InstantSource.system(), term -> term == 2));
      }
    } finally {
      server.stop(0);
    }
  }

  private String role() {
    synchronized (lock) {
      return role;
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    ObjectNode body =
        exchange.getRequestMethod().equals("PATCH")
            ? Json.parse(
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8))
            : Json.object();
    if (path.endsWith("/pods/c-1") && exchange.getRequestMethod().equals("GET")) {
      looks.incrementAndGet();
    }
    boolean late = body.at("/metadata/labels/role").asText().equals("replica");
    if (late && first.getAndSet(false)) {
      overtake.run();
      await().atMost(Duration.ofMinutes(1)).until(() -> primaryAgain.getCount() == 0);
    }
    boolean refused = path.endsWith("/pods/c-1") && !write(body);
    ObjectNode reply =
        refused
            ? Json.parse("{\"kind\": \"Status\", \"code\": 409, \"reason\": \"Conflict\"}")
            : pod();
    byte[] bytes = reply.toString().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(refused ? 409 : 200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
    if (late) {
      lateAnswered.countDown();
    }
  }

  private boolean write(ObjectNode patch) {
    String wanted = patch.at("/metadata/labels/role").asText();
    String seen = patch.at("/metadata/resourceVersion").asText();
    synchronized (lock) {
      if (!seen.isEmpty() && !seen.equals(Integer.toString(version))) {
        return false;
      }
      if (!wanted.isEmpty()) {
        role = wanted;
        version++;
      }
    }
    if (wanted.equals("primary")) {
      primaryAgain.countDown();
    }
    return true;
  }

  private ObjectNode pod() {
    ObjectNode pod = Json.object();
    synchronized (lock) {
      ObjectNode metadata =
          pod.putObject("metadata").put("name", "c-1").put("uid", "uid-of-the-pod");
      metadata.put("resourceVersion", Integer.toString(version));
      metadata.putObject("labels").put("role", role);
    }
    pod.putObject("status").put("currentPrimary", "c-1").put("targetPrimary", "c-1");
    return pod;
  }
}
