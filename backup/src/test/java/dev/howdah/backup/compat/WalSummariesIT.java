// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.backup.basebackup.BaseBackup;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.codec.Compression;
import dev.howdah.backup.restore.BaseRestore;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.file.FileStore;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.PostgresBinaries;
import dev.howdah.testing.ServerUser;
import dev.howdah.testing.ThrowawayPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.io.TempDir;

/// Incremental backups of a server that notes itself which pages its WAL changes.
@EnabledOnOs(architectures = "amd64")
class WalSummariesIT {
  private static final String DIGEST =
      "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM %s t";
  private static final List<String> TABLES =
      List.of("big", "cut", "grown", "emptied", "made", "logged");

  @TempDir private Path folder;
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  private BaseBackup.Taken backUp(
      ThrowawayPostgres server, ObjectStore store, @Nullable BackupInfo parent) throws Exception {
    now = now.plusSeconds(60);
    try (var connection =
        PgConnection.open(
            new ServerAddress.Local(server.socketDirectory(), ThrowawayPostgres.PORT),
            PgConnection.Login.of("postgres", "postgres", "backup"),
            Duration.ofMinutes(1))) {
      var request =
          new BaseBackup.Request(
              "pg", server.dataDirectory(), null, Compression.ZSTD, true, "", Map.of(), _ -> {});
      return new BaseBackup(store, () -> now)
          .takeWithSummary(connection, parent == null ? request : request.since(parent));
    }
  }

  private static void set(ThrowawayPostgres server, String summarize) {
    server.query("ALTER SYSTEM SET summarize_wal = " + summarize);
    server.query("SELECT pg_reload_conf()");
    await().until(() -> server.query("SHOW summarize_wal").equals(summarize));
  }

  @Test
  void readsOnlyWhatTheServerNotedAndMissesNothing() throws Exception {
    PostgresBinaries binaries = BundledPostgres.get();
    var wal = ServerUser.temporaryDirectory("wal");
    var data = ServerUser.temporaryDirectory("inc");
    ObjectStore store = new FileStore(folder.resolve("store"));
    var settings =
        Map.of(
            "autovacuum", "off", "archive_mode", "on", "archive_command", "cp %p " + wal + "/%f");
    try (var server = ThrowawayPostgres.start(binaries, settings)) {
      set(server, "on");
      server.query(
          """
          CREATE TABLE big AS SELECT id, md5(id::text) AS text FROM generate_series(1, 400000) id;
          CREATE TABLE cut AS SELECT generate_series(1, 50000) AS i;
          CREATE TABLE grown AS SELECT generate_series(1, 50000) AS i;
          CREATE TABLE emptied AS SELECT generate_series(1, 50000) AS i;
          CREATE UNLOGGED TABLE logged AS SELECT generate_series(1, 50000) AS i\
          """);
      server.query("CREATE DATABASE copied");
      server.query("VACUUM (FREEZE) big");
      server.query("VACUUM (FREEZE) grown");
      var full = backUp(server, store, null).info();

      server.query("UPDATE big SET text = 'changed' WHERE id % 5000 = 0");
      server.query("DELETE FROM cut WHERE i > 10");
      server.query("VACUUM cut");
      server.query("CHECKPOINT");
      server.query("INSERT INTO cut SELECT generate_series(60000, 80000)");
      server.query("INSERT INTO grown SELECT generate_series(1, 1000)");
      server.query("TRUNCATE emptied");
      server.query("ALTER TABLE logged SET LOGGED");
      server.query("CREATE TABLE made AS SELECT generate_series(1, 1000) AS i");
      server.query("DROP DATABASE copied");
      server.query("CREATE DATABASE again TEMPLATE postgres STRATEGY file_copy");
      server.query("UPDATE big SET text = 'again' WHERE id % 9999 = 0");
      var wanted = digests(server::query);
      var pages = Long.parseLong(server.query("SELECT pg_relation_size('big') / 8192"));

      var noted = backUp(server, store, full);
      set(server, "off");
      var read = backUp(server, store, full);
      set(server, "on"); // nobody notes what was written meanwhile
      var child = backUp(server, store, noted.info());

      assertThat(noted.summary().checkedPages())
          .isLessThan(read.summary().checkedPages() - pages / 2);
      assertThat(child.summary().files()).isPositive();
      for (var backup : List.of(noted, read, child)) {
        var target = data.resolve(backup.info().id());
        new BaseRestore(store, "pg")
            .restore(backup.info(), new BaseRestore.Target(target, Map.of()), _ -> {});
        try (var recovered = new Recovered(binaries, target, "cp " + wal + "/%f %p", Map.of())) {
          assertThat(digests(recovered::query)).as(backup.info().id()).isEqualTo(wanted);
        }
      }
    } finally {
      ServerUser.delete(wal);
      ServerUser.delete(data);
    }
  }

  private interface Asked {
    String query(String sql);
  }

  private static List<String> digests(Asked server) {
    return TABLES.stream().map(table -> server.query(DIGEST.formatted(table))).toList();
  }
}
