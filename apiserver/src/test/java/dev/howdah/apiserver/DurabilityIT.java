// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurabilityIT {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final int WRITERS = 4;
  private static final int KILL_AFTER = 150;

  @TempDir private Path folder;

  @Test
  void keepsEveryAcknowledgedWriteWhenItIsKilled() throws Exception {
    Map<String, Integer> acknowledged = new ConcurrentHashMap<>();
    for (var round = 0; round < 2; round++) {
      var process = ServerProcess.start(folder, 0);
      try (var client = client()) {
        check(client, acknowledged);
        writeUntilKilled(client, process, round, acknowledged);
      } finally {
        process.destroyForcibly().waitFor();
      }
    }

    var process = ServerProcess.start(folder, 0);
    try (var client = client()) {
      check(client, acknowledged);
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(2 * WRITERS);
  }

  private TestClient client() throws IOException {
    return TestClient.of(Files.readString(folder.resolve("kubeconfig")));
  }

  private static void check(TestClient client, Map<String, Integer> acknowledged) {
    acknowledged.forEach((name, count) -> {
      var stored = client.get(MAPS + "/" + name);
      assertThat(stored.code()).as(name).isEqualTo(200);
      // a write that was under way may have come through without an answer
      assertThat(Integer.parseInt(stored.at("/data/n"))).isBetween(count, count + 1);
    });
  }

  private static void writeUntilKilled(
      TestClient client, Process process, int round, Map<String, Integer> acknowledged) {
    var killed = new AtomicBoolean();
    var writers = (round + 1) * WRITERS; // all of them have begun when the server is killed
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var writer = 0; writer < WRITERS; writer++) {
        var name = "r%d-w%d".formatted(round, writer);
        var first = writer == 0;
        threads.submit(() -> {
          try {
            client.post(MAPS, "{metadata: {name: %s}, data: {n: '0'}}".formatted(name));
            acknowledged.put(name, 0);
            for (var n = 1; !killed.get(); n++) {
              var code = client.merge(MAPS + "/" + name, "{data: {n: '%d'}}".formatted(n)).code();
              if (code == 200) {
                acknowledged.put(name, n);
              }
              if (first && n >= KILL_AFTER && acknowledged.size() >= writers) {
                process.destroyForcibly();
              }
            }
          } catch (UncheckedIOException _) {
            killed.set(true); // as wanted
          }
        });
      }
    }
    assertThat(killed).isTrue();
  }
}
