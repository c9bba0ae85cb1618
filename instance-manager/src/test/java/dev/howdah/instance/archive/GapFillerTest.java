// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.backup.codec.Compression;
import dev.howdah.core.wal.Timeline;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ForwardingStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.file.FileStore;
import dev.howdah.postgres.data.DataDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server that became primary on timeline 2, where the last one had left timeline 1 in segment 5.
class GapFillerTest {
  private static final long SEGMENT = 1 << 20;
  @TempDir private Path folder;
  private WalArchive archive;
  private Path wal;
  private GapFiller filler;

  @BeforeEach
  void promoted() throws Exception {
    archive =
        new WalArchive(
            new FileStore(folder.resolve("store")),
            "server",
            WalArchive.Settings.of(Compression.NONE, SEGMENT));
    Path data = folder.resolve("pgdata");
    wal = Files.createDirectories(data.resolve("pg_wal"));
    Files.createDirectories(wal.resolve("archive_status"));
    Files.writeString(wal.resolve("00000002.history"), "1\t0/580000\tfailover\n");
    for (int i = 2; i <= 5; i++) {
      segment(1, i);
    }
    segment(2, 5);
    filler = new GapFiller(new DataDirectory(data));
  }

  private String segment(int timeline, int number) throws Exception {
    String name = "%08X%08X%08X".formatted(timeline, 0, number);
    Files.write(wal.resolve(name), new byte[(int) SEGMENT]);
    return name;
  }

  private void archived(int timeline, int number) throws Exception {
    String name = segment(timeline, number);
    archive.put(WalFile.named(name).orElseThrow(), wal.resolve(name));
  }

  @Test
  void archivesTheWholeSegmentsThatTheLastPrimaryHadNot() throws Exception {
    archived(1, 1);
    archived(1, 2);

    List<String> filled = filler.fill(archive, new Timeline(2), SEGMENT);

    assertThat(filled).containsExactly("000000010000000000000003", "000000010000000000000004");
    assertThat(archive.list())
        .extracting(WalFile::name)
        .contains("000000010000000000000003", "000000010000000000000004")
        .doesNotContain("000000010000000000000005");
    assertThat(filler.fill(archive, new Timeline(2), SEGMENT)).isEmpty();
  }

  @Test
  void archivesTheHistoryAndTheWalOfATimelineThatTheArchiveKnowsNothingOf() throws Exception {
    archived(1, 1);
    archived(1, 2);
    String third = "1\t0/580000\tfailover\n2\t0/680000\tfailover\n";
    Files.writeString(wal.resolve("00000003.history"), third);
    archive.put(WalFile.named("00000003.history").orElseThrow(), wal.resolve("00000003.history"));

    assertThat(filler.fill(archive, new Timeline(3), SEGMENT))
        .containsExactly(
            "00000002.history",
            "000000010000000000000003",
            "000000010000000000000004",
            "000000020000000000000005");
    assertThat(filler.fill(archive, new Timeline(3), SEGMENT)).isEmpty();
  }

  /// By a checkpoint of the server, once they are old.
  @Test
  void leavesOutWhatIsRemovedMeanwhile() throws Exception {
    archived(1, 1);
    var checkpointed =
        new WalArchive(
            new ForwardingStore(new FileStore(folder.resolve("store"))) {
              @Override
              public void list(String prefix, Consumer<ObjectInfo> each) {
                super.list(prefix, each);
                try {
                  Files.deleteIfExists(wal.resolve("000000010000000000000002"));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }
            },
            "server",
            WalArchive.Settings.of(Compression.NONE, SEGMENT));

    assertThat(filler.fill(checkpointed, new Timeline(2), SEGMENT))
        .containsExactly("000000010000000000000003", "000000010000000000000004");
  }

  /// Its volume may be full, as of a server whose archive was away.
  @Test
  void writesNothingOntoTheServersOwnVolume() throws Exception {
    archived(1, 1);
    Set<Path> before = paths();
    var seen = new ArrayList<Path>();
    var watched =
        new WalArchive(
            new ForwardingStore(new FileStore(folder.resolve("store"))) {
              @Override
              public boolean put(String key, Body body, PutOptions options) {
                seen.addAll(paths());
                return super.put(key, body, options);
              }
            },
            "server",
            WalArchive.Settings.of(Compression.NONE, SEGMENT));

    assertThat(filler.fill(watched, new Timeline(2), SEGMENT)).hasSize(3);

    assertThat(seen).isNotEmpty().isSubsetOf(before);
  }

  /// All but what is in the store.
  private Set<Path> paths() {
    try (var files = Files.walk(folder)) {
      return files
          .filter(file -> !file.startsWith(folder.resolve("store")))
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void leavesAloneWhatPostgresqlItselfWillArchive() throws Exception {
    archived(1, 2);
    Files.writeString(wal.resolve("archive_status/000000010000000000000003.ready"), "");

    assertThat(filler.fill(archive, new Timeline(2), SEGMENT))
        .containsExactly("000000010000000000000004");
  }

  @Test
  void putsNothingOfTheClusterThatThisOneWasRestoredFromIntoItsArchive() throws Exception {
    archived(2, 5);

    assertThat(filler.fill(archive, new Timeline(2), SEGMENT)).isEmpty();
  }
}
