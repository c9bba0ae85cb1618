// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// A change of the synchronous standbys counts, and elections rely on it, only when those processes
/// of PostgreSQL that carry it out have taken it up, however late.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SynchronousChangeIT {
  private static final Duration LATE = Duration.ofSeconds(3);
  private static final Duration SOON = TestInstance.LONG;
  private static TestCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = new TestCluster("{" + TestCluster.STEADY + "}");
    cluster.startPrimary();
    cluster.joinStandby(2);
    cluster.joinStandby(3);
    cluster.awaitHealthy();
    cluster.primary().query("CREATE TABLE numbers (id int)");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static String acknowledgements() {
    return cluster.leaseField("w");
  }

  @Test
  @Order(1)
  void theLeaseNamesNoVotersWhileTheCheckpointerLetsCommitsPass() throws Exception {
    TestInstance primary = cluster.primary();
    long checkpointer = primary.serverProcess("checkpointer");
    TestInstance.signal("STOP", checkpointer);
    try {
      cluster.patchSpec(
          "{\"postgresql\": {\"synchronous\": {\"method\": \"any\", \"number\": 1}}}");
      await().atMost(SOON).until(() -> !primary.query("SHOW synchronous_standby_names").isEmpty());
      primary.query("INSERT INTO numbers VALUES (1)");

      await().during(LATE).atMost(SOON).until(() -> acknowledgements().equals("0"));
    } finally {
      TestInstance.signal("CONT", checkpointer);
    }

    await().atMost(SOON).until(() -> acknowledgements().equals("1"));
    assertThat(primary.query("SHOW synchronous_standby_names"))
        .isEqualTo("ANY 1 (\"main-2\",\"main-3\")");
    primary.query("INSERT INTO numbers VALUES (2)");
  }

  @Test
  @Order(2)
  void theLeaseRaisesNoNumberWhileAWalSenderGoesByTheSmallerOne() throws Exception {
    TestInstance primary = cluster.primary();
    long sender = primary.serverProcess("walsender");
    TestInstance.signal("STOP", sender);
    try {
      cluster.patchSpec(
          "{\"postgresql\": {\"synchronous\": {\"method\": \"any\", \"number\": 2}}}");
      await()
          .atMost(SOON)
          .until(() -> primary.query("SHOW synchronous_standby_names").contains(" 2 ("));

      await().during(LATE).atMost(SOON).until(() -> acknowledgements().equals("1"));
    } finally {
      TestInstance.signal("CONT", sender);
    }

    await().atMost(SOON).until(() -> acknowledgements().equals("2"));
    await()
        .atMost(SOON)
        .until(() ->
            primary
                .query("SHOW synchronous_standby_names")
                .equals("ANY 2 (\"main-2\",\"main-3\")"));
    primary.query("INSERT INTO numbers VALUES (3)");
  }

  @Test
  @Order(3)
  void aRestartInPlaceLetsClientsInOnlyWhenStandbysHaveWhatTheyWouldSee() throws Exception {
    TestInstance primary = cluster.primary();
    var standbys = cluster.standbys();
    standbys.forEach(TestInstance::destroy);
    CompletableFuture.runAsync(() -> {
      try {
        primary.query("INSERT INTO numbers VALUES (99)");
      } catch (SQLException e) {
        // the restart ends it
      }
    });
    await()
        .atMost(SOON)
        .until(() ->
            primary
                .query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                .equals("1"));
    long before = primary.postmaster();

    cluster.patchStatus("phase", "Primary instance is being restarted in-place");

    await().atMost(SOON).ignoreExceptions().until(() -> primary.postmaster() != before);
    await().during(LATE).atMost(SOON).until(() -> !primary.isWritable());
    for (TestInstance standby : standbys) {
      standby.start();
    }
    primary.awaitWritable();
    assertThat(primary.query("SELECT count(*) FROM numbers WHERE id = 99")).isEqualTo("1");
  }

  @Test
  @Order(4)
  void commitsThatWaitedPassWhenNobodyIsToBeWaitedForAnyMore() throws Exception {
    TestInstance primary = cluster.primary();

    cluster.patchSpec("{\"postgresql\": {\"synchronous\": null}}");

    await().atMost(SOON).until(() -> cluster.leaseField("voters").equals("asynchronous"));
    await().atMost(SOON).until(() -> primary.query("SHOW synchronous_standby_names").isEmpty());
    primary.query("INSERT INTO numbers VALUES (4)");
    assertThat(primary.query("SELECT count(*) FROM numbers")).isEqualTo("5");
  }

  /// Such a checkpointer decides on the new primary whether commits wait at all.
  @Test
  @Order(5)
  void aStandbyIsNotPromotedWhileItsCheckpointerLetsCommitsPass() throws Exception {
    List<TestInstance> standbys = cluster.standbys();
    for (TestInstance standby : standbys) {
      await().atMost(SOON).until(() -> standby.query("SHOW synchronous_standby_names").isEmpty());
      standby.asSuperuser("CHECKPOINT"); // from here on its checkpointer has read that
    }
    for (TestInstance standby : standbys) {
      TestInstance.signal("STOP", standby.serverProcess("checkpointer"));
    }
    cluster.patchSpec("{\"postgresql\": {\"synchronous\": {\"method\": \"any\", \"number\": 1}}}");
    await().atMost(SOON).until(() -> acknowledgements().equals("1"));
    for (TestInstance standby : standbys) {
      await().atMost(SOON).until(() -> !standby.query("SHOW synchronous_standby_names").isEmpty());
    }
    cluster.primary().stop();
    TestInstance next = holder(standbys);
    TestInstance other = standbys.getFirst() == next ? standbys.getLast() : standbys.getFirst();
    other.destroy();
    CompletableFuture<Void> confirmed = next.insertAsSoonAsPossible(5);
    await().atMost(SOON).until(() -> saysThatPromotionWaits(next));
    assertThat(next.isWritable()).isFalse();

    TestInstance.signal("CONT", next.serverProcess("checkpointer"));

    next.awaitWritable();
    await()
        .atMost(SOON)
        .until(() ->
            next.query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                .equals("1"));
    assertThat(confirmed).isNotDone();
    other.start();
    assertThat(confirmed).succeedsWithin(SOON);
  }

  private static TestInstance holder(List<TestInstance> among) {
    var found = new TestInstance[1];
    await()
        .atMost(SOON)
        .until(() -> {
          for (TestInstance instance : among) {
            if (cluster.holder().equals(instance.name())) {
              found[0] = instance;
            }
          }
          return found[0] != null;
        });
    return found[0];
  }

  private static boolean saysThatPromotionWaits(TestInstance instance) throws IOException {
    return Files.readAllLines(instance.log()).stream()
        .anyMatch(line -> line.contains("not done yet") && line.contains("\"promotion\""));
  }
}
