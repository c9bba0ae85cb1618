// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import static dev.howdah.e2e.kubernetes.Programs.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Both operators are killed (SIGKILL, at random moments, again and again) while each of the
/// operations is going on. It comes to the same end, only later. `-Dhowdah.e2e.seed` repeats a run.
@EnabledIfSystemProperty(
    named = "howdah.e2e",
    matches = "kubernetes",
    disabledReason = "needs a Kubernetes: e2e/run brings one up")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OperatorKillsIT {
  private static final Duration END = Duration.ofSeconds(300);
  private static final int KILLS = 3;
  private static final long SEED = Long.getLong("howdah.e2e.seed", System.currentTimeMillis());
  private static final Random RANDOM = new Random(SEED);

  @RegisterExtension static final Stage STAGE = new Stage("kills");

  private static Database database() {
    return STAGE.database();
  }

  /// An operation, or one condition of its end.
  @FunctionalInterface
  private interface Step {
    void run() throws Exception;
  }

  private static void killedDuring(String what, int instances, Step operation, Step end)
      throws Exception {
    needs();
    newOperators();
    if (STAGE.writer() != null) {
      STAGE.begin();
    }
    var killer =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                for (int i = 0; i < KILLS; i++) {
                  Thread.sleep(RANDOM.nextInt(500, 7_000));
                  kill();
                }
              } catch (IOException | InterruptedException e) {
                throw new IllegalStateException("not killed", e);
              }
            });
    persistently(operation);
    killer.join(Duration.ofSeconds(60));
    end.run();
    database().awaitHealthy(instances, END);
    if (STAGE.writer() == null) {
      STAGE.write("");
    }
    STAGE.check("operators killed %d times during %s (seed %d)".formatted(KILLS, what, SEED));
  }

  /// Again and again while no operator is there to review what is asked for, as whoever asks does.
  private static void persistently(Step operation) throws Exception {
    long end = System.nanoTime() + END.toNanos();
    while (true) {
      try {
        operation.run();
        return;
      } catch (AssertionError refused) {
        if (!String.valueOf(refused.getMessage()).contains("failed calling webhook")
            || System.nanoTime() > end) {
          throw refused;
        }
        Thread.sleep(500);
      }
    }
  }

  /// Others than those that were killed before: a container that ends again and again is started
  /// later each time, up to five minutes, and it isn't Kubernetes that is tested here.
  private static void newOperators() throws Exception {
    Scene scene = STAGE.scene();
    scene.kubectl("-n", "howdah-system", "delete", "pods", "--all", "--wait=true");
    scene.awaitOperators(END);
  }

  private static void needs() {
    Stage.secondGroup();
    Assumptions.assumeTrue(Faults.available(), "there is no ../shared/kube to make faults with");
  }

  /// Kills each operator's process on this machine's nodes.
  private static void kill() throws IOException {
    List<ProcessHandle> operators =
        ProcessHandle.allProcesses().filter(OperatorKillsIT::isOperator).toList();
    operators.forEach(ProcessHandle::destroyForcibly);
  }

  private static boolean isOperator(ProcessHandle process) {
    Path proc = Path.of("/proc", Long.toString(process.pid()));
    try {
      return Files.readString(proc.resolve("cgroup")).contains("/kube-node-")
          && new String(Files.readAllBytes(proc.resolve("cmdline")), StandardCharsets.UTF_8)
              .contains("\0--leader-elect=true\0");
    } catch (IOException _) {
      return false; // gone meanwhile
    }
  }

  @Test
  @Order(10)
  void isMade() throws Exception {
    killedDuring("creation", 3, () -> STAGE.scene().apply(Stage.manifest(3)), () -> {});
  }

  @Test
  @Order(20)
  void grows() throws Exception {
    killedDuring(
        "3 to 4 instances", 4, () -> database().patch("{\"spec\":{\"instances\":4}}"), () -> {});
  }

  @Test
  @Order(30)
  void shrinks() throws Exception {
    killedDuring(
        "4 to 3 instances",
        3,
        () -> database().patch("{\"spec\":{\"instances\":3}}"),
        () -> await("one instance less", END, () -> database().pods().size() == 3));
  }

  @Test
  @Order(40)
  void handsOver() throws Exception {
    needs();
    String target = database().standby();
    killedDuring(
        "switchover",
        3,
        () ->
            STAGE
                .scene()
                .inNamespace(
                    "patch",
                    "clusters.postgresql.cnpg.io",
                    "db",
                    "--subresource=status",
                    "--type=merge",
                    "-p",
                    "{\"status\":{\"targetPrimary\":\"%s\",\"phase\":\"Switchover in progress\"}}"
                        .formatted(target)),
        () -> await(target + " is primary", END, () -> database().primary().equals(target)));
  }

  @Test
  @Order(50)
  void rollsOut() throws Exception {
    needs();
    killedDuring(
        "a rolling restart",
        3,
        () ->
            database()
                .patch("{\"spec\":{\"postgresql\":{\"parameters\":{\"max_connections\":\"80\"}}}}"),
        () -> {
          for (String pod : database().pods().keySet()) {
            await("restarted", END, () -> database().sql(pod, "show max_connections").equals("80"));
          }
        });
  }

  @Test
  @Order(60)
  void failsOver() throws Exception {
    needs();
    String before = database().primary();
    String uid = database().uids().getOrDefault(before, "");
    killedDuring(
        "loss of the primary's pod",
        3,
        () ->
            STAGE
                .scene()
                .inNamespace(
                    "delete", "pod", before, "--grace-period=0", "--force", "--wait=false"),
        () -> // it may be back before its Lease is over, and then keeps its role
        await("another pod", END, () -> !uid.equals(database().uids().getOrDefault(before, uid))));
    assertThat(database().writable()).hasSize(1);
  }
}
