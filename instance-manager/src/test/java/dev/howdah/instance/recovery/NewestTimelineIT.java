// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.backup.archive.WalFile;
import dev.howdah.postgres.config.RecoveryTarget;
import dev.howdah.testing.ServerUser;
import dev.howdah.testing.ThrowawayPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// Two failovers, of which the first one's history is lost.
class NewestTimelineIT {
  private static void archived(ThrowawayPostgres server) {
    server.query("SELECT pg_switch_wal()");
    Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .until(() ->
            server
                .query("SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'")
                .equals("0"));
  }

  private static void caughtUp(ThrowawayPostgres primary, ThrowawayPostgres standby) {
    String position = primary.query("SELECT pg_current_wal_insert_lsn()");
    Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .until(() ->
            standby.query("SELECT pg_last_wal_replay_lsn() >= '" + position + "'").equals("t"));
  }

  private static String rows(Path base, Path wal, RecoveryTarget target) {
    var settings = new HashMap<String, String>(target.parameters());
    settings.put("restore_command", "cp " + wal + "/%f %p");
    settings.put("archive_mode", "off");
    try (var server = ThrowawayPostgres.copyOf(base, settings)) {
      server.startAgain();
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .until(() -> server.query("SELECT pg_is_in_recovery()").equals("f"));
      return server.query("SELECT string_agg(n::text, ' ' ORDER BY n) FROM t");
    }
  }

  @Test
  void isReachedThoughAnEarlierHistoryIsMissing() throws Exception {
    Path wal = ServerUser.temporaryDirectory("wal");
    Path home = ServerUser.temporaryDirectory("base");
    Path base = home.resolve("data");
    try (var first = ThrowawayPostgres.start(Map.of("archive_mode", "on"))) {
      first.query("ALTER SYSTEM SET archive_mode = 'on'");
      // what a standby got, and its primary archived, is archived again after a promotion
      first.query("ALTER SYSTEM SET archive_command = 'cp %%p %s/%%f'".formatted(wal));
      first.stop();
      first.startAgain();
      first.query("CREATE TABLE t AS SELECT 1 AS n");
      ServerUser.runAsServer(
          List.of(
              first.binaries().program("pg_basebackup").toString(),
              "--pgdata=" + base,
              "--checkpoint=fast",
              "--wal-method=none",
              "--dbname=" + first.conninfo("postgres")));
      try (var second = first.standby("second");
          var third = first.standby("third")) {
        archived(first);
        caughtUp(first, second);
        caughtUp(first, third);
        first.stop(); // both have all of it
        second.query("SELECT pg_promote(true, 300)");
        second.query("INSERT INTO t VALUES (2)");
        third.query(
            "ALTER SYSTEM SET primary_conninfo = '%s'"
                .formatted(second.conninfo("postgres").replace("'", "''")));
        third.query("SELECT pg_reload_conf()");
        caughtUp(second, third);
        archived(second);
        second.kill();
        third.query("SELECT pg_promote(true, 300)");
        third.query("INSERT INTO t VALUES (3)");
        archived(third);
      }
    }
    Files.delete(wal.resolve("00000002.history"));
    Files.createFile(base.resolve("recovery.signal"));
    ServerUser.own(base);
    List<WalFile> files;
    try (var names = Files.list(wal)) {
      files = names.map(n -> WalFile.named(n.getFileName().toString()).orElseThrow()).toList();
    }

    RecoveryTarget target = NewestTimeline.of(files).target(RecoveryTarget.latest(), 1, "here");

    assertThat(rows(base, wal, RecoveryTarget.latest())).isEqualTo("1"); // what PostgreSQL does
    assertThat(target.timeline()).isEqualTo("3");
    assertThat(rows(base, wal, target)).isEqualTo("1 2 3");
    ServerUser.delete(wal);
    ServerUser.delete(home);
  }
}
