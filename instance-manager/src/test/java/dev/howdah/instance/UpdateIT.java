// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.instance.harness.NextVersion;
import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import dev.howdah.instance.harness.Writer;
import java.nio.file.Files;
import java.sql.Connection;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// Another version of the instance manager takes the place of the one that runs: no server is
/// restarted, no session ends, the Lease stays where it is.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class UpdateIT {
  private static final Duration LONG = TestInstance.LONG;

  private static TestCluster cluster;
  private static TestInstance primary;
  private static TestInstance standby;

  @BeforeAll
  static void start() throws Exception {
    cluster =
        new TestCluster(
            """
            {%s,
             "postgresql": {"synchronous": {"method": "any", "number": 1, "dataDurability": "required"}}}
            """
                .formatted(TestCluster.STEADY));
    primary = cluster.startPrimary();
    standby = cluster.addStandby(2);
    primary.query("CREATE TABLE numbers (id int PRIMARY KEY)");
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
  }

  @Test
  @Order(1)
  void noServerIsRestartedNoSessionEndsAndTheLeaseIsKept() throws Exception {
    long leader = primary.postmaster();
    long follower = standby.postmaster();
    String term = cluster.leaseTerm();
    String before = primary.status().path("sessionID").asText();
    try (NextVersion next = new NextVersion(cluster, "next");
        Connection session = primary.connect();
        var statement = session.createStatement();
        Writer writer = new Writer(cluster, 1)) {
      statement.execute("CREATE TEMPORARY TABLE mine AS SELECT 1 AS one");
      next.announce();
      writer.awaitProgress();
      writer.forgetGap();

      awaitTaken(standby, next);
      awaitVersion(standby, next);
      awaitTaken(primary, next);
      awaitVersion(primary, next);
      writer.awaitProgress();

      assertThat(primary.status().path("sessionID").asText()).isNotEqualTo(before);
      assertThat(writer.longestGap()).isLessThan(Duration.ofSeconds(100));
      System.err.println("longest write gap during the update: " + writer.longestGap());
      statement.execute("SELECT one FROM mine"); // the very session
      awaitAdopted(primary, next);
      awaitAdopted(standby, next);
      var acknowledged = writer.acknowledged();
      assertThat(Writer.rows(primary).containsAll(acknowledged)).isTrue();
    }
    assertThat(primary.postmaster()).isEqualTo(leader);
    assertThat(standby.postmaster()).isEqualTo(follower);
    assertThat(cluster.holder()).isEqualTo(primary.name());
    assertThat(cluster.leaseTerm()).isEqualTo(term);
  }

  @Test
  @Order(2)
  void whatIsNotWantedOrBrokenIsRefusedAndNothingChanges() throws Exception {
    String running = primary.status().path("executableHash").asText();
    String session = primary.status().path("sessionID").asText();
    try (NextVersion next = new NextVersion(cluster, "refused")) {
      assertThat(next.sendTo(primary).code()).isIn(403, 503); // not in the Cluster's status
      Files.writeString(next.file("manager.d/version"), "another!");
      next.announce();
      await().atMost(LONG).until(() -> next.sendTo(primary).code() == 507);
      assertThat(next.sendTo(primary).text()).contains("manager.d/version");

      next.change("manager.d/version", "broken");
      next.change("manager.d/jvm.options", "-XX:+NoSuchOption\n");
      next.announce();
      awaitTaken(primary, next);
      await()
          .atMost(LONG)
          .until(
              () -> primary.status().path("updateFailure").asText().contains("ended at its start"));
    }
    assertThat(primary.status().path("executableHash").asText()).isEqualTo(running);
    assertThat(primary.status().path("sessionID").asText()).isEqualTo(session);
    assertThat(primary.isWritable()).isTrue();
  }

  @Test
  @Order(3)
  void theUpdatedManagerStillSeesTheEndOfTheServer() throws Exception {
    TestInstance.signal("KILL", primary.postmaster());

    cluster.awaitHealthy();

    assertThat(cluster.primary().isWritable()).isTrue();
  }

  /// It refuses until it has seen in the Cluster that this version is wanted.
  private static void awaitTaken(TestInstance instance, NextVersion next) throws Exception {
    String hash = next.hash();
    await()
        .atMost(LONG)
        .until(() ->
            instance.status().path("executableHash").asText().equals(hash)
                || next.sendTo(instance).code() == 202);
  }

  private static void awaitVersion(TestInstance instance, NextVersion next) throws Exception {
    String hash = next.hash();
    await()
        .pollInterval(Duration.ofMillis(100))
        .atMost(LONG)
        .until(() -> instance.status().path("executableHash").asText().equals(hash));
  }

  private static void awaitAdopted(TestInstance instance, NextVersion next) throws Exception {
    String folder = "manager-" + next.hash().substring(0, 12);
    await().atMost(LONG).until(() -> instance.launcher().toRealPath().getParent().endsWith(folder));
  }
}
