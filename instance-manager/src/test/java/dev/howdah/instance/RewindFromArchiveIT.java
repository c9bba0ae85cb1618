// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.instance.harness.S3Server;
import dev.howdah.instance.harness.TestCluster;
import dev.howdah.instance.harness.TestInstance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A standby that was far behind has taken over, and the old primary has recycled the WAL that a
/// rewind begins with. The archive has it.
class RewindFromArchiveIT {
  private static final Duration LONG = TestInstance.LONG;

  private S3Server s3;
  private TestCluster cluster;

  @BeforeEach
  void start() throws Exception {
    s3 = new S3Server(Files.createTempDirectory("s3"));
    cluster =
        new TestCluster(
            """
            {"postgresql": {"parameters": {"wal_keep_size": "0"}},
             %s, "backup": {"barmanObjectStore": %s}}
            """
                .formatted(TestCluster.USUAL, s3.barman("main")));
    cluster.secret("s3", Map.of("id", S3Server.KEY_ID, "key", S3Server.KEY));
  }

  @AfterEach
  void end() throws Exception {
    cluster.close();
    s3.close();
  }

  @Test
  void whatARewindNeedsComesFromTheArchive() throws Exception {
    TestInstance first = cluster.startPrimary();
    TestInstance standby = cluster.addStandby(2);
    first.query("CREATE TABLE t AS SELECT 1 AS i");
    first.asSuperuser("CHECKPOINT");
    String shared = first.query("SELECT pg_walfile_name(pg_current_wal_lsn())");
    fill(first, 2);
    String position = first.query("SELECT pg_current_wal_lsn()");
    await()
        .atMost(LONG)
        .until(() ->
            standby.query("SELECT pg_last_wal_replay_lsn() >= '" + position + "'").equals("t"));
    long receiver = standby.serverProcess("walreceiver");
    TestInstance.signal("STOP", receiver);
    fill(first, 6);
    Path segment = first.data().resolve("pg_wal/" + shared);
    await()
        .atMost(LONG)
        .until(() -> {
          first.asSuperuser("CHECKPOINT");
          return !Files.exists(segment);
        });
    String before = identity(first);
    first.destroy();
    TestInstance.signal("KILL", receiver);
    cluster.awaitOtherPrimary(first);
    standby.query("INSERT INTO t VALUES (7)");

    first.start();
    cluster.awaitHealthy();

    assertThat(identity(first)).as("rewound, not cloned").isEqualTo(before);
    await()
        .atMost(LONG)
        .until(() -> first.query("SELECT string_agg(i::text, ' ') FROM t").equals("1 2 2 7"));
  }

  private static void fill(TestInstance primary, int segments) throws Exception {
    for (int i = 0; i < segments; i++) {
      primary.query("INSERT INTO t VALUES (2)");
      primary.asSuperuser("SELECT pg_switch_wal()");
    }
  }

  private static String identity(TestInstance instance) throws IOException {
    return Files.readString(instance.data().resolveSibling("howdah").resolve("identity")).strip();
  }
}
