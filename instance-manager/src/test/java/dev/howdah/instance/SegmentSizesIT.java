// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.catalog.Cleaning;
import dev.howdah.backup.verify.Verification;
import dev.howdah.backup.verify.WalContent;
import dev.howdah.core.retention.RetentionPolicy;
import dev.howdah.core.retention.WalCoverage;
import dev.howdah.instance.harness.S3Server;
import dev.howdah.instance.harness.S3Server.Line;
import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.UnarchivedWal;
import dev.howdah.testing.PostgresBinaries;
import dev.howdah.testing.ServerUser;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The life of an archive whose WAL segments aren't of the usual size, over the place where the
/// segments of one log file end and those of the next begin: which place that is, and so all names
/// behind it, depends on the size.
class SegmentSizesIT {
  private static final Duration LONG = TestInstance.LONG;

  private S3Server s3;
  private TestCluster cluster;
  private int rows;

  /// The segment that the last row is in.
  private String written = "";

  @AfterEach
  void end() throws Exception {
    cluster.close();
    s3.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64})
  void archivesBacksUpRestoresVerifiesAndCleans(int megabytes) throws Exception {
    TestInstance first = primaryBeforeTheEndOfALogFile(megabytes);
    first.query("CREATE TABLE moments (id int PRIMARY KEY)");
    write(first);
    TestInstance standby = cluster.addStandby(2);
    String full = backUp("full", standby, "");
    write(first);
    write(first); // the next log file
    String moment = first.query("SELECT clock_timestamp()");
    int then = rows;
    write(first);
    String increment = backUp("increment", standby, "7d");
    assertThat(increment).endsWith("i");
    write(first);
    TestInstance primary = failOverWithoutTheArchive(first, standby);
    write(primary);
    awaitArchived(primary);

    first.start();

    cluster.awaitHealthy();
    await()
        .atMost(LONG)
        .until(() -> new UnarchivedWal(new DataDirectory(first.data())).files().isEmpty());
    assertThat(cluster.api().events())
        .noneMatch(event -> event.path("reason").asText("").equals("WALNotArchived"));
    try (ObjectStore store = s3.store("here")) {
      verify(store, full, megabytes);
      verify(store, increment, megabytes);
      assertThat(restored("", "to-the-end")).isEqualTo(rows(rows));
      String target = "{\"targetTime\": \"" + moment + "\", \"backupID\": \"" + full + "\"}";
      assertThat(restored(target, "to-a-moment")).isEqualTo(rows(then));

      clean(store, primary, megabytes);
    }
  }

  private TestInstance primaryBeforeTheEndOfALogFile(int megabytes) throws Exception {
    s3 = new S3Server(Files.createTempDirectory("s3"));
    cluster =
        new TestCluster(
            """
            {"bootstrap": {"initdb": {"walSegmentSize": %d}}, %s,
             "backup": {"barmanObjectStore": %s}}
            """
                .formatted(megabytes, TestCluster.USUAL, s3.barman("main")));
    keys(cluster);
    TestInstance first = cluster.instance(1);
    first.job(
        "instance",
        "init",
        "--initdb-flags",
        "'--encoding=UTF8' --locale=C --data-checksums --wal-segsize=" + megabytes,
        "--app-db-name",
        "app",
        "--app-user",
        "app");
    int segmentsOfALogFile = 4096 / megabytes;
    ServerUser.runAsServer(
        List.of(
            PostgresBinaries.newest().program("pg_resetwal").toString(),
            "-l",
            "0000000100000000%08X".formatted(segmentsOfALogFile - 3),
            first.data().toString()));
    first.start();
    first.awaitWritable();
    return first;
  }

  private static void keys(TestCluster of) {
    of.secret("s3", Map.of("id", S3Server.KEY_ID, "key", S3Server.KEY));
  }

  /// A row in a segment of its own.
  private void write(TestInstance to) throws Exception {
    rows++;
    to.query("INSERT INTO moments VALUES (" + rows + ")");
    written = to.query("SELECT pg_walfile_name(pg_current_wal_lsn())");
    to.asSuperuser("SELECT pg_switch_wal()");
  }

  /// What the dead primary had not archived comes from the new one.
  private TestInstance failOverWithoutTheArchive(TestInstance old, TestInstance standby)
      throws Exception {
    s3.line(new Line.Dead());
    write(old);
    write(old);
    await()
        .atMost(LONG)
        .until(() -> standby.query("SELECT count(*) FROM moments").equals("" + rows));
    old.destroy();
    TestInstance primary = cluster.awaitOtherPrimary(old);
    s3.line(new Line.Whole());
    return primary;
  }

  private void awaitArchived(TestInstance primary) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(200))
        .until(() ->
            primary
                    .query("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")
                    .compareTo(written)
                >= 0);
  }

  private String backUp(String name, TestInstance from, String incremental) {
    ObjectNode backup = Json.object(Resource.BACKUPS, TestCluster.NAMESPACE, name);
    backup.withObject("/metadata").put("uid", "uid-of-" + name);
    if (!incremental.isEmpty()) {
      backup
          .withObject("/metadata")
          .putObject("annotations")
          .put("howdah.dev/incremental", incremental);
    }
    backup.putObject("spec").putObject("cluster").put("name", TestCluster.NAME);
    ObjectNode begun = backup.putObject("status").put("phase", "started");
    begun.putObject("instanceID").put("podName", from.name()).put("sessionID", "");
    cluster.api().put(Resource.BACKUPS, backup);
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> List.of("completed", "failed").contains(status(name).path("phase").asText()));
    assertThat(status(name).path("error").asText("")).isEmpty();
    return status(name).path("backupId").asText("");
  }

  private JsonNode status(String backup) {
    return cluster.api().get(Resource.BACKUPS, TestCluster.NAMESPACE, backup).path("status");
  }

  private static BackupInfo info(ObjectStore store, String id) {
    return new BackupCatalog(store, "main")
        .list().done().stream()
            .map(BackupCatalog.Entry::info)
            .filter(info -> info.id().equals(id))
            .findFirst()
            .orElseThrow();
  }

  /// Without a hole from the backup to the last write, over the failover.
  private void verify(ObjectStore store, String id, int megabytes) throws Exception {
    BackupInfo info = info(store, id);
    assertThat(info.segmentSizeBytes()).isEqualTo((long) megabytes << 20);
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> new Verification(store, "main").coverage(info).gaps().isEmpty());
    var result = new Verification(store, "main").verify(info, true, _ -> {});
    assertThat(result.problems()).isEmpty();
    WalCoverage coverage = result.coverage();
    assertThat(coverage.target().id()).isEqualTo(2);
    assertThat(coverage.last()).startsWith("0000000200000001"); // the next log file
    var content =
        new WalContent(store, "main", info.segmentSizeBytes(), info.systemId())
            .verify(info.beginWal(), _ -> {});
    assertThat(content.problems()).isEmpty();
    assertThat(content.bytes()).isGreaterThanOrEqualTo(coverage.segments() * megabytes << 20);
  }

  private String restored(String target, String own) throws Exception {
    String wanted = target.isEmpty() ? "" : ", \"recoveryTarget\": " + target;
    try (var recovering =
        new TestCluster(
            """
            {"bootstrap": {"recovery": {"source": "main"%s}},
             "externalClusters": [{"name": "main", "barmanObjectStore": %s}],
             "backup": {"barmanObjectStore": %s}}
            """
                .formatted(wanted, s3.barman("main"), s3.barman(own)))) {
      keys(recovering);
      TestInstance instance = recovering.instance(1);
      instance.job("instance", "restore", "--app-db-name", "app", "--app-user", "app");
      instance.start();
      instance.awaitWritable();
      return instance.query("SELECT count(*) || ' rows to ' || max(id) FROM moments");
    }
  }

  private static String rows(int number) {
    return number + " rows to " + number;
  }

  private void clean(ObjectStore store, TestInstance primary, int megabytes) throws Exception {
    String newest = backUp("newest", primary, "");
    var cleaning = new Cleaning(store, "main");

    var plan = cleaning.plan(RetentionPolicy.parse("REDUNDANCY 1"), Instant.now());
    assertThat(plan.walKeys()).hasSizeGreaterThan(5);
    assertThat(cleaning.delete(plan)).isEmpty();

    BackupInfo info = info(store, newest);
    var left = new ArrayList<String>();
    store.list("main/wals/0", object -> left.add(object.key().replaceFirst(".*/([^.]*).*", "$1")));
    assertThat(left)
        .contains(info.beginWal())
        .allMatch(name -> name.length() < 24 || name.compareTo(info.beginWal()) >= 0);
    var result = new Verification(store, "main").verify(info, true, _ -> {});
    assertThat(result.problems()).isEmpty();
    assertThat(info.segmentSizeBytes()).isEqualTo((long) megabytes << 20);
  }
}
