// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.podruntime.objects.Mirror;
import dev.howdah.podruntime.objects.Reconciler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotsTest {
  /// A snapshot that is deleted after the sweep and before its kind is followed would leave its
  /// copy for ever.
  @Test
  void sweepsOnlyOnceItHearsOfEachDeletion(@TempDir Path root) throws Exception {
    Path copy = Files.createDirectory(root.resolve("nobodys"));
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] none = "{\"metadata\": {}, \"items\": []}".getBytes(StandardCharsets.UTF_8);
          try (exchange) {
            exchange.sendResponseHeaders(200, none.length);
            exchange.getResponseBody().write(none);
          }
        });
    server.start();
    var uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    try (var client = new KubeClient(KubeSettings.withToken(uri, null, "x"));
        var mirror = new Mirror(Resource.VOLUME_SNAPSHOTS)) {
      var snapshots = new Snapshots(root, client, mirror, mirror, mirror, InstantSource.system());

      assertThat(snapshots.sweep()).isLessThan(Reconciler.DONE);
      assertThat(copy).exists();

      mirror.start(client);
      assertThat(mirror.awaitSynced(Duration.ofSeconds(60))).isTrue();
      assertThat(snapshots.sweep()).isEqualTo(Reconciler.DONE);
      assertThat(copy).doesNotExist();
    } finally {
      server.stop(0);
    }
  }
}
