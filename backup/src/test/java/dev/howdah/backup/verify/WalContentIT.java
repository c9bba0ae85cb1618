// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.backup.codec.Compression;
import dev.howdah.objectstore.file.FileStore;
import dev.howdah.testing.ServerUser;
import dev.howdah.testing.ThrowawayPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real WAL, over crashes and a change of the timeline, is found to be good; the same with one bit,
/// one page or one name changed is not.
class WalContentIT {
  private static final long SIZE = 16 << 20;
  private static final String FIRST = "000000010000000000000001";
  private static final List<Compression> FAST =
      List.of(Compression.ZSTD, Compression.LZ4, Compression.GZIP, Compression.NONE);
  private static Path wal;
  private static String systemId;
  private static List<Path> segments;

  @TempDir private Path folder;

  @BeforeAll
  static void writeWal() throws Exception {
    wal = ServerUser.temporaryDirectory("wal");
    try (var server =
        ThrowawayPostgres.start(
            Map.of("archive_mode", "on", "archive_command", "cp %p " + wal + "/%f"))) {
      systemId = server.query("SELECT system_identifier FROM pg_control_system()");
      server.query(
          "CREATE TABLE t AS SELECT id, md5(id::text) AS s FROM generate_series(1, 60000) id");
      server.query("SELECT pg_switch_wal()");
      server.query(
          "INSERT INTO t SELECT id, repeat(md5(id::text), 40) FROM generate_series(1, 30000) id");
      server.kill();
      server.startAgain();
      server.query("UPDATE t SET s = 'x' || s WHERE id % 3 = 0");
      server.query("SELECT pg_switch_wal()");
      server.stop();
      server.appendTo("postgresql.auto.conf", "restore_command = 'false'");
      Files.createFile(server.dataDirectory().resolve("recovery.signal"));
      ServerUser.own(server.dataDirectory().resolve("recovery.signal"));
      server.startAgain(); // to a new timeline
      Awaitility.await()
          .atMost(Duration.ofMinutes(3))
          .until(() -> server.query("SELECT pg_is_in_recovery()").equals("f"));
      server.query("INSERT INTO t SELECT id, 'n' FROM generate_series(1, 1000) id");
      server.query("SELECT pg_switch_wal()");
      Awaitility.await()
          .atMost(Duration.ofMinutes(3))
          .until(() ->
              server
                  .query("SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'")
                  .equals("0"));
    }
    try (var files = Files.list(wal)) {
      segments = files.filter(f -> f.getFileName().toString().length() == 24).sorted().toList();
    }
  }

  @AfterAll
  static void stop() {
    ServerUser.delete(wal);
  }

  private WalContent.Result verify(FileStore store, String id) throws Exception {
    var progress = new AtomicLong();
    var content = new WalContent(store, "pg", SIZE, id);
    var result = content.verify(FIRST, progress::addAndGet);
    assertThat(progress.get()).isEqualTo(content.storedBytes(FIRST));
    return result;
  }

  private WalContent.Result verify(String name, byte[] bytes) throws Exception {
    var store = new FileStore(folder.resolve("s" + name));
    var file = Files.write(folder.resolve(name), bytes);
    new WalArchive(store, "pg", WalArchive.Settings.of(Compression.NONE, SIZE))
        .put(WalFile.named(name).orElseThrow(), file);
    return verify(store, systemId);
  }

  @Test
  void findsNothingWrongWithRealWal() throws Exception {
    var store = new FileStore(folder.resolve("store"));
    var all = new ArrayList<Path>();
    try (var files = Files.list(wal)) {
      all.addAll(files.sorted().toList());
    }
    int n = 0;
    for (var file : all) {
      var compression = FAST.get(n++ % FAST.size());
      new WalArchive(store, "pg", WalArchive.Settings.of(compression, SIZE))
          .put(WalFile.named(file.getFileName().toString()).orElseThrow(), file);
    }

    var result = verify(store, systemId);

    assertThat(result.problems()).isEmpty();
    assertThat(result.files()).isEqualTo(all.size()).isGreaterThanOrEqualTo(6);
    assertThat(result.bytes()).isGreaterThan((segments.size() - 1) * SIZE);
    assertThat(all).anyMatch(f -> f.toString().endsWith(".history"));
    var one = new WalContentOf(folder.resolve("other"));
    assertThat(one.problem(FIRST, Files.readAllBytes(segments.getFirst()), "42"))
        .contains("of another server: system identifier " + systemId + " instead of 42");
  }

  @Test
  void findsOneBitThatWasFlipped() throws Exception {
    var bytes = Files.readAllBytes(segments.get(1));
    bytes[5 * 8192 + 4000] ^= 4;

    assertThat(verify(segments.get(1).getFileName().toString(), bytes).problems())
        .singleElement()
        .asString()
        .contains("has a wrong checksum", "take a new base backup");
  }

  @Test
  void findsAPageOfAnotherPlaceATailThatIsMissingAndAFileThatIsShort() throws Exception {
    var name = segments.get(1).getFileName().toString();
    var moved = Files.readAllBytes(segments.get(1));
    System.arraycopy(moved, 7 * 8192, moved, 9 * 8192, 8192);
    assertThat(verify(name, moved).problems()).singleElement().asString().contains("belongs at");

    var torn = Files.readAllBytes(segments.get(1));
    Arrays.fill(torn, 30 * 8192, torn.length, (byte) 0);
    assertThat(new WalContentOf(folder.resolve("torn")).problem(name, torn, systemId))
        .containsAnyOf("ends early", "is not continued");

    var half = Arrays.copyOf(Files.readAllBytes(segments.get(1)), 8 << 20);
    assertThat(new WalContentOf(folder.resolve("half")).problem(name, half, systemId))
        .contains("is 8388608 bytes long instead of 16777216");
  }

  @Test
  void findsASegmentUnderAnotherName() throws Exception {
    assertThat(verify("0000000100000000000000FE", Files.readAllBytes(segments.get(1))).problems())
        .singleElement()
        .asString()
        .contains("belongs at");
  }

  /// A store of its own for one file.
  private record WalContentOf(Path folder) {
    String problem(String name, byte[] bytes, String id) throws Exception {
      Files.createDirectories(folder);
      var store = new FileStore(folder.resolve("store"));
      var file = Files.write(folder.resolve(name), bytes);
      new WalArchive(store, "pg", WalArchive.Settings.of(Compression.ZSTD, SIZE))
          .put(WalFile.named(name).orElseThrow(), file);
      return String.join(
          ";", new WalContent(store, "pg", SIZE, id).verify(FIRST, _ -> {}).problems());
    }
  }
}
