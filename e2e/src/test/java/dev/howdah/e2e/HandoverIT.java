// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.howdah.apiserver.ApiServer;
import dev.howdah.apiserver.PodBackend;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.kube.WatchEvent;
import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two operators as their image has them: launcher, Java runtime, jars, ahead-of-time cache.
class HandoverIT {
  private static final String NAMESPACE = "howdah-system";
  private static final String LEASE = "db9c8771.cnpg.io";
  private static final Path LAUNCHER =
      Path.of("../dist/target/operator/bin/manager").toAbsolutePath().normalize();
  private static final Duration PATIENCE = Duration.ofSeconds(240);

  @TempDir Path home;

  @Test
  void theNextOneLeadsAtOnceWhenTheLeaderStopsAndAfterTheLeaseWhenItIsKilled() throws Exception {
    try (var api =
        ApiServer.start(
            new ApiServer.Settings(home.resolve("api"), "127.0.0.1", 0),
            List.of(),
            PodBackend.none())) {
      Path kubeconfig = home.resolve("admin");
      api.writeKubeconfig(kubeconfig);
      try (KubeClient client = new KubeClient(KubeSettings.fromKubeconfig(kubeconfig))) {
        client.create(Resource.NAMESPACES, Json.object(Resource.NAMESPACES, "", NAMESPACE));
        installCrds(client);
        List<String> holders = Collections.synchronizedList(new ArrayList<>());
        try (var _ =
                client.watchOne(Resource.LEASES, NAMESPACE, LEASE, event -> note(event, holders));
            var first = new Replica("first", kubeconfig)) {
          first.awaitLeading();
          try (var second = new Replica("second", kubeconfig)) {
            second.awaitStandingBy();
            assertThat(second.isLeading()).isFalse();

            long begun = System.nanoTime();
            first.process.destroy();
            second.awaitLeading();

            System.out.printf("orderly handover: %d ms%n", (System.nanoTime() - begun) / 1_000_000);
            await().atMost(PATIENCE).until(() -> holders.equals(List.of("first", "", "second")));
            // it doesn't wait for itself in its shutdown hook, which gives up after 10 s
            assertThat(first.process.waitFor(9, TimeUnit.SECONDS)).isTrue();

            try (var third = new Replica("third", kubeconfig)) {
              third.awaitStandingBy();
              begun = System.nanoTime();
              second.process.destroyForcibly();
              third.awaitLeading();

              System.out.printf("after a crash: %d ms%n", (System.nanoTime() - begun) / 1_000_000);
              await()
                  .atMost(PATIENCE)
                  .until(() -> holders.equals(List.of("first", "", "second", "third")));
            }
          }
        }
      }
    }
  }

  private static void installCrds(KubeClient client) throws IOException {
    var yaml = new YAMLMapper();
    try (var files = Files.list(Path.of("../api/src/main/resources/crds"))) {
      for (Path file : files.toList()) {
        client.create(Resource.CRDS, (ObjectNode) yaml.readTree(Files.readString(file)));
      }
    }
  }

  private static void note(WatchEvent event, List<String> holders) {
    if (event instanceof WatchEvent.Upserted(var lease)) {
      String identity = lease.path("spec").path("holderIdentity").asText("");
      String holder = identity.replaceFirst("_.*", "");
      if (holders.isEmpty() || !holders.getLast().equals(holder)) {
        holders.add(holder);
      }
    }
  }

  private static final class Replica implements AutoCloseable {
    private final Process process;
    private final URI metrics;
    private final Path log;

    Replica(String name, Path kubeconfig) throws IOException {
      int port = freePort();
      metrics = URI.create("http://127.0.0.1:%d/metrics".formatted(port));
      var builder =
          new ProcessBuilder(
              LAUNCHER.toString(),
              "controller",
              "--leader-elect=true",
              "--leader-lease-duration=10",
              "--leader-renew-deadline=9",
              "--webhook-port=0",
              "--metrics-bind-address=127.0.0.1:" + port,
              "--kubeconfig=" + kubeconfig);
      builder.environment().put("OPERATOR_NAMESPACE", NAMESPACE);
      builder.environment().put("POD_NAME", name);
      builder.redirectErrorStream(true);
      log = kubeconfig.resolveSibling(name + ".log");
      builder.redirectOutput(log.toFile());
      process = builder.start();
    }

    /// One that the system doesn't give to others meanwhile.
    private static int freePort() throws IOException {
      while (true) {
        int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
        try (var socket = new ServerSocket(port)) {
          return socket.getLocalPort();
        } catch (BindException _) {
          // the next one
        }
      }
    }

    void awaitStandingBy() {
      await()
          .atMost(PATIENCE)
          .until(() -> !read().isEmpty() && Files.readString(log).contains("standing by"));
    }

    void awaitLeading() {
      await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(this::isLeading);
    }

    boolean isLeading() {
      return read().contains("howdah_operator_leading 1\n");
    }

    private String read() {
      try (HttpClient http = HttpClient.newHttpClient()) {
        HttpRequest request =
            HttpRequest.newBuilder(metrics).timeout(Duration.ofSeconds(5)).build();
        return http.send(request, BodyHandlers.ofString()).body();
      } catch (IOException e) {
        return "";
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return "";
      }
    }

    @Override
    public void close() throws InterruptedException {
      process.destroyForcibly().waitFor(); // its log is in a folder that is about to go
    }
  }
}
