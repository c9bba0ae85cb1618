// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// An elected instance that doesn't get PostgreSQL to accept writes lets another one do it.
class StuckPromotionIT {
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

  /// Its checkpointer hangs for good, and the old primary is lost meanwhile: of the voters that the
  /// elected one named only one is left, which has all there is.
  @Test
  void anotherTakesOverFromOneThatHangs() throws Exception {
    TestInstance first = cluster.instance(1);
    TestInstance stuck = cluster.instance(2);
    TestInstance other = cluster.instance(3);
    await().atMost(SOON).until(() -> stuck.query("SHOW synchronous_standby_names").isEmpty());
    stuck.asSuperuser("CHECKPOINT"); // from here on its checkpointer has read that
    TestInstance.signal("STOP", stuck.serverProcess("checkpointer"));
    cluster.patchSpec("{\"postgresql\": {\"synchronous\": {\"method\": \"any\", \"number\": 1}}}");
    await().atMost(SOON).until(() -> cluster.leaseField("w").equals("1"));
    await().atMost(SOON).until(() -> !stuck.query("SHOW synchronous_standby_names").isEmpty());
    first.query("INSERT INTO numbers VALUES (1)");

    cluster.patchStatus("targetPrimary", stuck.name());
    await().atMost(SOON).until(() -> cluster.holder().equals(stuck.name()));
    first.destroy();
    cluster.patchStatus("targetPrimary", first.name()); // that wish is over
    await().atMost(SOON).until(() -> gaveUp(stuck));

    assertThat(mostCheckpoints).as("sessions that wait for the checkpointer").isEqualTo(1);
    await().atMost(SOON).until(() -> cluster.holder().equals(other.name()));
    other.awaitWritable();
    other.query("INSERT INTO numbers VALUES (2)"); // confirmed by the one that hung
    assertThat(other.query("SELECT string_agg(id::text, ' ' ORDER BY id) FROM numbers"))
        .isEqualTo("1 2");
    stuck.awaitRow(2, SOON);
    assertThat(stuck.isWritable()).isFalse();
  }

  private int mostCheckpoints;

  /// Until then it holds the Lease, and asks its checkpointer one time.
  private boolean gaveUp(TestInstance stuck) {
    mostCheckpoints = Math.max(mostCheckpoints, stuck.serverProcesses(" CHECKPOINT").size());
    return cluster.api().events().stream()
        .filter(event -> event.path("reason").asText("").equals("GaveUp"))
        .map(event -> event.path("message").asText(""))
        .anyMatch(message -> message.startsWith(stuck.name()) && message.contains("checkpointer"));
  }
}
