// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.backup.basebackup.BaseBackup;
import dev.howdah.backup.basebackup.NoParentException;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.catalog.BackupSummary;
import dev.howdah.backup.catalog.Cleaning;
import dev.howdah.backup.codec.Compression;
import dev.howdah.backup.restore.BaseRestore;
import dev.howdah.backup.verify.Verification;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ForwardingStore;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.crypt.ClientKeys;
import dev.howdah.objectstore.crypt.EncryptedStore;
import dev.howdah.objectstore.file.FileStore;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.ServerUser;
import dev.howdah.testing.ThrowawayPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IncrementalIT {
  private static final String SUM = "SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM t";
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

  private ObjectStore encrypted() {
    var key = Base64.getEncoder().encodeToString(new byte[32]);
    return new EncryptedStore(
        new FileStore(folder.resolve("store")), ClientKeys.of(Map.of("k", key), "k", "a test"));
  }

  private static long stored(BackupSummary summary) {
    return summary.storedBytes();
  }

  @Test
  void putsTogetherWhatChangedWithWhatDidNot() throws Exception {
    var wal = ServerUser.temporaryDirectory("wal");
    var data = ServerUser.temporaryDirectory("inc").resolve("pg");
    ObjectStore store = new FileStore(folder.resolve("store"));
    try (var server =
        ThrowawayPostgres.start(
            Map.of(
                "autovacuum",
                "off",
                "archive_mode",
                "on",
                "archive_command",
                "cp %p " + wal + "/%f"))) {
      server.query(
          "CREATE TABLE t AS SELECT id, md5(id::text) AS text FROM generate_series(1, 200000) id;"
              + " CREATE TABLE gone AS SELECT 1; CREATE TABLE shrinks AS SELECT generate_series(1, 50000) AS i");
      server.query("VACUUM (FREEZE) t"); // else the next reader changes all its pages
      server.query("CREATE TABLE still AS SELECT generate_series(1, 1000) AS i");
      server.query("VACUUM (FREEZE) still");
      server.query("CHECKPOINT");
      var still =
          server.dataDirectory().resolve(server.query("SELECT pg_relation_filepath('still')"));
      Files.setLastModifiedTime(still, FileTime.from(Instant.now().minusSeconds(3600)));
      var full = backUp(server, store, null);
      server.query("UPDATE t SET text = 'changed' WHERE id % 2000 = 0; DROP TABLE gone");
      server.query("DELETE FROM shrinks WHERE i > 10");
      server.query("VACUUM shrinks");
      store = encrypted(); // turned on in between
      var first = backUp(server, store, full.info());
      server.query("INSERT INTO t SELECT id, 'new' FROM generate_series(300000, 300100) id");
      server.query("CREATE TABLE fresh AS SELECT 42 AS answer");
      var second = backUp(server, store, first.info());
      var wanted = server.query(SUM);

      assertThat(stored(first.summary())).isLessThan(stored(full.summary()) / 3);
      var catalog = new BackupCatalog(store, "pg");
      assertThat(catalog.list().done())
          .extracting(e -> e.info().id())
          .containsExactly(full.info().id(), first.info().id(), second.info().id());
      assertThat(store.level("pg/base/").prefixes()).hasSize(1); // others see only the full one

      assertThat(new BaseRestore(store, "pg").verify(second.info(), _ -> {})).isPositive();
      var verified = new Verification(store, "pg").verify(second.info(), false, _ -> {});
      assertThat(verified.problems()).noneMatch(p -> p.contains("bytes instead of"));
      new BaseRestore(store, "pg")
          .restore(second.info(), new BaseRestore.Target(data, Map.of()), _ -> {});
      try (var recovered = new Recovered(data, "cp " + wal + "/%f %p", Map.of())) {
        assertThat(recovered.query(SUM)).isEqualTo(wanted);
        assertThat(recovered.query("SELECT sum(i) FROM still")).isEqualTo("500500");
        assertThat(recovered.query("SELECT answer FROM fresh")).isEqualTo("42");
        assertThat(recovered.query("SELECT count(*) FROM shrinks")).isEqualTo("10");
        assertThat(recovered.query("SELECT to_regclass('gone') IS NULL")).isEqualTo("t");
      }
      try (var files = Files.walk(folder.resolve("store/pg"))) {
        assertThat(files.filter(f -> f.toString().contains(first.info().id())))
            .filteredOn(Files::isRegularFile)
            .isNotEmpty()
            .allMatch(f -> f.toString().endsWith(EncryptedStore.SUFFIX));
      }
      var cleaning = new Cleaning(store, "pg");
      assertThatThrownBy(() -> cleaning.planOf(List.of(full.info().id()), now))
          .hasMessageContaining("builds on");
    } finally {
      ServerUser.delete(wal);
      ServerUser.delete(data.getParent());
    }
  }

  /// Deletes the backup that one builds on when that one has stored all but what makes it visible.
  private final class DeletedMeanwhile extends ForwardingStore {
    private final Cleaning.Plan plan;

    DeletedMeanwhile(ObjectStore to, BackupInfo parent) {
      super(to);
      this.plan = new Cleaning(to, "pg").planOf(List.of(parent.id()), now);
    }

    @Override
    public boolean put(String key, Body body, PutOptions options) {
      if (key.endsWith("/backup.info")) {
        new Cleaning(new FileStore(folder.resolve("store")), "pg").delete(plan);
      }
      return super.put(key, body, options);
    }
  }

  /// What it lacks would be taken from its parent, unnoticed.
  @Test
  void isNotPutTogetherWithoutOneOfItsParts() throws Exception {
    var data = ServerUser.temporaryDirectory("inc").resolve("pg");
    var store = new FileStore(folder.resolve("store"));
    try (var server = ThrowawayPostgres.start()) {
      server.query(
          "CREATE TABLE t AS SELECT id, md5(id::text) AS text FROM generate_series(1, 1000000) id");
      var full = backUp(server, store, null).info();
      server.query("UPDATE t SET text = 'changed' WHERE id % 1000 = 0");
      var child = backUp(server, store, full).info();
      var restore = new BaseRestore(store, "pg");
      assertThat(restore.verify(child, _ -> {})).isPositive();
      var part =
          restore.objects(child).stream()
              .filter(o -> o.key().contains("data_"))
              .max(Comparator.comparing(ObjectStore.ObjectInfo::sizeBytes))
              .orElseThrow()
              .key();
      store.delete(List.of(part));

      var name = part.substring(part.lastIndexOf('/') + 1);
      assertThatThrownBy(() -> restore.verify(child, _ -> {})).hasMessageContaining(name);
      assertThatThrownBy(
              () -> restore.restore(child, new BaseRestore.Target(data, Map.of()), _ -> {}))
          .hasMessageContaining(name)
          .hasMessageContaining("restore from another backup");
    } finally {
      ServerUser.delete(data.getParent());
    }
  }

  /// As on a standby that lags behind the server whose backup it would build on, or that has left
  /// that one's timeline: pages of the parent could be from behind the child's end.
  @Test
  void isNotTakenWhereTheServerIsNotAsFarAsTheParent() throws Exception {
    ObjectStore store = new FileStore(folder.resolve("store"));
    try (var server = ThrowawayPostgres.start()) {
      var full = backUp(server, store, null).info();
      for (var field : List.of("begin_xlog", "end_xlog")) {
        var ahead =
            BackupInfo.parse(full.id(), full.text().replaceFirst(field + "=.*", field + "=7F/0"));

        assertThatThrownBy(() -> backUp(server, store, ahead))
            .as(field)
            .isInstanceOf(NoParentException.class)
            .hasMessageContaining("7F/0");
      }
      assertThat(new BackupCatalog(store, "pg").list().entries()).hasSize(1);
      assertThat(backUp(server, store, full).info().isDone()).isTrue();
    }
  }

  @Test
  void isNotCompletedWhereWhatItBuildsOnWasDeletedMeanwhile() throws Exception {
    ObjectStore store = new FileStore(folder.resolve("store"));
    try (var server = ThrowawayPostgres.start()) {
      var full = backUp(server, store, null).info();

      assertThatThrownBy(() -> backUp(server, new DeletedMeanwhile(store, full), full))
          .isInstanceOf(NoParentException.class)
          .hasMessageContaining(full.id());

      assertThat(new BackupCatalog(store, "pg").list().entries()).isEmpty();
      assertThat(backUp(server, store, null).info().isDone()).isTrue();
    }
  }
}
