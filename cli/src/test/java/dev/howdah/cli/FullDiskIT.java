// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.howdah.apiserver.ApiServer;
import dev.howdah.apiserver.PodBackend;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `howdah up` says while there is no room for the API server's state.
class FullDiskIT {
  private static final Duration ENOUGH = Duration.ofMinutes(2);

  @TempDir private Path folder;

  @AfterEach
  void unmount() throws Exception {
    run("umount", "-l", folder.toString());
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }

  private static void create(KubeClient client, String name) {
    client.create(Resource.NAMESPACES, Json.object(Resource.NAMESPACES, "", name));
  }

  /// Needs root, to mount a small file system.
  @Test
  void saysWhatIsWrongAndWhenThatIsOver() throws Exception {
    assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder.toString()) == 0);
    var settings = new ApiServer.Settings(folder.resolve("server"), "127.0.0.1", 0);
    var kubeconfig = folder.resolve("kubeconfig");
    var out = new StringWriter();
    try (var server = ApiServer.start(settings, List.of(), PodBackend.none())) {
      server.writeKubeconfig(kubeconfig);
      try (var client = Connection.open(kubeconfig);
          var progress =
              new Progress(client, new Narrator(new PrintWriter(out), OutputOption.Format.TEXT))) {
        assertThat(progress.look(List.of())).isEmpty();
        assertThat(out.toString()).isEmpty();

        var rest = folder.resolve("rest");
        assertThatThrownBy(() -> Files.write(rest, new byte[16 << 20]))
            .hasMessageContaining("No space left");
        assertThatThrownBy(
                () -> {
                  for (int i = 0; i < 1000; i++) {
                    create(client, "full-" + i);
                  }
                })
            .hasMessageContaining("No space left")
            .hasMessageContaining("Make room");
        progress.look(List.of());
        progress.look(List.of());
        assertThat(out.toString().lines()).hasSize(1).first().asString().contains("Make room");

        Files.delete(rest);
        await().atMost(ENOUGH).until(() -> client.trouble().isEmpty());
        create(client, "after");
        progress.look(List.of());
        assertThat(out.toString()).contains("stores changes again");
      }
    }
  }
}
