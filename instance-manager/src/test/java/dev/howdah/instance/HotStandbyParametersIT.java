// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// The settings that a standby must not have lower than its primary (PostgreSQL manual, "Hot
/// Standby"), raised and lowered with the restarts that the operator asks for, in its order.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HotStandbyParametersIT {
  private static final Duration LONG = TestInstance.LONG;

  private static TestCluster cluster;
  private static TestInstance primary;
  private static TestInstance standby;

  @BeforeAll
  static void start() throws Exception {
    cluster = new TestCluster("{\"instances\": 2, " + TestCluster.STEADY + "}");
    primary = cluster.startPrimary();
    standby = cluster.addStandby(2);
    primary.query("CREATE TABLE numbers (id int)");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  @Order(1)
  void whatIsRaisedIsRaisedOnTheStandbyFirst() throws Exception {
    settings(120);
    await().atMost(LONG).until(() -> says(primary, "pendingRestart"));
    await().atMost(LONG).until(() -> says(standby, "pendingRestart"));
    assertThat(says(primary, "pendingRestartForDecrease")).isFalse();

    restart(standby);
    assertThat(standby.query("SHOW max_connections")).isEqualTo("120");
    assertThat(says(standby, "pendingRestart")).isFalse();
    restartPrimaryInPlace(120);
    standbyFollows();
  }

  /// Before the primary has the lower value, the standby has to keep the higher one, whenever it is
  /// restarted.
  @Test
  @Order(2)
  void whatIsLoweredIsLoweredOnThePrimaryFirst() throws Exception {
    settings(90);
    await().atMost(LONG).until(() -> says(primary, "pendingRestartForDecrease"));
    restart(standby);
    assertThat(standby.query("SHOW max_connections")).isEqualTo("120");
    assertThat(says(standby, "pendingRestart")).isFalse();

    restartPrimaryInPlace(90);
    standbyFollows();
    await().atMost(LONG).until(() -> says(standby, "pendingRestart"));
    restart(standby);
    assertThat(standby.query("SHOW max_connections")).isEqualTo("90");
    standbyFollows();
  }

  private static void settings(int connections) throws Exception {
    cluster.patchSpec(
        """
        {"postgresql": {"parameters": {"max_connections": "%1$d", "max_locks_per_transaction": "%1$d"}}}
        """
            .formatted(connections));
  }

  private static boolean says(TestInstance instance, String field) {
    return instance.status().path(field).asBoolean();
  }

  /// As the operator does with a pod of a standby.
  private static void restart(TestInstance instance) throws Exception {
    instance.stop();
    instance.start();
    instance.awaitStreaming();
  }

  private static void restartPrimaryInPlace(int wanted) {
    cluster.patchStatus("phase", "Primary instance is being restarted in-place");
    await()
        .ignoreExceptions()
        .atMost(LONG)
        .until(() -> primary.query("SHOW max_connections").equals("" + wanted));
    cluster.awaitPhase("Cluster in healthy state"); // else it would overlook the next request
    assertThat(cluster.holder()).isEqualTo(primary.name());
  }

  /// It would pause its replay if it had too little.
  private static void standbyFollows() throws Exception {
    primary.query("INSERT INTO numbers SELECT count(*) FROM numbers");
    String rows = primary.query("SELECT count(*) FROM numbers");
    await()
        .ignoreExceptions()
        .atMost(LONG)
        .until(() -> standby.query("SELECT count(*) FROM numbers").equals(rows));
    assertThat(says(standby, "replayPaused")).isFalse();
  }
}
