// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// All ways to get data back, on one cluster with a real S3 server, whose instances have volumes
/// for WAL and a tablespace, too: a backup, a drill, one database, the whole in place, and its
/// undo.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GetDataBackIT {
  private static final Duration LONG = Duration.ofSeconds(300);
  private static final Path LAUNCHER = Path.of("..", "howdah").toAbsolutePath().normalize();
  private static LocalS3 s3;
  private static EmbeddedHowdah howdah;
  private static Path scratch;

  /// When there were 100 rows.
  private static String moment;

  @BeforeAll
  static void up() throws Exception {
    scratch = Files.createTempDirectory("howdah-back");
    s3 = new LocalS3(scratch.resolve("s3"));
    Path manifest = scratch.resolve("a.yaml");
    Files.writeString(manifest, MANIFEST.formatted(s3.port()));
    howdah = EmbeddedHowdah.temporary(LAUNCHER);
    var up = howdah.howdah("up", manifest.toString(), "--detach");
    assertThat(up.exit()).as(up.output()).isZero();
    sql("postgres", "REVOKE CONNECT ON DATABASE app FROM PUBLIC"); // as many do
    sql("app", "CREATE TABLE t AS SELECT generate_series(1, 50) AS id");
    if (howdah.canMount("default")) {
      EmbeddedHowdah.await(
          "the tablespace",
          LONG,
          () -> ask("SELECT count(*) FROM pg_tablespace WHERE spcname = 'far'").equals("1"));
      sql("app", "ALTER TABLE t SET TABLESPACE far");
    }
  }

  private static String ask(String query) {
    try {
      return sql("app", query);
    } catch (Exception | AssertionError e) {
      return "";
    }
  }

  @AfterAll
  static void down() throws Exception {
    howdah.close();
    s3.close();
  }

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
        instances: 2
        storage: {size: 1Gi}
        walStorage: {size: 1Gi}
        tablespaces:
          - {name: far, owner: {name: app}, storage: {size: 1Gi}}
        backup:
          barmanObjectStore:
            destinationPath: s3://backups/x
            endpointURL: http://127.0.0.1:%d
            s3Credentials:
              accessKeyId: {name: s3, key: id}
              secretAccessKey: {name: s3, key: key}
            wal: {compression: zstd}
            data: {compression: lz4, immediateCheckpoint: true}
      ---
      apiVersion: howdah.dev/v1alpha1
      kind: RestoreDrill
      metadata: {name: weekly}
      spec:
        cluster: {name: a}
        schedule: "0 0 4 * * 0"
        checks:
          queries:
            - {name: rows are there, database: app, query: "SELECT count(*) >= 50 FROM t"}
      """;

  private static String done(String... arguments) throws Exception {
    var ran = howdah.howdah(arguments);
    assertThat(ran.exit()).as("howdah %s: %s", List.of(arguments), ran.output()).isZero();
    return ran.output();
  }

  private static String primary() throws Exception {
    return howdah.cluster("default", "a").at("/status/currentPrimary").asText();
  }

  private static String sql(String database, String sql) throws Exception {
    var ran = howdah.psql("default", primary(), database, sql);
    assertThat(ran.exit()).as("%s: %s", sql, ran.output()).isZero();
    return ran.output().strip();
  }

  /// All segments that have ended are in the archive.
  private static void awaitArchived() throws Exception {
    String last = sql("app", "SELECT pg_walfile_name(pg_current_wal_lsn() - 16777216)");
    EmbeddedHowdah.await(
        last + " archived",
        LONG,
        () -> {
          try {
            return sql("app", "SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")
                    .compareTo(last)
                >= 0;
          } catch (Exception | AssertionError e) {
            return false;
          }
        });
  }

  private static List<String> clusters() throws Exception {
    return howdah.client().list(Resource.CLUSTERS, "default", Selection.ALL).items().stream()
        .map(Json::name)
        .toList();
  }

  @Test
  @Order(1)
  void takesABackupAndSaysWhatItIs() throws Exception {
    assertThat(done("backup", "create", "a", "--name", "b1"))
        .contains("Backup b1 completed in", "LSN", "s3://backups/x/a");
    assertThat(howdah.howdah("backup", "create", "a", "--name", "b1").output())
        .contains("there is a Backup b1 already");
    sql("app", "INSERT INTO t SELECT generate_series(51, 100)");
    moment =
        sql(
            "app",
            "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC',"
                + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    sql("app", "DELETE FROM t");
    sql("app", "SELECT pg_switch_wal()");
    awaitArchived();
  }

  @Test
  @Order(2)
  void aDrillProvesThatTheBackupCanBeRestoredAndLeavesNothing() throws Exception {
    var failed = howdah.howdah("drill", "run", "weekly"); // all rows were deleted

    assertThat(failed.exit()).isEqualTo(1);
    assertThat(failed.output())
        .contains("Failed", "rows are there: is f, not t", "recovered in", "newest commit");
    sql("app", "INSERT INTO t SELECT generate_series(1, 60)");
    sql("app", "SELECT pg_switch_wal()");
    awaitArchived();
    assertThat(done("drill", "run", "weekly")).contains("Succeeded", "ok", "are sound");
    EmbeddedHowdah.await("no temporary Cluster", LONG, () -> onlyTheSource());
    assertThat(done("drill", "list")).contains("weekly", "Succeeded");
  }

  private static boolean onlyTheSource() {
    try {
      return clusters().equals(List.of("a"))
          && howdah
                  .client()
                  .list(Resource.PERSISTENT_VOLUME_CLAIMS, "default", Selection.ALL)
                  .items()
                  .size()
              == 6;
    } catch (Exception e) {
      return false;
    }
  }

  @Test
  @Order(3)
  void oneDatabaseComesBackBesideTheOriginalAndOverIt() throws Exception {
    sql("app", "SELECT pg_switch_wal()");
    databaseRestore("beside", "into: app_then");
    assertThat(sql("app_then", "SELECT count(*) FROM t")).isEqualTo("100");
    assertThat(sql("app", "SELECT count(*) FROM t")).isEqualTo("60");

    sql("postgres", "ALTER ROLE app IN DATABASE app SET work_mem TO '9MB'");
    sql("postgres", "ALTER DATABASE app CONNECTION LIMIT 70");
    databaseRestore("over", "replace: true");

    assertThat(sql("app", "SELECT count(*) FROM t")).isEqualTo("100");
    assertThat(
            sql(
                "app",
                "SELECT datconnlimit || ' ' || array_to_string(setconfig, ' ') FROM pg_database d"
                    + " JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole <> 0"
                    + " WHERE datname = 'app'"))
        .isEqualTo("70 work_mem=9MB");
    assertThat(get("over").at("/status/message").asText())
        .contains("work_mem=9MB for app", "connection limit 70");
    String kept = get("over").at("/status/copy/replacedAs").asText();
    assertThat(sql(kept, "SELECT count(*) FROM t")).isEqualTo("60");
    EmbeddedHowdah.await("no temporary Cluster", LONG, () -> onlyTheSource());
  }

  private static JsonNode get(String name) throws Exception {
    return howdah.client().get(Resource.DATABASE_RESTORES, "default", name);
  }

  private static void databaseRestore(String name, String how) throws Exception {
    Path file = scratch.resolve(name + ".yaml");
    Files.writeString(
        file,
        """
        apiVersion: howdah.dev/v1alpha1
        kind: DatabaseRestore
        metadata: {name: %s}
        spec:
          cluster: {name: a}
          database: app
          %s
          recoveryTarget: {targetTime: "%s"}
        """
            .formatted(name, how, moment));
    var applied = howdah.kubectl("apply", "-f", file.toString());
    assertThat(applied.exit()).as(applied.output()).isZero();
    EmbeddedHowdah.await("DatabaseRestore " + name, LONG, () -> isOver(name));
    assertThat(get(name).at("/status/phase").asText())
        .as(get(name).at("/status").toString())
        .isEqualTo("Completed");
  }

  private static boolean isOver(String name) {
    try {
      return List.of("Completed", "Failed").contains(get(name).at("/status/phase").asText());
    } catch (Exception e) {
      return false;
    }
  }

  @Test
  @Order(4)
  void theWholeClusterGoesBackInPlaceAndForthAgain() throws Exception {
    sql("app", "INSERT INTO t VALUES (1000)");
    assertThat(howdah.howdah("restore", "a", "--to", "2020-01-01T00:00:00Z", "--yes").output())
        .contains("lies before the end of the oldest backup");

    assertThat(done("restore", "a", "--to", moment, "--yes"))
        .contains("all later commits are gone", "Stopping", "Restoring", "Completed");
    assertThat(sql("app", "SELECT count(*) FROM t")).isEqualTo("100");
    assertThat(sql("app", "SELECT timeline_id FROM pg_control_checkpoint()")).isEqualTo("2");
    EmbeddedHowdah.await("a healthy Cluster again", LONG, () -> isHealthy());
    EmbeddedHowdah.await("a base backup of the restored data", LONG, () -> isBackedUpAfter());

    assertThat(done("restore", "a", "--undo", "--yes")).contains("Completed");
    assertThat(sql("app", "SELECT count(*) FROM t")).isEqualTo("101");
    assertThat(sql("app", "SELECT timeline_id FROM pg_control_checkpoint()")).isEqualTo("3");
    assertThat(done("wal", "show", "a")).doesNotContain("missing");
  }

  @Test
  @Order(5)
  void aClusterThatHasLostAllItsVolumesComesBackFromItsArchiveWhenToldTo() throws Exception {
    sql("app", "INSERT INTO t VALUES (2000)");
    sql("app", "SELECT pg_switch_wal()");
    awaitArchived();
    String timeline = sql("app", "SELECT timeline_id FROM pg_control_checkpoint()");
    String rows = sql("app", "SELECT count(*) FROM t");
    String ours = "cnpg.io/cluster=a";
    // All at once: the operator would make a clone of whom was not lost yet.
    howdah.kubectl("annotate", "cluster", "a", "cnpg.io/reconciliationLoop=disabled");
    howdah.kubectl("delete", "pvc", "-l", ours, "--wait=false");
    howdah.kubectl("delete", "pod", "-l", ours, "--wait=false");
    var gone =
        howdah.kubectl(
            "wait", "--for=delete", "pod,pvc", "-l", ours, "--timeout=" + LONG.toSeconds() + "s");
    assertThat(gone.exit()).as(gone.output()).isZero();
    howdah.kubectl("annotate", "cluster", "a", "cnpg.io/reconciliationLoop-");

    EmbeddedHowdah.await(
        "the condition DataLost", LONG, () -> dataLost().contains("kubectl annotate"));
    assertThat(howdah.kubectl("get", "pvc", "-l", ours, "-o", "name").output())
        .doesNotContain("a-1");
    var annotated = howdah.kubectl("annotate", "cluster", "a", "howdah.dev/autoRecovery=enabled");
    assertThat(annotated.exit()).as(annotated.output()).isZero();
    EmbeddedHowdah.await("a healthy Cluster again", LONG, () -> isHealthy());

    assertThat(sql("app", "SELECT count(*) FROM t")).isEqualTo(rows);
    assertThat(Integer.parseInt(sql("app", "SELECT timeline_id FROM pg_control_checkpoint()")))
        .isGreaterThan(Integer.parseInt(timeline));
    assertThat(dataLost()).isEmpty();
    sql("app", "INSERT INTO t VALUES (3000)");
    sql("app", "SELECT pg_switch_wal()");
    awaitArchived();
    assertThat(done("wal", "show", "a")).doesNotContain("missing");
  }

  private static boolean isHealthy() {
    try {
      return howdah.isHealthy("default", "a", 2);
    } catch (Exception e) {
      return false;
    }
  }

  /// What the condition DataLost says; empty without it.
  private static String dataLost() {
    try {
      for (JsonNode condition : howdah.cluster("default", "a").at("/status/conditions")) {
        if (condition.path("type").asText().equals("DataLost")) {
          return condition.path("message").asText();
        }
      }
      return "";
    } catch (Exception e) {
      return "";
    }
  }

  private static boolean isBackedUpAfter() {
    try {
      return howdah.client().list(Resource.BACKUPS, "default", Selection.ALL).items().stream()
          .anyMatch(backup ->
              Json.name(backup).contains("-after-")
                  && backup.at("/status/phase").asText().equals("completed"));
    } catch (Exception e) {
      return false;
    }
  }
}
