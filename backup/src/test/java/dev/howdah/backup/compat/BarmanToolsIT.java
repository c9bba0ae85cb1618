// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.backup.basebackup.BaseBackup;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.codec.Compression;
import dev.howdah.backup.restore.BaseRestore;
import dev.howdah.objectstore.s3.S3Store;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.ServerUser;
import dev.howdah.testing.ThrowawayPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Barman's own tools list and restore what we wrote, and we what they wrote: base backups of each
/// compression with a tablespace, and WAL of each, recovered to equal tables.
class BarmanToolsIT {
  private static final String SUM =
      "SELECT md5(string_agg(id || ':' || text, ',' ORDER BY id, text)) FROM (SELECT * FROM a UNION ALL SELECT * FROM b) s";
  private static final String SERVER = "pg";

  @TempDir private Path buckets;
  private final List<Path> folders = new ArrayList<>();
  private S3Server s3;
  private Barman barman;
  private S3Store store;
  private Path wal;
  private ThrowawayPostgres server;

  @BeforeAll
  static void needsBarman() {
    assumeTrue(
        Barman.isInstalled(), "barman-cloud-backup is absent: apt-get install barman-cli-cloud");
  }

  @BeforeEach
  void start() throws Exception {
    s3 = S3Server.start(buckets);
    barman = new Barman(s3);
    store = s3.store();
    wal = folder("wal");
    server =
        ThrowawayPostgres.start(
            Map.of("archive_mode", "on", "archive_command", "cp %p " + wal + "/%f"));
    server.query("CREATE TABLESPACE fast LOCATION '" + folder("ts") + "'");
    server.query(
        "CREATE TABLE a AS SELECT id, md5(id::text) AS text FROM generate_series(1, 30000) id;"
            + " CREATE TABLE b (id, text) TABLESPACE fast AS SELECT id, repeat(id::text, 5) FROM generate_series(1, 20000) id");
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    folders.forEach(ServerUser::delete);
    store.close();
    s3.close();
  }

  private Path folder(String name) {
    var folder = ServerUser.temporaryDirectory(name);
    folders.add(folder);
    return folder;
  }

  /// What both can write.
  private List<Compression> common(String tool) throws Exception {
    var all = new ArrayList<>(List.of(Compression.NONE));
    for (var c :
        List.of(Compression.GZIP, Compression.BZIP2, Compression.SNAPPY, Compression.LZ4)) {
      // Debian 12's python3-snappy doesn't work with its Python
      boolean works = c != Compression.SNAPPY || Barman.isNewer();
      if (works && barman.has(tool, "--" + c.name().toLowerCase(java.util.Locale.ROOT))) {
        all.add(c);
      }
    }
    if (tool.equals("wal-archive") && barman.has(tool, "--zstd")) {
      all.addAll(List.of(Compression.ZSTD, Compression.XZ));
    }
    return all;
  }

  private WalArchive archive(Compression compression) {
    return new WalArchive(store, SERVER, WalArchive.Settings.of(compression, 16 << 20));
  }

  private void changeAndSwitch() {
    server.query("INSERT INTO a SELECT id, 'more' FROM generate_series(100000, 100500) id");
    server.query("SELECT pg_switch_wal()");
  }

  /// The files that PostgreSQL has handed to its archive.
  private List<Path> archived(int atLeast) throws Exception {
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofMinutes(3))
        .until(() ->
            server
                    .query(
                        "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'")
                    .equals("0")
                && count(wal) >= atLeast);
    try (var files = Files.list(wal)) {
      return files.sorted().toList();
    }
  }

  private static int count(Path folder) throws Exception {
    try (var files = Files.list(folder)) {
      return (int) files.count();
    }
  }

  @Test
  void barmanRestoresWhatWeWrote() throws Exception {
    var compressions = common("backup");
    for (var compression : compressions) {
      try (var connection =
          PgConnection.open(
              new ServerAddress.Local(server.socketDirectory(), ThrowawayPostgres.PORT),
              PgConnection.Login.of("postgres", "postgres", "backup"),
              Duration.ofMinutes(1))) {
        new BaseBackup(store, InstantSource.system())
            .take(
                connection,
                new BaseBackup.Request(
                    SERVER,
                    server.dataDirectory(),
                    "with-" + compression,
                    compression,
                    true,
                    "",
                    Map.of(),
                    _ -> {}));
      }
      changeAndSwitch();
    }
    var wals = common("wal-archive");
    int n = 0;
    for (var file : archived(4)) {
      archive(wals.get(n++ % wals.size()))
          .put(WalFile.named(file.getFileName().toString()).orElseThrow(), file);
    }

    var listed = barman.run("backup-list", "--format", "json", s3.url(), SERVER);
    var command =
        "%s --endpoint-url=%s %s %s %%f %%p"
            .formatted(Barman.program("wal-restore"), s3.endpoint(), s3.url(), SERVER);
    for (var entry : new BackupCatalog(store, SERVER).list().done()) {
      var id = entry.info().id();
      assertThat(listed).contains(id);
      var theirs = restoredByBarman(id);
      assertSameFiles(theirs, restoredByUs(entry.info()));
      if (entry.info().id().equals(firstId())) {
        try (var recovered = new Recovered(theirs.data(), command, s3.environment())) {
          assertThat(recovered.query(SUM)).as(recovered.log()).isEqualTo(server.query(SUM));
        }
      }
    }
    assertThat(n).isGreaterThanOrEqualTo(wals.size());
  }

  @Test
  void weRestoreWhatBarmanWrote() throws Exception {
    for (var compression : common("backup")) {
      var arguments =
          new ArrayList<>(
              List.of(
                  "--immediate-checkpoint",
                  "-h",
                  server.socketDirectory().toString(),
                  "-U",
                  "postgres"));
      if (compression != Compression.NONE) {
        arguments.add("--" + compression.name().toLowerCase(java.util.Locale.ROOT));
      }
      arguments.addAll(List.of(s3.url(), SERVER));
      barman.run("backup", arguments.toArray(String[]::new));
      changeAndSwitch();
    }
    var wals = common("wal-archive");
    int n = 0;
    for (var file : archived(4)) {
      var compression = wals.get(n++ % wals.size());
      var arguments = new ArrayList<String>();
      if (compression != Compression.NONE) {
        arguments.add("--" + compression.name().toLowerCase(java.util.Locale.ROOT));
      }
      arguments.addAll(List.of(s3.url(), SERVER, file.toString()));
      barman.run("wal-archive", arguments.toArray(String[]::new));
    }

    var fetched = folder("fetched");
    for (var file : archive(Compression.ZSTD).list()) {
      assertThat(archive(Compression.ZSTD).fetch(file, fetched.resolve(file.name()))).isTrue();
      assertThat(Files.mismatch(fetched.resolve(file.name()), wal.resolve(file.name())))
          .isEqualTo(-1);
    }
    ServerUser.own(fetched);
    var entries = new BackupCatalog(store, SERVER).list().done();
    assertThat(entries).hasSize(common("backup").size());
    for (var entry : entries) {
      var ours = restoredByUs(entry.info());
      assertSameFiles(ours, restoredByBarman(entry.info().id()));
      if (entry.info().id().equals(firstId())) {
        try (var recovered = new Recovered(ours.data(), "cp " + fetched + "/%f %p", Map.of())) {
          assertThat(recovered.query(SUM)).isEqualTo(server.query(SUM));
        }
      }
    }
  }

  private record Restored(Path data, Path tablespace) {}

  private String firstId() {
    return new BackupCatalog(store, SERVER).list().done().getFirst().info().id();
  }

  private Restored restoredByBarman(String id) throws Exception {
    var restored = new Restored(folder("data").resolve("pg"), folder("ts2").resolve("fast"));
    barman.run(
        "restore",
        "--tablespace",
        "fast:" + restored.tablespace,
        s3.url(),
        SERVER,
        id,
        restored.data.toString());
    return restored;
  }

  private Restored restoredByUs(BackupInfo info) throws Exception {
    var restored = new Restored(folder("data").resolve("pg"), folder("ts2").resolve("fast"));
    new BaseRestore(store, SERVER)
        .restore(
            info,
            new BaseRestore.Target(restored.data, Map.of("fast", restored.tablespace)),
            _ -> {});
    return restored;
  }

  private static void assertSameFiles(Restored a, Restored b) throws Exception {
    assertThat(sums(a.data)).isNotEmpty().isEqualTo(sums(b.data));
    assertThat(sums(a.tablespace)).isNotEmpty().isEqualTo(sums(b.tablespace));
  }

  private static Map<String, Long> sums(Path root) throws Exception {
    var sums = new TreeMap<String, Long>();
    try (var files = Files.walk(root)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        var crc = new CRC32C();
        crc.update(Files.readAllBytes(file));
        sums.put(root.relativize(file).toString(), crc.getValue());
      }
    }
    return sums;
  }
}
