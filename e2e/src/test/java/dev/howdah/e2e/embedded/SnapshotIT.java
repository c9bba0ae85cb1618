// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.kube.Resource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Backups by snapshots of volumes, under writes, and new Clusters from them: alone, and with the
/// archive to a moment, and following; and the same of a stopped server. Takes two minutes, so the
/// default build leaves it out.
@EnabledIfSystemProperty(
    named = "howdah.e2e",
    matches = "snapshots",
    disabledReason = "takes long: e2e/snapshots runs it")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SnapshotIT {
  private static final Duration LONG = Duration.ofSeconds(180);
  private static final Path LAUNCHER = Path.of("..", "howdah").toAbsolutePath().normalize();
  private static LocalS3 s3;
  private static EmbeddedHowdah howdah;
  private static Path scratch;

  @BeforeAll
  static void up() throws Exception {
    scratch = Files.createTempDirectory("howdah-snapshot");
    s3 = new LocalS3(scratch.resolve("s3"));
    Path manifest = scratch.resolve("a.yaml");
    Files.writeString(manifest, MANIFEST.formatted(s3.port()));
    howdah = EmbeddedHowdah.temporary(LAUNCHER);
    var up = howdah.howdah("up", manifest.toString(), "--detach");
    assertThat(up.exit()).as(up.output()).isZero();
    sql("a-1", "CREATE TABLE t (id bigserial PRIMARY KEY, v text)");
    if (howdah.canMount("default")) {
      EmbeddedHowdah.await(
          "the tablespace",
          LONG,
          () -> ask("SELECT count(*) FROM pg_tablespace WHERE spcname = 'far'").equals("1"));
      sql("a-1", "ALTER TABLE t SET TABLESPACE far");
    }
  }

  private static String ask(String query) {
    try {
      return sql("a-1", query);
    } catch (Exception e) {
      return "";
    }
  }

  @AfterAll
  static void down() throws Exception {
    howdah.close();
    s3.close();
  }

  private static final String STORE =
      """
            destinationPath: s3://backups/x
            endpointURL: http://127.0.0.1:%d
            s3Credentials:
              accessKeyId: {name: s3, key: id}
              secretAccessKey: {name: s3, key: key}
      """;

  private static final String VOLUMES =
      """
        instances: 1
        storage: {size: 1Gi}
        walStorage: {size: 1Gi}
        tablespaces:
          - {name: far, owner: {name: app}, storage: {size: 1Gi}}
      """;

  private static final String MANIFEST =
      """
      apiVersion: v1
      kind: Secret
      metadata: {name: s3}
      stringData: {id: access, key: secret}
      ---
      apiVersion: postgresql.cnpg.io/v1
      kind: Cluster
      metadata: {name: a}
      spec:
      """
          + VOLUMES
          + """
            backup:
              volumeSnapshot: {onlineConfiguration: {immediateCheckpoint: true}}
              barmanObjectStore:
          """
          + STORE;

  private static final String RECOVERED =
      """
      apiVersion: postgresql.cnpg.io/v1
      kind: Cluster
      metadata: {name: %1$s}
      spec:
      """
          + VOLUMES
          + """
            bootstrap:
              recovery:
                volumeSnapshots:
                  storage: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: %2$s}
                  walStorage: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: %2$s-wal}
                  tablespaceStorage:
                    far: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: %2$s-tbs-far}
          """;

  private static final String SOURCE =
      """
            source: a
            recoveryTarget: {%s}
        externalClusters:
        - name: a
          barmanObjectStore:
      """
          + STORE;

  private static String sql(String instance, String sql) throws Exception {
    var ran = howdah.psql("default", instance, "app", sql);
    assertThat(ran.exit()).as("%s: %s", sql, ran.output()).isZero();
    return ran.output().strip();
  }

  private static void apply(String text) throws Exception {
    var applied = howdah.apply(text);
    assertThat(applied.exit()).as(applied.output()).isZero();
  }

  private static String phase(String backup) {
    return status(Resource.BACKUPS, backup, "phase");
  }

  private static String reason(String cluster) {
    return status(Resource.CLUSTERS, cluster, "phaseReason");
  }

  private static String lastBackupOf(String cluster) {
    return status(Resource.CLUSTERS, cluster, "lastSuccessfulBackup");
  }

  /// Empty while there is none.
  private static String status(Resource resource, String name, String field) {
    try {
      return howdah.client().get(resource, "default", name).at("/status/" + field).asText();
    } catch (Exception e) {
      return "";
    }
  }

  private static boolean isHealthy(String cluster) {
    try {
      return howdah.isHealthy("default", cluster, 1);
    } catch (Exception e) {
      return false;
    }
  }

  private static void backUp(String name, String more) throws Exception {
    apply(
        """
        apiVersion: postgresql.cnpg.io/v1
        kind: Backup
        metadata: {name: %s}
        spec: {cluster: {name: a}, method: volumeSnapshot%s}
        """
            .formatted(name, more));
    EmbeddedHowdah.await(
        "Backup " + name,
        LONG,
        () -> phase(name).equals("completed") || phase(name).equals("failed"));
  }

  @Test
  @Order(1)
  void snapshotsAreTakenWhileTheServerIsWrittenTo() throws Exception {
    sql("a-1", "INSERT INTO t (v) SELECT repeat('x', 200) FROM generate_series(1, 20000)");
    var writes =
        CompletableFuture.runAsync(() ->
            ask(
                """
                DO $$ BEGIN FOR i IN 1..1500 LOOP
                  INSERT INTO t (v) VALUES (repeat('y', 200));
                  UPDATE t SET v = repeat('z', 200) WHERE id = (i * 7919) % 20000;
                  COMMIT; PERFORM pg_sleep(0.005);
                END LOOP; END $$
                """));

    backUp("s1", "");
    writes.join();

    var status = howdah.client().get(Resource.BACKUPS, "default", "s1").at("/status");
    assertThat(phase("s1")).as(status.toString()).isEqualTo("completed");
    assertThat(status.at("/snapshotBackupStatus/elements")).hasSize(3);
    assertThat(status.at("/backupLabelFile").asText()).isNotEmpty();
    assertThat(sql("a-1", "SELECT count(*) FROM t")).isEqualTo("21500");
  }

  @Test
  @Order(2)
  void aNewClusterBeginsWithTheSnapshotsAlone() throws Exception {
    apply(RECOVERED.formatted("b", "s1"));
    EmbeddedHowdah.await("Cluster b", LONG, () -> isHealthy("b"));

    assertThat(sql("b-1", "SELECT count(*) >= 20000 AND count(*) = max(id) FROM t")).isEqualTo("t");
    assertThat(
            sql("b-1", "SET enable_seqscan = off; SELECT count(id) = max(id) FROM t WHERE id > 0"))
        .isEqualTo("t");
    sql("b-1", "INSERT INTO t (v) VALUES ('of b')");
    assertThat(sql("a-1", "SELECT count(*) FROM t")).isEqualTo("21500");
  }

  @Test
  @Order(3)
  void withTheArchiveItGoesOnToTheMomentThatIsAskedFor() throws Exception {
    sql("a-1", "INSERT INTO t (v) VALUES ('the last one')");
    String moment = sql("a-1", "SELECT to_json(clock_timestamp() AT TIME ZONE 'UTC')#>>'{}'");
    sql("a-1", "INSERT INTO t (v) VALUES ('too late')");
    String last = sql("a-1", "SELECT pg_walfile_name(pg_switch_wal())");
    EmbeddedHowdah.await(
        last + " archived",
        LONG,
        () ->
            ask("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver").compareTo(last)
                >= 0);

    apply(
        RECOVERED.formatted("c", "s1")
            + SOURCE.formatted("targetTime: \"" + moment + "Z\"", s3.port()));
    EmbeddedHowdah.await("Cluster c", LONG, () -> isHealthy("c"));

    assertThat(sql("c-1", "SELECT count(*) FROM t")).isEqualTo("21501");
    assertThat(sql("c-1", "SELECT count(*) FROM t WHERE v = 'the last one'")).isEqualTo("1");
  }

  @Test
  @Order(4)
  void aStoppedServersSnapshotsNeedNothingElse() throws Exception {
    backUp("cold", ", online: false");

    var status = howdah.client().get(Resource.BACKUPS, "default", "cold").at("/status");
    assertThat(phase("cold")).as(status.toString()).isEqualTo("completed");
    assertThat(status.at("/online").asBoolean(true)).isFalse();
    assertThat(status.at("/snapshotBackupStatus/elements")).hasSize(3);
    // a Backup says first that it is completed, then its fence goes, then the Cluster tells of it
    EmbeddedHowdah.await(
        "what Cluster a tells of it",
        LONG,
        () -> lastBackupOf("a").equals(status.at("/stoppedAt").asText()));
    EmbeddedHowdah.await("Cluster a", LONG, () -> isHealthy("a"));
    var cluster = howdah.client().get(Resource.CLUSTERS, "default", "a");
    assertThat(cluster.at("/metadata/annotations/cnpg.io~1fencedInstances").isMissingNode())
        .isTrue();
    assertThat(cluster.at("/status/firstRecoverabilityPointByMethod/volumeSnapshot").asText())
        .isEqualTo(
            howdah
                .client()
                .get(Resource.BACKUPS, "default", "s1")
                .at("/status/stoppedAt")
                .asText());

    sql("a-1", "INSERT INTO t (v) VALUES ('after the cold one')");
    apply(RECOVERED.formatted("d", "cold"));
    EmbeddedHowdah.await("Cluster d", LONG, () -> isHealthy("d"));
    assertThat(sql("d-1", "SELECT count(*) FROM t")).isEqualTo("21502");
  }

  @Test
  @Order(5)
  void whatIsNotThereSaysSoAndOthersSnapshotsAreLeftAlone() throws Exception {
    howdah.kubectl("delete", "backup", "s1", "--wait=true");
    backUp("s1", "");
    assertThat(phase("s1")).isEqualTo("failed");
    assertThat(howdah.client().get(Resource.BACKUPS, "default", "s1").at("/status/error").asText())
        .contains("is not of this Backup");
    assertThat(howdah.client().find(Resource.VOLUME_SNAPSHOTS, "default", "s1")).isPresent();

    apply(RECOVERED.formatted("e", "nobody"));
    EmbeddedHowdah.await(
        "what Cluster e waits for",
        LONG,
        () -> reason("e").contains("there is no VolumeSnapshot nobody"));
  }

  @Test
  @Order(6)
  void aClusterThatFollowsBeginsWithTheSnapshotsAndStaysOnTheTimeline() throws Exception {
    apply(RECOVERED.formatted("r", "s1") + FOLLOWING.formatted(s3.port()));
    EmbeddedHowdah.await("Cluster r", LONG, () -> isHealthy("r"));
    assertThat(sql("r-1", "SELECT pg_is_in_recovery()")).isEqualTo("t");

    sql("a-1", "INSERT INTO t (v) VALUES ('for r')");
    EmbeddedHowdah.await(
        "the row in r",
        LONG,
        () -> {
          try {
            return sql("r-1", "SELECT count(*) FROM t WHERE v = 'for r'").equals("1");
          } catch (Exception e) {
            return false;
          }
        });
    assertThat(sql("r-1", "SELECT count(*) FROM t"))
        .isEqualTo(sql("a-1", "SELECT count(*) FROM t"));
  }

  private static final String FOLLOWING =
      """
            source: a
        replica: {enabled: true, source: a}
        externalClusters:
        - name: a
          connectionParameters: {host: a-rw, user: streaming_replica, dbname: postgres, sslmode: verify-full}
          sslKey: {name: a-replication, key: tls.key}
          sslCert: {name: a-replication, key: tls.crt}
          sslRootCert: {name: a-ca, key: ca.crt}
          barmanObjectStore:
      """
          + STORE;
}
