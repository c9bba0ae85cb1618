// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.backup.codec.Compression;
import dev.howdah.instance.archive.StoreSpec;
import dev.howdah.instance.harness.S3Server;
import dev.howdah.instance.harness.S3Server.Line;
import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import dev.howdah.kube.Resource;
import dev.howdah.objectstore.crypt.ClientKeys;
import dev.howdah.objectstore.crypt.EncryptedStore;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Continuous archiving, encrypted before it leaves, to a real S3 server while the line to it
/// breaks, processes are killed and the primary fails; and recovery from what is there.
class ArchiveAndRecoverIT {
  private static final Duration LONG = TestInstance.LONG;
  private static final long SEED = Long.getLong("howdah.seed", System.nanoTime());
  private static final Random RANDOM = new Random(SEED);

  private static final String BACKUP_KEY = Base64.getEncoder().encodeToString(new byte[32]);

  private static S3Server s3;
  private static TestCluster source;

  /// Number of rows that were committed, by a moment of the server's clock right after.
  private static final TreeMap<Integer, String> MOMENTS = new TreeMap<>();

  private static int written;

  @BeforeAll
  static void writeAndBreak() throws Exception {
    System.err.println("howdah.seed=" + SEED);
    s3 = new S3Server(Files.createTempDirectory("s3"));
    source =
        new TestCluster(
            """
            {"postgresql": {"parameters": {"archive_timeout": "2s"}}, %s,
             "backup": {"barmanObjectStore": %s}}
            """
                .formatted(TestCluster.USUAL, s3.barman("main")));
    keys(source);
    TestInstance first = source.startPrimary();
    first.query("CREATE TABLE moments (id int PRIMARY KEY)");
    source.addStandby(2);
    write(first, 20);
    awaitCondition("True", "ContinuousArchivingSuccess");
    source.takeBackup("b1", source.standbys().getFirst());
    write(first, 40);
    breakTheLine(first);
    killTheManager(first);
    TestInstance primary = failOver();
    write(primary, 60);
    awaitArchived(primary);
  }

  @AfterAll
  static void stop() throws Exception {
    source.close();
    s3.close();
  }

  private static void keys(TestCluster cluster) {
    cluster.secret("s3", Map.of("id", S3Server.KEY_ID, "key", S3Server.KEY));
    cluster.secret("backup-keys", Map.of("first", BACKUP_KEY));
    cluster.annotate(StoreSpec.ENCRYPTION, "backup-keys/first");
  }

  private static void write(TestInstance primary, int rows) throws SQLException {
    try (Connection connection = primary.connect();
        var statement = connection.createStatement()) {
      for (int i = 0; i < rows; i++) {
        statement.execute("INSERT INTO moments VALUES (" + (written + 1) + ")");
        written++;
        try (var now = statement.executeQuery("SELECT clock_timestamp()")) {
          now.next();
          MOMENTS.put(written, now.getString(1));
        }
      }
    }
  }

  private static void breakTheLine(TestInstance primary) throws Exception {
    List<Line> lines =
        List.of(
            new Line.Answers(503),
            new Line.CutAfter(20_000),
            new Line.Dead(),
            new Line.Answers(403));
    for (Line line : lines) {
      int before = s3.broken();
      s3.line(line);
      write(primary, 5);
      noise(primary);
      await().atMost(LONG).until(() -> s3.broken() > before);
      if (line instanceof Line.Answers(int status) && status == 403) {
        awaitCondition("False", "ContinuousArchivingFailing");
      }
      s3.line(new Line.Whole());
      write(primary, 5);
    }
    awaitCondition("True", "ContinuousArchivingSuccess");
  }

  /// Makes the next segment larger than what a line lets through, however well it is compressed.
  private static void noise(TestInstance primary) throws SQLException {
    primary.query(
        "SELECT pg_logical_emit_message(false, 'noise', string_agg(md5(random()::text), ''))"
            + " FROM generate_series(1, 4000)");
  }

  /// Without any warning, while it archives; its guard starts it again.
  private static void killTheManager(TestInstance primary) throws Exception {
    write(primary, 5);
    long killed = primary.java().pid();
    TestInstance.signal("KILL", killed);
    await().atMost(LONG).ignoreExceptions().until(() -> primary.java().pid() != killed);
    source.awaitHealthy();
    write(source.primary(), 5);
  }

  /// The primary dies together with the store, so that its last segments are not archived.
  private static TestInstance failOver() throws Exception {
    TestInstance old = source.primary();
    s3.line(new Line.Dead());
    write(old, 10);
    Thread.sleep(Duration.ofSeconds(3)); // for archive_timeout to end a segment
    write(old, 10);
    await()
        .atMost(LONG)
        .until(() ->
            source
                .standbys()
                .getFirst()
                .query("SELECT count(*) FROM moments")
                .equals("" + written));
    old.destroy();
    TestInstance primary = source.awaitOtherPrimary(old);
    s3.line(new Line.Whole());
    return primary;
  }

  private static void awaitArchived(TestInstance primary) throws SQLException {
    String segment = primary.query("SELECT pg_walfile_name(pg_current_wal_lsn())");
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(200))
        .until(() ->
            primary
                    .query("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")
                    .compareTo(segment)
                >= 0);
  }

  private static void awaitCondition(String status, String reason) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> {
          JsonNode cluster =
              source.api().get(Resource.CLUSTERS, TestCluster.NAMESPACE, TestCluster.NAME);
          for (JsonNode condition : cluster.path("status").path("conditions")) {
            if (condition.path("type").asText().equals("ContinuousArchiving")) {
              return condition.path("status").asText().equals(status)
                  && condition.path("reason").asText().equals(reason);
            }
          }
          return false;
        });
  }

  // ---- recovery

  private static TestCluster recovering(String target, String own) throws Exception {
    var cluster =
        new TestCluster(
            """
            {"bootstrap": {"recovery": {"source": "main"%s}},
             "externalClusters": [{"name": "main", "barmanObjectStore": %s}],
             "backup": {"barmanObjectStore": %s}}
            """
                .formatted(
                    target.isEmpty() ? "" : ", \"recoveryTarget\": " + target,
                    s3.barman("main"),
                    s3.barman(own)));
    keys(cluster);
    return cluster;
  }

  private static String restoredRows(String target, String own) throws Exception {
    try (var cluster = recovering(target, own)) {
      TestInstance instance = cluster.instance(1);
      instance.job("instance", "restore", "--app-db-name", "app", "--app-user", "app");
      instance.start();
      instance.awaitWritable();
      return instance.query("SELECT count(*) || ' rows to ' || max(id) FROM moments");
    }
  }

  private static String rows(int number) {
    return number + " rows to " + number;
  }

  /// The segments that the dead primary had not archived come from the new one.
  @Test
  void hasNoGapFromTheFirstSegmentToTheLast() {
    await().atMost(LONG).pollInterval(Duration.ofMillis(200)).until(() -> missing() == 0);
  }

  private static long missing() {
    var keys = ClientKeys.of(Map.of("first", BACKUP_KEY), "", "this test");
    try (var store = new EncryptedStore(s3.store("here"), keys)) {
      var archive =
          new WalArchive(store, "main", WalArchive.Settings.of(Compression.ZSTD, 16 << 20));
      List<Long> numbers =
          archive.list().stream()
              .filter(file -> file.kind() == WalFile.Kind.SEGMENT)
              .map(file -> Long.parseLong(file.name().substring(16), 16))
              .distinct()
              .sorted()
              .toList();
      return numbers.getLast() - numbers.getFirst() + 1 - numbers.size();
    }
  }

  @Test
  void restoresEverythingToTheEnd() throws Exception {
    assertThat(restoredRows("", "to-the-end")).isEqualTo(rows(written));
  }

  @Test
  void restoresExactlyWhatWasCommittedAtAnyMoment() throws Exception {
    for (int i = 0; i < Integer.getInteger("howdah.moments", 2); i++) {
      int number = 21 + RANDOM.nextInt(written - 21);

      String rows =
          restoredRows("{\"targetTime\": \"" + MOMENTS.get(number) + "\"}", "moment-" + i);

      assertThat(rows).as("at %s", MOMENTS.get(number)).isEqualTo(rows(number));
    }
  }

  @Test
  void saysWhatIsWrongAndWhatToDo() throws Exception {
    assertThat(failure("{\"targetTime\": \"2020-01-01T00:00:00Z\"}", "early", "key"))
        .contains("lies before the end of the oldest backup", "choose a later target");
    assertThat(failure("{\"targetTime\": \"2120-01-01T00:00:00Z\"}", "late", "key"))
        .contains("the archive ends before the recovery target");
    assertThat(failure("{\"backupID\": \"20200101T000000\"}", "unknown", "key"))
        .contains("there is no backup 20200101T000000; there are 20");
    assertThat(failure("", "main", "key"))
        .contains("Expected empty archive", "of the very server that is being recovered");
    assertThat(failure("", "wrong-key", "id")).contains("check the keys in the Secret");
    assertThat(failure("", "no-key", "key", cluster -> cluster.annotate(StoreSpec.ENCRYPTION, "")))
        .contains("is encrypted", "name the Secret that holds its key");
    var other = Map.of("first", BACKUP_KEY.replace('A', 'B').replace("B=", "A="));
    assertThat(failure("", "other-key", "key", c -> c.secret("backup-keys", other)))
        .contains("encrypted with another key than \"first\"");
  }

  private static String failure(String target, String own, String secretKey) throws Exception {
    return failure(target, own, secretKey, _ -> {});
  }

  private static String failure(
      String target, String own, String secretKey, Consumer<TestCluster> change) throws Exception {
    try (var cluster = recovering(target, own)) {
      change.accept(cluster);
      cluster.secret(
          "s3",
          Map.of("id", S3Server.KEY_ID, "key", secretKey.equals("key") ? S3Server.KEY : "wrong"));
      int code = cluster.instance(1).run("instance", "restore");
      assertThat(code).isNotZero();
      await().atMost(LONG).until(() -> !cluster.api().events().isEmpty());
      return cluster
          .api()
          .events()
          .getLast()
          .path("message")
          .asText(cluster.api().events().getLast().path("note").asText(""));
    }
  }
}
