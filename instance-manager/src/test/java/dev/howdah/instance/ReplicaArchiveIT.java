// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.backup.codec.Compression;
import dev.howdah.instance.harness.S3Server;
import dev.howdah.instance.harness.S3Server.Line;
import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// Two clusters that know of each other only what is in an object store: each test goes on where
/// the one before ended.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ReplicaArchiveIT {
  private static final Duration LONG = TestInstance.LONG;

  private static S3Server s3;
  private static TestCluster east;
  private static TestCluster west;
  private static String token = "";

  @BeforeAll
  static void start() throws Exception {
    s3 = new S3Server(Files.createTempDirectory("s3"));
    east = cluster("east", "");
    west =
        cluster(
            "west",
            """
            "replica": {"enabled": true, "source": "east"},
            "bootstrap": {"recovery": {"source": "east"}},
            """);
    TestInstance first = east.startPrimary();
    first.query("CREATE TABLE numbers (id int PRIMARY KEY)");
    east.addStandby(2);
    east.takeBackup("b1", first);
    insert(first, 1);
    west.instance(1).job("instance", "restore");
    west.instance(1).start();
    west.joinStandby(2);
  }

  @AfterAll
  static void stop() throws Exception {
    try (var _ = s3;
        var _ = east;
        var _ = west) {
      return;
    }
  }

  /// Each writes an archive of its own and can read both.
  private static TestCluster cluster(String own, String more) throws Exception {
    var cluster =
        new TestCluster(
            """
            {"instances": 2, %s %s,
             "backup": {"barmanObjectStore": %s}}
            """
                .formatted(more, TestCluster.STEADY, s3.barman(own)));
    cluster.patchSpec(externals());
    cluster.secret("s3", Map.of("id", S3Server.KEY_ID, "key", S3Server.KEY));
    return cluster;
  }

  @Test
  @Order(1)
  void theCopyAndItsStandbyFollowTheArchive() throws Exception {
    west.instance(1).awaitRow(1, LONG);
    insert(east.primary(), 2);

    west.instance(1).awaitRow(2, LONG);
    west.instance(2).awaitRow(2, LONG);
    assertThat(west.holder()).isEqualTo("main-1");
    assertThat(west.instance(1).isWritable()).isFalse();
    west.instance(2).awaitStreaming();
    awaitFollowing("True", "ReplayingArchive", "Replays the archive s3://backups/here/east");
  }

  @Test
  @Order(2)
  void itSaysWhatItWaitsForWhileTheStoreRefuses() throws Exception {
    s3.line(new Line.Answers(403));
    awaitFollowing("False", "ArchiveNotReadable", "Waits for the archive");
    awaitFollowing("False", "ArchiveNotReadable", "check the keys in the Secret");

    s3.line(new Line.Whole());
    insert(east.primary(), 3);
    west.instance(2).awaitRow(3, LONG);
    awaitFollowing("True", "ReplayingArchive", "has replayed up to 0/");
  }

  @Test
  @Order(3)
  void itGoesOntoTheTimelineThatTheOtherClusterIsOn() throws Exception {
    TestInstance old = east.primary();
    east.patchStatus("targetPrimary", "main-2");
    insert(east.awaitOtherPrimary(old), 4);

    west.instance(1).awaitRow(4, LONG);
    west.instance(2).awaitRow(4, LONG);
    await().atMost(LONG).until(() -> west.instance(1).status().path("timeLineID").asInt() > 1);
  }

  @Test
  @Order(4)
  void aStandbyTakesThePlaceOfTheDesignatedPrimary() throws Exception {
    TestInstance lost = west.instance(1);
    west.awaitMember(west.instance(2));
    lost.stop();
    await().atMost(LONG).until(() -> west.routed() == west.instance(2));
    insert(east.primary(), 5);

    west.instance(2).awaitRow(5, LONG);
    lost.start();
    lost.awaitRow(5, LONG);
    assertThat(west.instance(2).isWritable()).isFalse();
  }

  /// What the designated primary has replayed is in its own archive, once.
  @Test
  @Order(5)
  void itsOwnArchiveHasWhatItReplayed() throws Exception {
    String segment =
        east.primary().query("SELECT pg_walfile_name(pg_current_wal_lsn() - 16777216)");
    await().atMost(LONG).until(() -> isArchived("west", segment));
    await()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(west.instance(1).data().resolve("pg_wal/archive_status"))
                .isDirectoryNotContaining("glob:**/" + segment + ".ready"));
  }

  /// The end of its log is in a segment that is not full.
  @Test
  @Order(6)
  void theClustersChangePlacesAtTheToken() throws Exception {
    east.primary().query("INSERT INTO numbers VALUES (6)");
    east.patchSpec(
        """
        {"replica": {"enabled": true, "source": "west"}}
        """);
    await().atMost(LONG).until(() -> !status(east, "demotionToken").isEmpty());
    token = status(east, "demotionToken");
    ObjectNode spec = Json.object();
    spec.putObject("replica")
        .put("enabled", false)
        .put("source", "east")
        .put("promotionToken", token);
    west.patchSpec(spec.toString());

    west.primary().awaitWritable();
    await().atMost(LONG).until(() -> status(west, "lastPromotionToken").equals(token));
    assertThat(west.primary().query("SELECT count(*) FROM numbers")).isEqualTo("6");
    insert(west.primary(), 7);
    east.primary().awaitRow(7, LONG);
    assertThat(east.primary().isWritable()).isFalse();
  }

  /// As the operator asks for it when a setting has changed that needs that.
  @Test
  @Order(7)
  void theDesignatedPrimaryIsRestartedInPlace() throws Exception {
    east.patchSpec(
        """
        {"postgresql": {"parameters": {"max_connections": "120"}}}
        """);
    await().atMost(LONG).until(() -> east.primary().status().path("pendingRestart").asBoolean());
    east.patchStatus("phase", "Primary instance is being restarted in-place");

    await()
        .ignoreExceptions()
        .atMost(LONG)
        .until(() -> east.primary().query("SHOW max_connections").equals("120"));
    await().atMost(LONG).until(() -> status(east, "phase").equals("Cluster in healthy state"));
    assertThat(east.primary().isWritable()).isFalse();
  }

  @Test
  @Order(8)
  void withAConnectionItStreamsAndFallsBackToTheArchive() throws Exception {
    for (String secret : List.of("ca", "replication")) {
      ObjectNode copy =
          west.api().get(Resource.SECRETS, TestCluster.NAMESPACE, TestCluster.NAME + "-" + secret);
      copy.withObject("/metadata").put("name", "west-" + secret);
      east.api().put(Resource.SECRETS, copy);
    }
    east.patchSpec(reachedAt(west.primary().address()));
    east.primary().awaitStreaming();
    west.primary().query("INSERT INTO numbers VALUES (8)");
    east.primary().awaitRow(8, LONG);

    east.patchSpec(reachedAt("127.0.0.1"));
    await()
        .atMost(LONG)
        .until(() -> !east.primary().status().path("isWalReceiverActive").asBoolean(true));
    insert(west.primary(), 9);
    east.primary().awaitRow(9, LONG);
    east.patchSpec(externals());
  }

  private static String reachedAt(String address) {
    return """
    {"externalClusters": [{"name": "west", "barmanObjectStore": %s,
       "connectionParameters": {"host": "main-rw", "hostaddr": "%s",
         "user": "streaming_replica", "dbname": "postgres", "sslmode": "verify-full"},
       "sslKey": {"name": "west-replication", "key": "tls.key"},
       "sslCert": {"name": "west-replication", "key": "tls.crt"},
       "sslRootCert": {"name": "west-ca", "key": "ca.crt"}}]}
    """
        .formatted(s3.barman("west"), address);
  }

  private static String externals() {
    return """
    {"externalClusters": [{"name": "east", "barmanObjectStore": %s},
                          {"name": "west", "barmanObjectStore": %s}]}
    """
        .formatted(s3.barman("east"), s3.barman("west"));
  }

  /// What is delayed isn't here yet, and comes out of the archive.
  @Test
  @Order(9)
  void promotedWithoutATokenItAppliesWhatTheArchiveHas() throws Exception {
    east.patchSpec(
        """
        {"replica": {"minApplyDelay": "1h"}}
        """);
    TestInstance designated = east.primary();
    await()
        .atMost(LONG)
        .until(() -> designated.query("SHOW recovery_min_apply_delay").equals("1h"));
    insert(west.primary(), 10);
    insert(west.primary(), 11);
    String segment =
        west.primary().query("SELECT pg_walfile_name(pg_current_wal_lsn() - 16777216)");
    await().atMost(LONG).until(() -> isArchived("west", segment));
    assertThat(designated.query("SELECT max(id) FROM numbers")).isEqualTo("9");

    east.patchSpec(
        """
        {"replica": {"enabled": false}}
        """);
    designated.awaitWritable();
    assertThat(designated.query("SELECT max(id) FROM numbers")).isEqualTo("11");
  }

  private static void insert(TestInstance primary, int row) throws Exception {
    primary.query("INSERT INTO numbers VALUES (" + row + ")");
    primary.asSuperuser("SELECT pg_switch_wal()");
  }

  private static void awaitFollowing(String status, String reason, String message) {
    await()
        .atMost(LONG)
        .untilAsserted(() -> {
          JsonNode condition = following();
          assertThat(condition.path("reason").asText()).isEqualTo(reason);
          assertThat(condition.path("status").asText()).isEqualTo(status);
          assertThat(condition.path("message").asText()).contains(message);
        });
  }

  private static JsonNode following() {
    for (JsonNode condition : cluster(west).path("status").path("conditions")) {
      if (condition.path("type").asText().equals("ReplicaFollowing")) {
        return condition;
      }
    }
    return Json.object();
  }

  private static boolean isArchived(String server, String segment) {
    try (var store = s3.store("here")) {
      var archive =
          new WalArchive(store, server, WalArchive.Settings.of(Compression.ZSTD, 16 << 20));
      return List.copyOf(archive.list()).contains(new WalFile(segment, WalFile.Kind.SEGMENT));
    }
  }

  private static ObjectNode cluster(TestCluster cluster) {
    return cluster.api().get(Resource.CLUSTERS, TestCluster.NAMESPACE, TestCluster.NAME);
  }

  private static String status(TestCluster cluster, String field) {
    return cluster(cluster).path("status").path(field).asText("");
  }
}
