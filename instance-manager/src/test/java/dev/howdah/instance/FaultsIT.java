// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import dev.howdah.instance.harness.Writer;
import dev.howdah.testing.ServerUser;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// One cluster of three with synchronous replication, a client that writes all the time, and one
/// fault after the other: no acknowledged row is lost, and in the end all three work together
/// again.
class FaultsIT {
  /// For what takes a few seconds here; `bench/run` measures it.
  private static final Duration SOON = Duration.ofSeconds(100);

  private static TestCluster cluster;
  private static int nextNumber = 1;
  private Writer writer;
  private TestInstance primary;

  @BeforeAll
  static void start() throws Exception {
    cluster =
        new TestCluster(
            "{\"postgresql\": {\"synchronous\": {\"method\": \"any\", \"number\": 1}}}");
    cluster.startPrimary();
    cluster.joinStandby(2);
    cluster.joinStandby(3);
    cluster.awaitHealthy();
    cluster.primary().query("CREATE TABLE numbers (id int PRIMARY KEY)");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @BeforeEach
  void writing() throws Exception {
    cluster.awaitHealthy();
    primary = cluster.primary();
    writer = new Writer(cluster, nextNumber);
    writer.awaitProgress();
    writer.forgetGap();
  }

  @AfterEach
  void nothingIsLost(TestInfo test) throws Exception {
    writer.awaitProgress();
    Duration gap = writer.longestGap();
    writer.close();
    nextNumber = writer.next();
    System.err.println("GAP " + test.getDisplayName() + " " + gap.toMillis() + " ms");
    cluster.awaitHealthy();
    Set<Integer> lost = writer.acknowledged();
    lost.removeAll(Writer.rows(cluster.primary()));
    assertThat(lost).isEmpty();
  }

  @Test
  void killedPostmaster() {
    TestInstance.signal("KILL", primary.postmaster());
  }

  /// What is left of PostgreSQL can't be told then.
  @Test
  void killedPostmasterAndAControlFileThatCannotBeRead() {
    String control = primary.data().resolve("global/pg_control").toString();
    ServerUser.runAsServer(List.of("chmod", "000", control));
    TestInstance.signal("KILL", primary.postmaster());

    try {
      cluster.awaitOtherPrimary(primary);
    } finally {
      ServerUser.runAsServer(List.of("chmod", "600", control));
    }
  }

  @Test
  void killedInstanceManager() throws Exception {
    long java = primary.java().pid();
    long postmaster = primary.postmaster();
    TestInstance.signal("KILL", java);

    await()
        .atMost(SOON)
        .ignoreExceptions()
        .until(() -> primary.java().pid() != java && primary.postmaster() > 0);
    // A loaded machine may be too slow for the permit: then the same data goes on after a restart.
    System.err.println("PostgreSQL kept: " + (primary.postmaster() == postmaster));
    writer.awaitProgress();
    assertThat(writer.longestGap()).isLessThan(SOON);
  }

  @Test
  void killedGuard() throws Exception {
    primary.stayDown();
    TestInstance.signal("KILL", primary.process().pid());

    cluster.awaitOtherPrimary(primary);
    assertNothingRuns(primary);
    writer.awaitProgress();
    assertThat(writer.longestGap()).isLessThan(SOON);
    restart(primary);
  }

  @Test
  void frozenInstanceManager() {
    long java = primary.java().pid();
    TestInstance.signal("STOP", java);
    try {
      cluster.awaitOtherPrimary(primary);
      assertNothingRuns(primary);
    } finally {
      TestInstance.signal("CONT", java);
    }
    assertThat(writer.longestGap()).isLessThan(SOON);
  }

  @Test
  void frozenPostmaster() throws Exception {
    long postmaster = primary.postmaster();

    TestInstance.signal("STOP", postmaster);

    await().atMost(SOON).until(() -> ProcessHandle.of(postmaster).isEmpty());
    writer.awaitProgress();
    assertThat(writer.longestGap()).isLessThan(SOON);
  }

  @Test
  void sigtermHandsOver() throws Exception {
    assertThat(primary.stop()).isZero();

    cluster.awaitOtherPrimary(primary);
    restart(primary);
  }

  @Test
  void switchover() {
    TestInstance target = cluster.standbys().getLast();

    cluster.patchStatus("targetPrimary", target.name());

    assertThat(cluster.awaitOtherPrimary(primary)).isSameAs(target);
    await().atMost(SOON).until(() -> cluster.currentPrimary().equals(target.name()));
  }

  /// Another instance lets clients write: however slow the machine is, this one was dead before.
  private static void assertNothingRuns(TestInstance old) {
    assertThat(old.hasServerProcesses()).as("PostgreSQL of the old primary runs").isFalse();
  }

  private static void restart(TestInstance instance) {
    try {
      instance.start();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
