// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.e2e.embedded.EmbeddedHowdah;
import dev.howdah.e2e.history.NumberedWriter;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Archive, backups and recoveries of a cluster that is written to, while every process that has a
/// part in them is killed at random moments, the store is away, and the disk is full.
@EnabledIfSystemProperty(
    named = "howdah.e2e",
    matches = "backup-faults",
    disabledReason = "takes long: e2e/backup-faults runs it")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BackupUnderFaultsIT {
  private static final int ROUNDS = Integer.getInteger("howdah.rounds", 10);
  private static final long SEED = Long.getLong("howdah.seed", System.nanoTime() % 1_000_000);
  private static final Duration AWAY = Duration.ofSeconds(Integer.getInteger("howdah.away", 60));
  private static final SplittableRandom RANDOM = new SplittableRandom(SEED);

  /// Less room than that is warned of (eight segments).
  private static final long SCARCE = 100L << 20;

  private static ArchivedScene archived;
  private static Scene scene;
  private static NumberedWriter writer;

  private enum Victim {
    BACKUP_PROCESS,
    MANAGER_OF_THE_STANDBY,
    CONTROL_PLANE,
    MANAGER_OF_THE_PRIMARY,
    POSTMASTER_OF_THE_PRIMARY
  }

  @BeforeAll
  static void up() throws Exception {
    System.out.printf("seed %d, %d rounds%n", SEED, ROUNDS);
    archived = new ArchivedScene();
    scene = archived.scene;
    scene.awaitHealthy();
    writer = NumberedWriter.start(scene::throughService, "kept", Duration.ofMillis(5));
  }

  @AfterAll
  static void down() throws Exception {
    if (writer != null) {
      writer.close();
    }
    archived.close();
  }

  private static void kill(Victim victim) throws Exception {
    String primary = scene.primary();
    switch (victim) {
      case BACKUP_PROCESS -> killBackupProcess();
      case MANAGER_OF_THE_STANDBY -> Scene.signalManager("KILL", scene.standby());
      case MANAGER_OF_THE_PRIMARY -> Scene.signalManager("KILL", primary);
      case POSTMASTER_OF_THE_PRIMARY -> Scene.signalPostmaster("KILL", primary);
      case CONTROL_PLANE -> {
        scene.signalControlPlane("KILL");
        Scene.pause(RANDOM.nextDouble() * 3);
        scene.upAgain();
      }
    }
  }

  /// The process that an instance manager starts for a backup, wherever there is one.
  private static void killBackupProcess() throws Exception {
    for (String instance : scene.instances()) {
      for (var entry : Scene.processes(instance).entries()) {
        if (isBackup(entry.pid())) {
          PodProcesses.signal("KILL", List.of(entry));
        }
      }
    }
  }

  private static boolean isBackup(long pid) {
    try {
      var words = Files.readString(Path.of("/proc", Long.toString(pid), "cmdline")).split("\0");
      return List.of(words).contains("backup");
    } catch (IOException e) {
      return false;
    }
  }

  private static void report(String what, Object... values) {
    System.out.printf(what + "%n", values);
  }

  @Test
  @Order(1)
  void aKillAtAnyMomentOfABackupLeavesNoGapAndNoFalseSuccess() throws Exception {
    int completed = 0;
    for (int i = 0; i < ROUNDS; i++) {
      var victim = Victim.values()[i % Victim.values().length];
      String name = "round-" + i;
      archived.backup(name);
      double after = RANDOM.nextDouble() * 5;
      Scene.pause(after);
      kill(victim);
      scene.awaitHealthy();

      ObjectNode backup = archived.awaitOver(name);
      String phase = backup.at("/status/phase").asText();
      report(
          "backup %d: %s killed after %.1f s: %s %s",
          i, victim, after, phase, backup.at("/status/error").asText());
      if (phase.equals("completed")) {
        completed++;
        var shown =
            archived.howdah.howdah(
                "backup",
                "verify",
                Scene.CLUSTER,
                backup.at("/status/backupId").asText(),
                "-n",
                Scene.NAMESPACE,
                "--quick");
        assertThat(shown.exit()).as(shown.output()).isZero();
      } else {
        assertThat(backup.at("/status/error").asText()).isNotEmpty();
      }
    }
    archived.backup("last");
    assertThat(archived.awaitOver("last").at("/status/phase").asText()).isEqualTo("completed");
    archived.awaitArchived(Scene.NAMESPACE, scene.primary());
    archived.verify(Scene.NAMESPACE, Scene.CLUSTER);
    report("%d of %d backups completed; all of them and all WAL verified", completed, ROUNDS);
  }

  @Test
  @Order(2)
  void aStoreThatIsAwayUnderLoadWithASwitchoverInBetweenLosesNothing() throws Exception {
    archived.s3.stop();
    long begun = System.nanoTime();
    EmbeddedHowdah.await(
        "the condition",
        ArchivedScene.LONG,
        () -> {
          archived.ask(Scene.NAMESPACE, primary(), "SELECT pg_switch_wal()");
          return archived
              .condition(Scene.NAMESPACE, Scene.CLUSTER, "ContinuousArchiving")
              .startsWith("False ContinuousArchivingFailing");
        });
    report("said: %s", archived.condition(Scene.NAMESPACE, Scene.CLUSTER, "ContinuousArchiving"));
    assertThat(archived.hasEvent(Scene.NAMESPACE, "ContinuousArchivingFailing")).isTrue();
    scene.switchTo(scene.standby());
    scene.awaitHealthy();
    while (System.nanoTime() - begun < AWAY.toNanos()) {
      archived.ask(Scene.NAMESPACE, primary(), "SELECT pg_switch_wal()");
      assertThat(writer.awaitNextAcknowledgement(Duration.ofSeconds(60))).isTrue();
      Scene.pause(1);
    }

    archived.s3.start();
    archived.awaitArchived(Scene.NAMESPACE, scene.primary());
    EmbeddedHowdah.await(
        "the condition",
        ArchivedScene.LONG,
        () ->
            archived
                .condition(Scene.NAMESPACE, Scene.CLUSTER, "ContinuousArchiving")
                .startsWith("True"));
    archived.verify(Scene.NAMESPACE, Scene.CLUSTER);
    assertThat(archived.condition(Scene.NAMESPACE, Scene.CLUSTER, "ArchiveComplete"))
        .doesNotStartWith("False");
  }

  private static String primary() {
    try {
      return scene.primary();
    } catch (Exception e) {
      return "";
    }
  }

  @Test
  @Order(3)
  void aKillAtAnyMomentOfARecoveryLeavesAllThatWasArchived() throws Exception {
    writer.close();
    archived.awaitArchived(Scene.NAMESPACE, scene.primary());
    var outcome = writer.check();
    assertThat(outcome.lost()).isEmpty();
    String rows =
        archived.ask(
            Scene.NAMESPACE, scene.primary(), "SELECT count(*) || ' ' || max(id) FROM kept");
    for (int i = 0; i < ROUNDS; i++) {
      String name = "back-" + i;
      archived.apply(recovered(name));
      double after = RANDOM.nextDouble() * 12;
      Scene.pause(after);
      String killed = killRecovery(name, i % 3 == 2);
      EmbeddedHowdah.await(
          "Cluster " + name,
          ArchivedScene.LONG,
          () ->
              archived
                  .object(Resource.CLUSTERS, Scene.NAMESPACE, name)
                  .at("/status/phase")
                  .asText()
                  .equals("Cluster in healthy state"));
      report("recovery %d: %s killed after %.1f s", i, killed, after);
      var there = new AtomicReference<>("");
      EmbeddedHowdah.await( // it may have been killed just when it was healthy
          name + "-1 answers",
          ArchivedScene.LONG,
          () -> {
            there.set(
                archived.ask(
                    Scene.NAMESPACE, name + "-1", "SELECT count(*) || ' ' || max(id) FROM kept"));
            return !there.get().isEmpty();
          });
      assertThat(there.get()).isEqualTo(rows);
      archived
          .howdah
          .client()
          .delete(Resource.CLUSTERS, Scene.NAMESPACE, name, DeleteOptions.DEFAULT);
    }
  }

  private static String recovered(String name) {
    return """
    apiVersion: postgresql.cnpg.io/v1
    kind: Cluster
    metadata: {name: %s, namespace: %s}
    spec:
      instances: 1
      storage: {size: 1Gi}
      bootstrap: {recovery: {source: %3$s}}
      externalClusters:
        - {name: %3$s, barmanObjectStore: %4$s}
    """
        .formatted(name, Scene.NAMESPACE, Scene.CLUSTER, archived.store());
  }

  /// All processes of the Cluster's pods, of the job or the instance, or the control plane.
  private static String killRecovery(String cluster, boolean controlPlane) throws Exception {
    if (controlPlane) {
      scene.signalControlPlane("KILL");
      scene.upAgain();
      return "the control plane";
    }
    var pods =
        archived
            .howdah
            .client()
            .list(Resource.PODS, Scene.NAMESPACE, Selection.labels("cnpg.io/cluster=" + cluster));
    var killed = new ArrayList<String>();
    for (ObjectNode pod : pods.items()) {
      var processes = PodProcesses.find(Scene.NAMESPACE, Json.name(pod));
      var all = new ArrayList<>(processes.entries());
      all.removeIf(entry -> processes.guard().filter(entry::equals).isPresent());
      PodProcesses.signal("KILL", all);
      killed.add(Json.name(pod) + " (" + all.size() + " processes)");
    }
    return killed.isEmpty() ? "nothing yet" : String.join(", ", killed);
  }

  @Test
  @Order(4)
  void aFullDiskWhileTheStoreIsAwayLosesNothingAndGoesOnOnceThereIsRoom() throws Exception {
    Assumptions.assumeTrue(FaultRow.Need.MOUNT.isMet(), "needs to mount a file system");
    Path volumes = archived.howdah.home().resolve("runtime/volumes/disk");
    Files.createDirectories(volumes);
    run("mount", "-t", "tmpfs", "-o", "size=400m,mode=0755", "howdah", volumes.toString());
    try {
      fill(volumes);
    } finally {
      archived.howdah.client().delete(Resource.CLUSTERS, "disk", "full", DeleteOptions.DEFAULT);
    }
  }

  private static void fill(Path volumes) throws Exception {
    archived.apply(ArchivedScene.NAMES.formatted("disk") + smallCluster());
    EmbeddedHowdah.await(
        "Cluster full", ArchivedScene.LONG, () -> phase().equals("Cluster in healthy state"));
    archived.howdah.psql(
        "disk", "full-1", "app", "CREATE TABLE kept (id bigserial PRIMARY KEY, v text)");
    archived.awaitArchived("disk", "full-1");
    archived.s3.stop();
    int acknowledged = 0;
    while (true) {
      var ran =
          archived.howdah.psql(
              "disk",
              "full-1",
              "app",
              "INSERT INTO kept (v) VALUES ('x'); SELECT pg_logical_emit_message(false, 'x',"
                  + " repeat('y', 15000000)); SELECT pg_switch_wal()");
      if (ran.exit() != 0) {
        report("ended by: %s", ran.output().strip());
        break;
      }
      acknowledged++;
      if (Files.getFileStore(volumes).getUsableSpace() < SCARCE) {
        EmbeddedHowdah.await(
            "WALVolumeFilling",
            ArchivedScene.LONG,
            () -> archived.hasEvent("disk", "WALVolumeFilling"));
      }
    }
    report("%d rows were acknowledged until the disk was full", acknowledged);
    assertThat(archived.hasEvent("disk", "WALVolumeFilling")).isTrue();
    EmbeddedHowdah.await(
        "the phase", ArchivedScene.LONG, () -> phase().equals("Not enough disk space"));
    assertThat(archived.condition("disk", "full", "ContinuousArchiving"))
        .startsWith("False ContinuousArchivingFailing");

    run("mount", "-o", "remount,size=1g", volumes.toString());
    EmbeddedHowdah.await(
        "Cluster full", ArchivedScene.LONG, () -> phase().equals("Cluster in healthy state"));
    assertThat(Integer.parseInt(archived.ask("disk", "full-1", "SELECT count(*) FROM kept")))
        .isBetween(acknowledged, acknowledged + 1);
    archived.s3.start();
    archived.awaitArchived("disk", "full-1");
    var wal = archived.howdah.howdah("wal", "show", "full", "-n", "disk");
    assertThat(wal.exit()).as(wal.output()).isZero();
  }

  private static String phase() {
    return archived.object(Resource.CLUSTERS, "disk", "full").at("/status/phase").asText();
  }

  private static String smallCluster() {
    return """
    apiVersion: postgresql.cnpg.io/v1
    kind: Cluster
    metadata: {name: full, namespace: disk}
    spec:
      instances: 1
      storage: {size: 1Gi}
      postgresql:
        parameters: {min_wal_size: 32MB, max_wal_size: 48MB, wal_keep_size: "0"}
      backup:
        barmanObjectStore: %s
    """
        .formatted(archived.store());
  }

  private static void run(String... words) throws Exception {
    var process = new ProcessBuilder(words).inheritIO().start();
    assertThat(process.waitFor()).as(String.join(" ", words)).isZero();
  }
}
