// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.harness.S3Server;
import dev.howdah.instance.harness.S3Server.Line;
import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The archive is away until the primary is gone and its standby has recycled what was not
/// archived. The Cluster says so, until a base backup lies behind the hole, or the old primary
/// comes back and brings it.
class ArchiveHoleIT {
  private static final Duration LONG = TestInstance.LONG;

  private S3Server s3;
  private TestCluster cluster;
  private TestInstance first;
  private TestInstance primary;
  private String full;
  private String lost;
  private Path stored;

  @BeforeEach
  void theArchiveIsAwayUntilThePrimaryIsGone() throws Exception {
    stored = Files.createTempDirectory("s3");
    s3 = new S3Server(stored);
    cluster =
        new TestCluster(
            """
            {"postgresql": {"parameters": {"wal_keep_size": "0", "max_slot_wal_keep_size": "16MB"}},
             %s, "backup": {"barmanObjectStore": %s}}
            """
                .formatted(TestCluster.USUAL, s3.barman("main")));
    cluster.secret("s3", Map.of("id", S3Server.KEY_ID, "key", S3Server.KEY));
    first = cluster.startPrimary();
    TestInstance standby = cluster.addStandby(2);
    first.query("CREATE TABLE t AS SELECT 1 AS i");
    first.asSuperuser("SELECT pg_switch_wal()");
    full = backUp(cluster, "full", first, "");
    assertThat(condition(cluster, "ArchiveComplete").isMissingNode()).isTrue();

    s3.line(new Line.Dead());
    for (int i = 0; i < 6; i++) {
      first.query("INSERT INTO t VALUES (" + i + ")");
      first.asSuperuser("SELECT pg_switch_wal()");
    }
    first.asSuperuser("CHECKPOINT");
    String position = first.query("SELECT pg_current_wal_lsn()");
    await()
        .atMost(LONG)
        .until(() ->
            standby.query("SELECT pg_last_wal_replay_lsn() >= '" + position + "'").equals("t"));
    lost = first.query("SELECT pg_walfile_name('" + position + "'::pg_lsn - 80000000)");
    await()
        .atMost(LONG)
        .until(() -> {
          standby.asSuperuser("CHECKPOINT");
          return !Files.exists(standby.data().resolve("pg_wal/" + lost));
        });
    first.destroy();
    primary = cluster.awaitOtherPrimary(first);
    s3.line(new Line.Whole());
    primary.query("INSERT INTO t VALUES (7)");
    primary.asSuperuser("SELECT pg_switch_wal()");
    await().atMost(LONG).until(() -> says(cluster, "False"));
  }

  @AfterEach
  void end() throws Exception {
    cluster.close();
    s3.close();
  }

  @Test
  void theOldPrimaryBringsWhatOnlyItHad() throws Exception {
    s3.line(new Line.Answers(403));

    first.start();

    // Its way back doesn't wait for an archive that refuses.
    cluster.awaitHealthy();
    Path kept = first.data().resolveSibling("pgdata.unarchived");
    assertThat(kept.resolve(lost)).exists();
    await().atMost(LONG).until(() -> hasEvent("WALNotArchived"));
    s3.line(new Line.Whole());
    await().atMost(LONG).until(() -> !Files.exists(kept));
    await().atMost(LONG).until(() -> isStored(lost));
  }

  /// Others are being stored meanwhile, under names that vanish again.
  private boolean isStored(String segment) throws IOException {
    try (Stream<Path> objects = Files.walk(stored)) {
      return objects.anyMatch(object -> object.getFileName().toString().startsWith(segment));
    }
  }

  private boolean hasEvent(String reason) {
    return cluster.api().events().stream()
        .anyMatch(e -> e.path("reason").asText("").equals(reason));
  }

  @Test
  void namesAHoleThatNobodyFillsUntilABackupLiesBehindIt() throws Exception {
    JsonNode hole = condition(cluster, "ArchiveComplete");
    assertThat(hole.path("reason").asText()).isEqualTo("WALMissing");
    assertThat(hole.path("message").asText())
        .contains("WAL is missing in s3://backups/here/main/wals from 0000000100000000")
        .contains("can be recovered from backup " + full, "A new base backup ends that");
    await().atMost(LONG).until(() -> hasEvent("ArchiveIncomplete"));

    // an incremental one can't build on what lies before the failover, so this is a full one
    String behind = backUp(cluster, "behind", primary, "7d");
    assertThat(behind).doesNotEndWith("i");
    await().atMost(LONG).until(() -> says(cluster, "True"));

    String increment = backUp(cluster, "increment", primary, "7d");
    assertThat(increment).endsWith("i");
    assertThat(
            cluster
                .api()
                .get(Resource.BACKUPS, TestCluster.NAMESPACE, "increment")
                .at("/status/pluginMetadata/howdah.dev~1parent")
                .asText())
        .isEqualTo(behind);
  }

  private static boolean says(TestCluster cluster, String status) {
    return condition(cluster, "ArchiveComplete").path("status").asText("").equals(status);
  }

  private static JsonNode condition(TestCluster cluster, String type) {
    JsonNode conditions =
        cluster
            .api()
            .get(Resource.CLUSTERS, TestCluster.NAMESPACE, TestCluster.NAME)
            .at("/status/conditions");
    for (JsonNode condition : conditions) {
      if (condition.path("type").asText("").equals(type)) {
        return condition;
      }
    }
    return com.fasterxml.jackson.databind.node.MissingNode.getInstance();
  }

  private static String backUp(
      TestCluster cluster, String name, TestInstance from, String incremental) {
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
        .until(() ->
            List.of("completed", "failed")
                .contains(status(cluster, name).path("phase").asText("")));
    assertThat(status(cluster, name).path("error").asText("")).isEmpty();
    return status(cluster, name).path("backupId").asText("");
  }

  private static JsonNode status(TestCluster cluster, String name) {
    return cluster.api().get(Resource.BACKUPS, TestCluster.NAMESPACE, name).path("status");
  }
}
