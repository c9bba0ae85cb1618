// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.backup.basebackup.BaseBackup;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.codec.Compression;
import dev.howdah.objectstore.ForwardingStore;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.file.FileStore;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.ThrowawayPostgres;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BackupAndRestoreIT {
  @TempDir private Path folder;

  private BackupInfo backUp(ThrowawayPostgres server, Compression compression) throws Exception {
    return backUp(server, compression, new FileStore(folder.resolve("store")));
  }

  private static BackupInfo backUp(
      ThrowawayPostgres server, Compression compression, ObjectStore store) throws Exception {
    return backUp(server, compression, store, InstantSource.system());
  }

  private static BackupInfo backUp(
      ThrowawayPostgres server, Compression compression, ObjectStore store, InstantSource clock)
      throws Exception {
    try (var connection =
        PgConnection.open(
            new ServerAddress.Local(server.socketDirectory(), ThrowawayPostgres.PORT),
            PgConnection.Login.of("postgres", "postgres", "backup"),
            Duration.ofMinutes(1))) {
      return new BaseBackup(store, clock)
          .take(
              connection,
              new BaseBackup.Request(
                  "pg",
                  server.dataDirectory(),
                  "nightly",
                  compression,
                  true,
                  "",
                  Map.of(),
                  _ -> {}));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NONE", "GZIP", "LZ4", "ZSTD"})
  void restoresWhatItBackedUp(Compression compression) throws Exception {
    try (var server = ThrowawayPostgres.start(Map.of("autovacuum", "off"))) {
      server.query("CREATE TABLE t AS SELECT generate_series(1, 20000) AS id");
      var info = backUp(server, compression);
      server.query("CHECKPOINT");

      var target = folder.resolve("restored");
      new BaseRestore(new FileStore(folder.resolve("store")), "pg")
          .restore(info, new BaseRestore.Target(target, Map.of()), _ -> {});

      assertThat(info.name()).isEqualTo("nightly");
      assertThat(Files.readString(target.resolve("backup_label"))).isEqualTo(info.backupLabel());
      assertThat(target.resolve("postmaster.pid")).doesNotExist();
      assertThat(target.resolve("pg_wal")).isEmptyDirectory();
      assertThat(Files.readString(target.resolve("PG_VERSION")))
          .isEqualTo(Files.readString(server.dataDirectory().resolve("PG_VERSION")));
      var relation = server.query("SELECT pg_relation_filepath('t')");
      assertThat(Files.mismatch(target.resolve(relation), server.dataDirectory().resolve(relation)))
          .isEqualTo(-1);
    }
  }

  @Test
  void isInTheCatalogueOnceComplete() throws Exception {
    try (var server = ThrowawayPostgres.start()) {
      var info = backUp(server, Compression.ZSTD);

      var listed = new BackupCatalog(new FileStore(folder.resolve("store")), "pg").list();

      assertThat(listed.done()).extracting(e -> e.info().id()).containsExactly(info.id());
      assertThat(listed.done().getFirst().info()).isEqualTo(info);
      assertThat(info.systemId())
          .isEqualTo(server.query("SELECT system_identifier FROM pg_control_system()"));
    }
  }

  @Test
  void waitsForTheNextSecondWhenAnotherHasItsOwn() throws Exception {
    var first = Instant.parse("2026-11-21T10:00:00.100Z");
    try (var server = ThrowawayPostgres.start();
        var store = new FileStore(folder.resolve("store"))) {
      backUp(server, Compression.NONE, store, () -> first);
      var asked = new AtomicInteger();
      InstantSource clock = () -> first.plusMillis(500L * asked.getAndIncrement());

      var second = backUp(server, Compression.NONE, store, clock);

      assertThat(second.id()).isEqualTo("20261121T100001");
      assertThat(new BackupCatalog(store, "pg").list().done()).hasSize(2);
    }
  }

  @Test
  void twoThatBeginInTheSameMomentDoNotMeet() throws Exception {
    var now = Instant.parse("2026-11-21T10:00:00.100Z");
    try (var server = ThrowawayPostgres.start()) {
      var shared = new FileStore(folder.resolve("store"));
      var first = new AtomicReference<BackupInfo>();
      var store =
          new ForwardingStore(shared) {
            @Override
            public Optional<ObjectInfo> head(String key) {
              var free = super.head(key);
              if (first.get() == null) { // it looks free to one, and the other takes it
                first.set(backUpAt(server, shared, now));
              }
              return free;
            }
          };
      var asked = new AtomicInteger();

      var second =
          backUp(
              server,
              Compression.NONE,
              store,
              () -> now.plusMillis(500L * asked.getAndIncrement()));

      assertThat(first.get().id()).isEqualTo("20261121T100000");
      assertThat(second.id()).isEqualTo("20261121T100001");
      for (var info : List.of(first.get(), second)) {
        assertThat(new BaseRestore(shared, "pg").verify(info, _ -> {})).isPositive();
      }
    }
  }

  private static BackupInfo backUpAt(ThrowawayPostgres server, ObjectStore store, Instant now) {
    try {
      return backUp(server, Compression.NONE, store, () -> now);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void hasATablespaceThatWasMadeBeforeItsCheckpoint() throws Exception {
    try (var server = ThrowawayPostgres.start()) {
      var location = server.dataDirectory().resolveSibling("late");
      server.query("COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; mkdir " + location + "'");
      var store =
          new ForwardingStore(new FileStore(folder.resolve("store"))) {
            private boolean made;

            @Override
            public void list(String prefix, Consumer<ObjectInfo> each) {
              if (!made) { // the session is there, the backup has not begun
                made = true;
                server.query("CREATE TABLESPACE late LOCATION '" + location + "'");
                server.query("CREATE TABLE t TABLESPACE late AS SELECT generate_series(1, 99) i");
              }
              super.list(prefix, each);
            }
          };

      var info = backUp(server, Compression.NONE, store);

      assertThat(info.tablespaces()).extracting(BackupInfo.Tablespace::name).contains("late");
      var restored = folder.resolve("late");
      new BaseRestore(store, "pg")
          .restore(
              info,
              new BaseRestore.Target(folder.resolve("restored"), Map.of("late", restored)),
              _ -> {});
      var relation = server.query("SELECT pg_relation_filepath('t')");
      assertThat(folder.resolve("restored").resolve(relation).toRealPath())
          .startsWith(restored.toRealPath())
          .isNotEmptyFile();
    }
  }

  @Test
  void overwritesNothing() throws Exception {
    try (var server = ThrowawayPostgres.start()) {
      var info = backUp(server, Compression.NONE);
      var target = folder.resolve("taken");
      Files.createDirectories(target);
      Files.writeString(target.resolve("precious"), "data");

      assertThatThrownBy(() ->
              new BaseRestore(new FileStore(folder.resolve("store")), "pg")
                  .restore(info, new BaseRestore.Target(target, Map.of()), _ -> {}))
          .isInstanceOf(DirectoryNotEmptyException.class)
          .hasMessageContaining("not empty");
      assertThat(target.resolve("precious")).hasContent("data");
    }
  }
}
