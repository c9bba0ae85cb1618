// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.backup.basebackup.BaseBackup;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.codec.Compression;
import dev.howdah.kube.Json;
import dev.howdah.objectstore.file.FileStore;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.ServerUser;
import dev.howdah.testing.ThrowawayPostgres;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `howdah backup` and `howdah wal` on the archive of a real server: two backups three weeks apart,
/// with the WAL between them and behind them.
class BackupCommandsIT {
  @TempDir private static Path original;
  private static BackupInfo first;
  private static BackupInfo second;

  @TempDir private Path folder;
  private Path archive;
  private String place;

  private record Ran(int exit, String out, String err) {}

  @BeforeAll
  static void archiveOfARealServer() throws Exception {
    var wal = ServerUser.temporaryDirectory("wal");
    try (var server =
            ThrowawayPostgres.start(
                Map.of("archive_mode", "on", "archive_command", "cp %p " + wal + "/%f"));
        var store = new FileStore(original)) {
      server.query("CREATE TABLE t AS SELECT generate_series(1, 1000) AS i");
      first = backUp(server, store, Instant.now().minus(Duration.ofDays(21)));
      server.query("INSERT INTO t VALUES (1); SELECT pg_switch_wal()");
      server.query("INSERT INTO t VALUES (2)");
      second = backUp(server, store, Instant.now());
      server.query("INSERT INTO t VALUES (3)");
      server.query("SELECT pg_switch_wal()");
      Awaitility.await()
          .atMost(Duration.ofSeconds(120))
          .until(() ->
              server
                  .query("SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'")
                  .equals("0"));
      var target = new WalArchive(store, "pg", WalArchive.Settings.of(Compression.ZSTD, 16 << 20));
      try (var files = Files.list(wal)) {
        for (var file : files.toList()) {
          target.put(WalFile.named(file.getFileName().toString()).orElseThrow(), file);
        }
      }
    } finally {
      ServerUser.delete(wal);
    }
  }

  private static BackupInfo backUp(ThrowawayPostgres server, FileStore store, Instant at)
      throws Exception {
    try (var connection =
        PgConnection.open(
            new ServerAddress.Local(server.socketDirectory(), ThrowawayPostgres.PORT),
            PgConnection.Login.of("postgres", "postgres", "backup"),
            Duration.ofSeconds(60))) {
      return new BaseBackup(store, () -> at)
          .take(
              connection,
              new BaseBackup.Request(
                  "pg",
                  server.dataDirectory(),
                  null,
                  Compression.LZ4,
                  true,
                  "",
                  Map.of(),
                  _ -> {}));
    }
  }

  @BeforeEach
  void copy() throws IOException {
    archive = folder.resolve("archive");
    try (var files = Files.walk(original)) {
      for (var file : files.toList()) {
        Files.copy(file, archive.resolve(original.relativize(file).toString()));
      }
    }
    place = "file://" + archive + "/pg";
  }

  private static Ran howdah(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int exit =
        Main.commandLine("howdah")
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new Ran(exit, out.toString(), err.toString());
  }

  /// The largest file there whose name contains this.
  private Path oneOf(String under, String name) throws IOException {
    try (Stream<Path> files = Files.walk(archive.resolve("pg/" + under))) {
      return files
          .filter(f -> f.getFileName().toString().contains(name))
          .max(Comparator.comparing(f -> f.toFile().length()))
          .orElseThrow();
    }
  }

  @Test
  void listsAndShowsWhatThereIs() throws IOException {
    var list = howdah("backup", "list", place);
    assertThat(list.exit()).as(list.err()).isZero();
    assertThat(list.out())
        .contains(first.id(), second.id(), "DONE", first.beginWal(), "Recoverable from ");

    var json = Json.mapper().readTree(howdah("backup", "list", place, "-o", "json").out());
    assertThat(json).hasSize(2);
    assertThat(json.get(0).path("damagedPages").asInt()).isZero();
    assertThat(json.get(0).path("storedBytes").asLong()).isPositive();

    var show = howdah("backup", "show", place, "latest");
    assertThat(show.exit()).isZero();
    assertThat(show.out()).contains(second.id()).doesNotContain(first.id());

    var wal = howdah("wal", "show", place);
    assertThat(wal.exit()).isZero();
    assertThat(wal.out()).contains("TIMELINE", "000000010000000000000001", "without a gap");
  }

  @Test
  void verifiesAllOfAGoodArchive() throws IOException {
    var ran = howdah("backup", "verify", place);

    assertThat(ran.exit()).as(ran.out() + ran.err()).isZero();
    assertThat(ran.out())
        .contains("good  " + first.id(), "good  " + second.id(), "good  WAL: ")
        .doesNotContain("BAD");
    var json = Json.mapper().readTree(howdah("backup", "verify", place, "-o", "json").out());
    assertThat(json.at("/wal/good").asBoolean()).isTrue();
    assertThat(json.at("/wal/files").asInt()).isGreaterThanOrEqualTo(3);
    assertThat(json.at("/backups/1/files").asInt()).isGreaterThan(900);
  }

  @Test
  void findsDamageInABackupAndInWal() throws IOException {
    var tar = oneOf("base/" + first.id(), ".tar");
    var bytes = Files.readAllBytes(tar);
    bytes[bytes.length / 2] ^= 1;
    Files.write(tar, bytes);
    var segment = oneOf("wals", second.beginWal());
    var wal = Files.readAllBytes(segment);
    wal[wal.length / 2] ^= 1;
    Files.write(segment, wal);

    var ran = howdah("backup", "verify", place);

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.out())
        .contains("BAD   " + first.id(), "good  " + second.id(), "BAD   WAL: ", second.beginWal())
        .contains("recovery stops before it: take a new base backup");
    // names and sizes are what they were
    assertThat(howdah("backup", "verify", place, "--quick").exit()).isZero();
  }

  @Test
  void findsMissingWalAndMissingObjects() throws IOException {
    Files.delete(oneOf("wals", first.endWal() + ".zst"));
    var wal = howdah("wal", "show", place);
    assertThat(wal.exit()).isEqualTo(1);
    assertThat(wal.out()).contains("missing: [" + first.endWal());
    assertThat(howdah("wal", "show", place, "-o", "json").exit()).isEqualTo(1);
    var verify = howdah("backup", "verify", place, "oldest", "--quick");
    assertThat(verify.exit()).isEqualTo(1);
    assertThat(verify.out()).contains("WAL is missing from " + first.endWal());

    Files.delete(oneOf("base/" + second.id(), ".tar"));
    assertThat(howdah("backup", "verify", place, "latest", "--quick").out())
        .contains("BAD   " + second.id(), " is missing; restore from another backup");
  }

  @Test
  void tellsOfAnIncrementalBackupWhoseParentIsGone() throws IOException {
    var info = archive.resolve("pg/base/" + second.id() + "/backup.info");
    var text = Files.readString(info) + "parent_backup_id=20200101T000000\n";
    var orphan = archive.resolve("pg/howdah/incremental/20300101T000000i");
    Files.createDirectories(orphan);
    Files.writeString(orphan.resolve("backup.info"), text);

    assertThat(howdah("backup", "list", place).out()).contains("LACKS 20200101T000000");
    assertThat(howdah("backup", "show", place, "latest").out()).contains(second.id());
    var verify = howdah("backup", "verify", place, "--quick");
    assertThat(verify.exit()).isEqualTo(1);
    assertThat(verify.out())
        .contains(
            "good  " + second.id(), "BAD   20300101T000000i", "20200101T000000, which is gone");
    assertThat(howdah("backup", "delete", place, "--policy", "REDUNDANCY 1").out())
        .contains("20300101T000000i stays, but counts for nothing")
        .contains("Would delete 1 backup(s) [" + first.id() + "]");
    howdah("backup", "delete", place, "20300101T000000i", "--yes");
    assertThat(howdah("backup", "list", place).out()).doesNotContain("LACKS");
  }

  @Test
  void deletesByPolicyOnlyWhenToldToAndTheWalWithIt() throws IOException {
    var dry = howdah("backup", "delete", place, "--policy", "7d");
    assertThat(dry.exit()).as(dry.err()).isZero();
    assertThat(dry.out()).contains("stays: it is needed for the recovery window", "Would delete 0");

    dry = howdah("backup", "delete", place, "--policy", "REDUNDANCY 1");
    assertThat(dry.out())
        .contains("Would delete 1 backup(s) [" + first.id() + "]", "delete with --yes");
    assertThat(howdah("backup", "list", place).out()).contains(first.id());

    var done = howdah("backup", "delete", place, "--policy", "REDUNDANCY 1", "--yes");
    assertThat(done.exit()).isZero();
    assertThat(done.out()).startsWith("  ").contains("Deleted 1 backup(s)");
    assertThat(howdah("backup", "list", place).out())
        .contains(second.id())
        .doesNotContain(first.id());
    assertThat(howdah("wal", "show", place).out()).doesNotContain(first.beginWal());
    assertThat(howdah("backup", "verify", place).exit()).isZero();
  }

  @Test
  void removesWhatAKilledBackupLeftOnceItIsOld() throws IOException {
    var left = archive.resolve("pg/base/20260101T000000/data.tar.lz4");
    Files.createDirectories(left.getParent());
    Files.writeString(left, "half");

    howdah("backup", "delete", place, "--policy", "7d", "--leftovers", "--yes");
    assertThat(left).exists(); // perhaps it is still being written

    Files.setLastModifiedTime(
        left, java.nio.file.attribute.FileTime.from(Instant.now().minus(Duration.ofDays(2))));
    var ran = howdah("backup", "delete", place, "--policy", "7d", "--leftovers", "--yes");
    assertThat(ran.out()).contains("and 1 leftover object(s)");
    assertThat(left).doesNotExist();
  }

  @Test
  void saysWhatIsWrongWithACommand() {
    for (var wrong :
        List.of(
            List.of("backup", "show", place, "nightly"),
            List.of("backup", "delete", place),
            List.of("backup", "verify", "file://" + archive + "/nobody"))) {
      var ran = howdah(wrong.toArray(String[]::new));
      assertThat(ran.exit()).as("%s", wrong).isNotZero();
      assertThat(ran.err())
          .as("%s", wrong)
          .containsAnyOf(
              "there is no backup nightly; howdah backup list shows those there are",
              "give either a BACKUP or --policy",
              "there is no backup of nobody in ");
    }
  }
}
