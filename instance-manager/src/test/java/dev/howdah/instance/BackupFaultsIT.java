// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.instance.archive.StoreSpec;
import dev.howdah.instance.harness.S3Server;
import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.PutOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Backups that are cancelled, or whose processes are killed, and restores that are: nothing of
/// them looks like a backup or like restored data, and the next one succeeds. The long ones run
/// with `mvn verify -pl instance-manager -am -Dit.test=BackupFaultsIT -Dhowdah.faults=true`.
class BackupFaultsIT {
  private static final Duration LONG = TestInstance.LONG;
  private static final Duration POLL = Duration.ofMillis(50);
  private static final String SLOW = "200k";
  private static final String FAST = "1G";
  private static final long SEED = Long.getLong("howdah.seed", System.nanoTime());
  private static final Random RANDOM = new Random(SEED);

  private static S3Server s3;
  private static TestCluster cluster;
  private static TestInstance primary;
  private static int number;

  /// What was said to be complete.
  private static final List<String> TAKEN = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    System.err.println("howdah.seed=" + SEED);
    s3 = new S3Server(Files.createTempDirectory("s3"));
    cluster =
        new TestCluster(
            """
            {"postgresql": {"parameters": {"archive_timeout": "2s"}}, %s,
             "backup": {"barmanObjectStore": %s}}
            """
                .formatted(TestCluster.STEADY, s3.barman("main")));
    cluster.secret("s3", Map.of("id", S3Server.KEY_ID, "key", S3Server.KEY));
    primary = cluster.startPrimary();
    primary.query("CREATE TABLE t AS SELECT generate_series(1, 1000) AS i");
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
    s3.close();
  }

  private static String begin(String pace) {
    String name = "b" + ++number;
    cluster.annotate(StoreSpec.BANDWIDTH, pace);
    ObjectNode backup = Json.object(Resource.BACKUPS, TestCluster.NAMESPACE, name);
    backup.withObject("/metadata").put("uid", "uid-of-" + name);
    backup.putObject("spec").putObject("cluster").put("name", TestCluster.NAME);
    ObjectNode begun = backup.putObject("status").put("phase", "started");
    begun.putObject("instanceID").put("podName", primary.name()).put("sessionID", "");
    cluster.api().put(Resource.BACKUPS, backup);
    return name;
  }

  private static JsonNode status(String name) {
    return cluster.api().get(Resource.BACKUPS, TestCluster.NAMESPACE, name).path("status");
  }

  private static String phase(String name) {
    return status(name).path("phase").asText("");
  }

  private static void awaitPhase(String name, String... phases) {
    await().atMost(LONG).pollInterval(POLL).until(() -> List.of(phases).contains(phase(name)));
  }

  private static String take() {
    String name = begin(FAST);
    awaitPhase(name, "completed", "failed");
    assertThat(status(name).path("error").asText("")).isEmpty();
    TAKEN.add(status(name).path("backupId").asText());
    return TAKEN.getLast();
  }

  /// Everything else that looks complete would be a false success.
  private static boolean wasTaken(String id) {
    return TAKEN.contains(id) || id.startsWith("2020");
  }

  /// That of this Backup: one before it may be enforcing the retention policy still.
  private static ProcessHandle process(String name) {
    return primary
        .java()
        .children()
        .filter(child ->
            List.of(child.info().arguments().orElse(new String[0]))
                .containsAll(List.of("backup", name)))
        .findFirst()
        .orElseThrow();
  }

  /// Until some of it has been read, and so is on its way.
  private static ProcessHandle awaitHalfDone(String name) throws InterruptedException {
    await()
        .atMost(LONG)
        .pollInterval(POLL)
        .until(() -> status(name).path("pluginMetadata").has("howdah.dev/copiedBytes"));
    Thread.sleep(RANDOM.nextInt(1000));
    return process(name);
  }

  private static List<String> base() {
    var keys = new ArrayList<String>();
    try (var store = s3.store("here")) {
      store.list("main/base/", info -> keys.add(info.key()));
    }
    return keys;
  }

  private static List<String> complete() {
    try (var store = s3.store("here")) {
      return new BackupCatalog(store, "main")
          .list().done().stream().map(entry -> entry.info().id()).toList();
    }
  }

  @Test
  void takesAwayWhatWasStoredOfABackupThatIsDeleted() throws Exception {
    var before = base();
    String name = begin(SLOW);
    ProcessHandle process = awaitHalfDone(name);

    cluster.api().remove(Resource.BACKUPS, TestCluster.NAMESPACE, name);

    await().atMost(LONG).until(() -> !process.isAlive());
    // less may be there: the policy lets go of others meanwhile
    await().atMost(LONG).untilAsserted(() -> assertThat(before).containsAll(base()));
    assertThat(primary.query("SELECT count(*) FROM t")).isEqualTo("1000");
  }

  @Test
  void saysThatABackupFailedWhoseProcessWasKilledAndTakesTheNext() throws Exception {
    String name = begin(SLOW);
    TestInstance.signal("KILL", awaitHalfDone(name).pid());

    awaitPhase(name, "failed");
    assertThat(status(name).path("error").asText()).contains("ended with code 137");
    String next = take();
    assertThat(complete()).contains(next).allMatch(BackupFaultsIT::wasTaken);
  }

  @Test
  void waitsForTheServerThatIsBeingStarted() throws Exception {
    primary.destroy();
    String name = begin(FAST);
    primary.start();

    awaitPhase(name, "completed", "failed");
    assertThat(status(name).path("error").asText("")).isEmpty();
    TAKEN.add(status(name).path("backupId").asText());
    cluster.awaitHealthy();
  }

  @Test
  @EnabledIfSystemProperty(named = "howdah.faults", matches = "true")
  void endsABackupWhoseInstanceManagerWasKilled() throws Exception {
    String name = begin(SLOW);
    ProcessHandle process = awaitHalfDone(name);
    long killed = primary.java().pid();
    TestInstance.signal("KILL", killed);

    await().atMost(LONG).until(() -> !process.isAlive());
    awaitPhase(name, "failed", "pending");
    assertThat(complete()).allMatch(BackupFaultsIT::wasTaken);
    await().atMost(LONG).ignoreExceptions().until(() -> primary.java().pid() != killed);
    cluster.awaitHealthy();
    take();
  }

  @Test
  void letsGoWhatThePolicyDoesWithTheNextBackup() throws Exception {
    String first = take();
    age(first);
    cluster.patchSpec("{\"backup\": {\"retentionPolicy\": \"10d\"}}");

    String second = take(); // covers the window from now on
    assertThat(complete()).contains("20200101T000000", first, second);

    // two old ones: the older of them is of no use for any moment of the window
    age(second, "20200201T000000");
    take();

    await().atMost(LONG).until(() -> !complete().contains("20200101T000000"));
    assertThat(complete()).contains("20200201T000000", first, second);
    cluster.patchSpec("{\"backup\": {\"retentionPolicy\": null}}");
  }

  private static void age(String id) throws Exception {
    age(id, "20200101T000000");
  }

  /// The same backup once more, as if it had been taken years ago.
  private static void age(String id, String as) throws Exception {
    try (var store = s3.store("here")) {
      for (String key : base()) {
        if (key.startsWith("main/base/" + id + "/")) {
          byte[] bytes;
          try (var in = store.get(key, 0)) {
            bytes = in.readAllBytes();
          }
          if (key.endsWith("/backup.info")) {
            String day = as.substring(0, 4) + "-" + as.substring(4, 6) + "-" + as.substring(6, 8);
            bytes =
                new String(bytes, StandardCharsets.UTF_8)
                    .replaceAll("(begin|end)_time=\\d{4}-\\d\\d-\\d\\d", "$1_time=" + day)
                    .getBytes(StandardCharsets.UTF_8);
          }
          store.put(key.replace(id, as), Body.of(bytes), PutOptions.PLAIN);
        }
      }
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "howdah.faults", matches = "true")
  void restoresAfterItsJobWasKilledAtSomeMoment() throws Exception {
    take();
    primary.query("CREATE TABLE after_backup AS SELECT 7 AS seven");
    String segment = primary.query("SELECT pg_walfile_name(pg_current_wal_lsn())");
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(200))
        .until(() ->
            primary
                    .query("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")
                    .compareTo(segment)
                >= 0);
    try (var recovered =
        new TestCluster(
            """
            {"bootstrap": {"recovery": {"source": "main"}},
             "externalClusters": [{"name": "main", "barmanObjectStore": %s}],
             "backup": {"barmanObjectStore": %s}}
            """
                .formatted(s3.barman("main"), s3.barman("again")))) {
      recovered.secret("s3", Map.of("id", S3Server.KEY_ID, "key", S3Server.KEY));
      TestInstance instance = recovered.instance(1);
      String[] words = {"instance", "restore", "--app-db-name", "app", "--app-user", "app"};
      for (int i = 0; i < 3; i++) {
        instance.killed(Duration.ofMillis(300 + RANDOM.nextInt(3000)), words);
      }

      instance.job(words);
      instance.start();
      instance.awaitWritable();

      assertThat(instance.query("SELECT seven FROM after_backup")).isEqualTo("7");
      assertThat(instance.query("SELECT count(*) FROM t")).isEqualTo("1000");
    }
  }
}
