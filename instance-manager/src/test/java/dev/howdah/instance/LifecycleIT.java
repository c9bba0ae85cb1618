// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import dev.howdah.instance.harness.Writer;
import dev.howdah.testing.ServerUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A primary and a standby with asynchronous replication: what happens to data that went another
/// way, and to requests of people.
class LifecycleIT {
  private static final Duration LEASE = Duration.ofSeconds(6);
  private static final Duration LONG = TestInstance.LONG;

  private static TestCluster cluster;
  private TestInstance primary;
  private TestInstance standby;

  @BeforeAll
  static void start() throws Exception {
    cluster = new TestCluster();
    cluster.startPrimary().query("CREATE TABLE numbers (id int PRIMARY KEY)");
    cluster.addStandby(2);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @BeforeEach
  void healthy() {
    cluster.awaitHealthy();
    primary = cluster.primary();
    standby = cluster.standbys().getFirst();
  }

  /// The goal is 80 MB, which `bench/run memory` measures at rest; this sees when it is lost by
  /// far.
  @Test
  void staysSmall() throws Exception {
    for (TestInstance instance : List.of(primary, standby)) {
      Path smaps = Path.of("/proc", Long.toString(instance.java().pid()), "smaps_rollup");
      long kilobytes =
          Files.readAllLines(smaps).stream()
              .filter(line -> line.startsWith("Rss:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .sum();
      assertThat(kilobytes / 1024).as("MB resident of " + instance.name()).isBetween(20L, 95L);
    }
  }

  @Test
  void rewindsWhatOnlyTheOldPrimaryHas() throws Exception {
    String before = identity(primary);
    long receiver = standby.serverProcess("walreceiver");
    TestInstance.signal("STOP", receiver);
    primary.query("CREATE TABLE lost AS SELECT generate_series(1, 1000) AS id");
    primary.destroy();
    TestInstance.signal("KILL", receiver);

    cluster.awaitOtherPrimary(primary);
    standby.query("INSERT INTO numbers SELECT max(id) + 1 FROM numbers HAVING max(id) > 0");
    primary.start();
    cluster.awaitHealthy();

    assertThat(cluster.primary()).isSameAs(standby);
    assertThat(primary.query("SELECT count(*) FROM pg_class WHERE relname = 'lost'"))
        .isEqualTo("0");
    assertThat(primary.data().resolveSibling("pgdata.divergent")).isNotEmptyDirectory();
    assertThat(identity(primary)).as("rewound, not cloned").isEqualTo(before);
  }

  @Test
  void clonesWhereThereIsNothingToRewind() throws Exception {
    String before = identity(standby);
    standby.stop();
    ServerUser.delete(standby.data().resolve("global/pg_control"));

    standby.start();
    cluster.awaitHealthy();

    assertThat(identity(standby)).isNotEqualTo(before);
    await().atMost(LONG).until(() -> cluster.leaseField("members").contains(identity(standby)));
  }

  /// Else one that was alone by then would wait for another copy for ever.
  @Test
  void aFailureOfTheStorageIsThatOfTheServerThenAndOfNoneAfterIt() throws Exception {
    String failure = "could not fsync file \"x\": Input/output error";
    long failed = standby.postmaster();
    Path log = standby.launcher().resolveSibling("log").resolve("postgres.csv");
    Files.writeString(
        log,
        ",".repeat(11)
            + "PANIC,,\""
            + failure.replace("\"", "\"\"")
            + "\""
            + ",".repeat(13)
            + "\n");
    await().atMost(LONG).until(() -> Files.readString(standby.log()).contains("Input/output"));
    TestInstance.signal("KILL", failed);
    await().ignoreExceptions().atMost(LONG).until(() -> standby.postmaster() != failed);
    cluster.awaitHealthy();

    primary.destroy();
    cluster.awaitOtherPrimary(primary);
    long killed = standby.postmaster();
    TestInstance.signal("KILL", killed);

    await().ignoreExceptions().atMost(LONG).until(() -> standby.postmaster() != killed);
    standby.awaitWritable();
    primary.start();
    cluster.awaitHealthy();
  }

  @Test
  void takesTheWalToAVolumeThatTheClusterGotLater() throws Exception {
    String before = identity(standby);
    standby.stop();
    standby.mount("var/lib/postgresql/wal");

    standby.start();
    cluster.awaitHealthy();

    assertThat(standby.data().resolve("pg_wal")).isSymbolicLink();
    assertThat(identity(standby)).as("not cloned anew").isEqualTo(before);
  }

  @Test
  void keepsWritingWhileTheApiServerIsAway() throws Exception {
    long postmaster = primary.postmaster();
    String term = cluster.leaseTerm();
    try (var writer = new Writer(cluster, nextNumber())) {
      writer.awaitProgress();

      cluster.api().cut("*", true);
      Thread.sleep(LEASE.multipliedBy(2));
      writer.awaitProgress();
      cluster.api().cut("*", false);
      Thread.sleep(LEASE);
      writer.awaitProgress();
    }
    assertThat(primary.postmaster()).as("the very server").isEqualTo(postmaster);
    assertThat(cluster.leaseTerm()).isEqualTo(term);
    assertThat(cluster.holder()).isEqualTo(primary.name());
    assertThat(cluster.primary()).isSameAs(primary);
  }

  @Test
  void keepsWritingWhenOnlyThePrimaryHasLostTheApiServer() throws Exception {
    long postmaster = primary.postmaster();
    String term = cluster.leaseTerm();
    try (var writer = new Writer(cluster, nextNumber())) {
      writer.awaitProgress();

      cluster.api().cut(primary.name(), true);
      Thread.sleep(LEASE.multipliedBy(2));
      writer.awaitProgress();
      cluster.api().cut(primary.name(), false);
      Thread.sleep(LEASE);
      writer.awaitProgress();
    }
    assertThat(primary.postmaster()).as("the very server").isEqualTo(postmaster);
    assertThat(cluster.leaseTerm()).isEqualTo(term);
    assertThat(cluster.holder()).isEqualTo(primary.name());
  }

  @Test
  void comesUpWithoutAnApiServerAndFollowsWhenItIsBack() throws Exception {
    cluster.api().cut(standby.name(), true);
    try {
      standby.killAll();
      standby.start();

      await().atMost(LONG).until(() -> standby.probe("/healthz") == 200);
    } finally {
      cluster.api().cut(standby.name(), false);
    }
    standby.awaitStreaming();
  }

  @Test
  void fencingStopsThePrimaryAndNobodyTakesOver() throws Exception {
    cluster.annotate("cnpg.io/fencedInstances", "[\"" + primary.name() + "\"]");
    await().atMost(LONG).until(() -> !primary.hasServerProcesses());
    Thread.sleep(LEASE.plusSeconds(2));

    assertThat(standby.isWritable()).isFalse();
    assertThat(primary.probe("/healthz")).isEqualTo(200);
    assertThat(primary.probe("/startupz")).isEqualTo(200);
    assertThat(primary.probe("/readyz")).isEqualTo(500);
    assertThat(primary.status().path("mightBeUnavailable").asBoolean()).isTrue();

    cluster.annotate("cnpg.io/fencedInstances", "[]");
    primary.awaitWritable();
    assertThat(cluster.holder()).isEqualTo(primary.name());
  }

  @Test
  void fencingStopsAStandby() throws Exception {
    cluster.annotate("cnpg.io/fencedInstances", "[\"" + standby.name() + "\"]");
    await().atMost(LONG).until(() -> !standby.hasServerProcesses());

    cluster.annotate("cnpg.io/fencedInstances", "[]");
    standby.awaitStreaming();
  }

  @Test
  void reloadsAParameterAndReportsOneThatNeedsARestart() throws Exception {
    cluster.patchSpec(
        "{\"postgresql\": {\"parameters\": {\"work_mem\": \"7MB\", \"max_connections\": \"123\"}}}");

    await()
        .ignoreExceptions()
        .atMost(LONG)
        .until(() -> standby.query("SHOW work_mem").equals("7MB"));
    await().atMost(LONG).until(() -> primary.status().path("pendingRestart").asBoolean());
    assertThat(primary.query("SHOW max_connections")).isEqualTo("100");

    cluster.patchStatus("phase", "Primary instance is being restarted in-place");
    await()
        .ignoreExceptions()
        .atMost(LONG)
        .until(() -> primary.query("SHOW max_connections").equals("123"));
    cluster.awaitPhase("Cluster in healthy state");
    assertThat(cluster.holder()).isEqualTo(primary.name());
  }

  @Test
  void keepsASlotForEachOtherInstance() throws Exception {
    await()
        .ignoreExceptions()
        .atMost(LONG)
        .until(() ->
            primary
                .query("SELECT string_agg(slot_name, ',') FROM pg_replication_slots WHERE active")
                .equals("_cnpg_" + standby.name().replace('-', '_')));
  }

  @Test
  void answersProbesAndRefusesStrangers() {
    for (String path : new String[] {"/healthz", "/readyz", "/startupz", "/failsafe"}) {
      assertThat(primary.probe(path)).as(path).isEqualTo(200);
      assertThat(standby.probe(path)).as(path).isEqualTo(200);
    }
    assertThat(primary.probe("/howdah/peer")).isEqualTo(401);
    assertThat(primary.probe("/pg/controldata")).isEqualTo(401);
    assertThat(primary.probe("/nothing")).isEqualTo(404);
    assertThat(primary.status().path("isPrimary").asBoolean()).isTrue();
    assertThat(standby.status().path("isPrimary").asBoolean()).isFalse();
    assertThat(standby.status().path("receivedLsn").asText()).contains("/");
  }

  private static String identity(TestInstance instance) throws IOException {
    Path file = instance.data().resolveSibling("howdah").resolve("identity");
    return Files.readString(file).strip();
  }

  private int nextNumber() throws Exception {
    String last = primary.query("SELECT max(id) FROM numbers");
    return last.equals("null") ? 1 : Integer.parseInt(last) + 1;
  }
}
