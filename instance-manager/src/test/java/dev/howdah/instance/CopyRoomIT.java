// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import dev.howdah.testing.ServerUser;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// A standby whose volume is too small for the data. Needs root, to mount a small file system.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CopyRoomIT {
  private static final long ENOUGH = 1L << 30;

  private static TestCluster cluster;
  private static TestInstance standby;
  private static Path volume;

  @BeforeAll
  static void start() throws Exception {
    cluster = new TestCluster("{\"instances\": 2, " + TestCluster.STEADY + "}");
    standby = cluster.instance(2);
    volume = standby.data().getParent();
    assumeTrue(mount("size=32m,mode=0755") == 0);
    ServerUser.own(volume);
    cluster.startPrimary();
  }

  @AfterAll
  static void stop() throws Exception {
    standby.destroy();
    run("umount", "-l", volume.toString());
    cluster.close();
  }

  @Test
  @Order(1)
  void aNewInstanceSaysWhatItNeedsAndGoesOnWhenItHasIt() throws Exception {
    var joining =
        CompletableFuture.runAsync(() -> {
          try {
            cluster.addStandby(2);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    await().atMost(TestInstance.LONG).until(() -> !complaints().isEmpty());
    assertThat(complaints().getFirst())
        .contains("main-2 has no room")
        .matches(".*at least \\d+ bytes .* are needed, and \\d+ bytes .* are free.*")
        .contains("spec.storage.size");
    assertThat(joining).isNotDone();

    mount("remount,size=" + ENOUGH);

    joining.get(2 * TestInstance.LONG.toSeconds(), TimeUnit.SECONDS);
    assertThat(complaints()).as("without a try in between").hasSize(1);
  }

  @Test
  @Order(2)
  void soDoesOneThatIsCopiedAnewBesideItsOldData() throws Exception {
    standby.stop();
    Path control = standby.data().resolve("global/pg_control");
    Files.write(control, new byte[(int) Files.size(control)]);
    FileStore store = Files.getFileStore(volume);
    long used = store.getTotalSpace() - store.getUsableSpace();
    mount("remount,size=" + (used + (32 << 20)));
    standby.start();
    await().atMost(TestInstance.LONG).until(() -> complaints().size() == 2);
    assertThat(complaints().getLast())
        .contains("main-2 has no room")
        .contains("beside its old data")
        .contains(standby.data() + "_");

    mount("remount,size=" + ENOUGH);

    standby.awaitStreaming();
    assertThat(complaints()).hasSize(2);
  }

  private static List<String> complaints() {
    return cluster.api().events().stream()
        .filter(event -> event.path("reason").asText().equals("NoRoomForCopy"))
        .map(event -> event.path("message").asText())
        .toList();
  }

  private static int mount(String options) throws IOException, InterruptedException {
    return run("mount", "-t", "tmpfs", "-o", options, "tmpfs", volume.toString());
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }
}
