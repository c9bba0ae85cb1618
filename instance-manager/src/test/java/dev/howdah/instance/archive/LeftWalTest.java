// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.instance.volume.EmptyArchiveMark;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.UnarchivedWal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two segments of an old primary that were not in the archive when it became a standby.
class LeftWalTest {
  private static final long SEGMENT = 1 << 20;
  private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");
  private static final String FIRST = "000000010000000000000003";
  private static final String SECOND = "000000010000000000000004";

  @TempDir private Path folder;
  private final List<String> said = new ArrayList<>();
  private Stores.Opened store;
  private WalArchive archive;
  private DataDirectory data;
  private UnarchivedWal unarchived;
  private LeftWal left;
  private Instant now = NOW;
  private boolean scarce;
  private boolean away;

  @BeforeEach
  void kept() throws Exception {
    store = FolderStore.open(folder.resolve("store"));
    archive = store.archive(SEGMENT);
    data = new DataDirectory(Files.createDirectories(folder.resolve("pgdata")));
    unarchived = new UnarchivedWal(data, _ -> scarce);
    left = new LeftWal(unarchived, said::add, () -> now);
    Files.createDirectories(folder.resolve("pgdata.unarchived"));
    keep(FIRST, 1);
    keep(SECOND, 2);
  }

  private Path keep(String name, int content) throws Exception {
    byte[] bytes = new byte[(int) SEGMENT];
    bytes[100] = (byte) content;
    return Files.write(folder.resolve("pgdata.unarchived").resolve(name), bytes);
  }

  private void archiveOnce() throws Exception {
    left.archive(
        () -> {
          if (away) {
            throw new IllegalArgumentException("the Secret s3 is gone");
          }
          return Optional.of(store);
        },
        SEGMENT);
  }

  private List<String> archived() throws Exception {
    return archive.list().stream().map(WalFile::name).sorted().toList();
  }

  @Test
  void archivesAllOfItAndKeepsNothing() throws Exception {
    archiveOnce();

    assertThat(archived()).containsExactly(FIRST, SECOND);
    assertThat(folder.resolve("pgdata.unarchived")).doesNotExist();
    assertThat(said).isEmpty();
  }

  @Test
  void whatTheArchiveHasAlreadyIsDone() throws Exception {
    archive.put(WalFile.named(FIRST).orElseThrow(), keep(FIRST, 1));

    archiveOnce();

    assertThat(archived()).containsExactly(FIRST, SECOND);
    assertThat(unarchived.files()).isEmpty();
  }

  /// The store is slow, and this instance was primary once more meanwhile.
  @Test
  void whatIsKeptMeanwhileWaitsForTheNextTime() throws Exception {
    String third = "000000010000000000000007";
    Path kept = keep(third, 7);
    Path elsewhere = Files.move(kept, folder.resolve(third));
    left.archive(
        () -> {
          assertThat(elsewhere.toFile().renameTo(kept.toFile())).isTrue();
          return Optional.of(store);
        },
        SEGMENT);

    assertThat(archived()).containsExactly(FIRST, SECOND);
    assertThat(unarchived.files()).containsExactly(kept);

    archiveOnce();
    assertThat(archived()).containsExactly(FIRST, SECOND, third);
  }

  /// The archive's stays, as another primary wrote it; ours may be all that is left of something.
  @Test
  void anotherSegmentOfThatNameInTheArchiveStaysAndOursIsKeptAsideAndNamed() throws Exception {
    archive.put(WalFile.named(FIRST).orElseThrow(), keep(FIRST, 9));
    keep(FIRST, 1);

    archiveOnce();

    Path back = folder.resolve("back");
    archive.fetch(WalFile.named(FIRST).orElseThrow(), back);
    assertThat(Files.readAllBytes(back)[100]).isEqualTo((byte) 9);
    assertThat(archived()).containsExactly(FIRST, SECOND);
    assertThat(unarchived.files()).isEmpty();
    Path aside = folder.resolve("pgdata.divergent/20261122T000000-not-archived");
    assertThat(Files.readAllBytes(aside.resolve(FIRST))[100]).isEqualTo((byte) 1);
    assertThat(aside.resolve(SECOND)).doesNotExist();
    assertThat(said)
        .singleElement()
        .asString()
        .contains(FIRST, aside.toString(), "take a new base backup")
        .doesNotContain(SECOND);
  }

  @Test
  void whatIsKeptAsideGoesAfterADayOrForLackOfRoom() throws Exception {
    Path divergent = folder.resolve("pgdata.divergent");
    Path other = Files.createDirectories(divergent.resolve("20261101T000000-1@0_5"));
    Path aside = Files.createDirectories(divergent.resolve("20261122T000000-not-archived"));
    now = NOW.plus(Duration.ofHours(24));
    archiveOnce();
    assertThat(aside).exists();

    now = NOW.plus(Duration.ofHours(25));
    archiveOnce();
    assertThat(aside).doesNotExist();

    now = NOW.plus(Duration.ofMinutes(1));
    scarce = true;
    Files.createDirectories(aside);
    archiveOnce();
    assertThat(aside).doesNotExist();
    assertThat(other).exists();
  }

  @Test
  void ofWhatIsKeptAsideOnlyTheNewestStays() throws Exception {
    for (int day = 1; day <= 3; day++) {
      Files.createDirectories(folder.resolve("pgdata.divergent/2026110" + day + "T000000-1@0_5"));
    }
    archive.put(WalFile.named(FIRST).orElseThrow(), keep(FIRST, 9));
    keep(FIRST, 1);

    archiveOnce();

    try (Stream<Path> kept = Files.list(folder.resolve("pgdata.divergent"))) {
      assertThat(kept.map(f -> f.getFileName().toString()).sorted())
          .containsExactly(
              "20261102T000000-1@0_5", "20261103T000000-1@0_5", "20261122T000000-not-archived");
    }
  }

  @Test
  void saysOnceThatItWaitsAndGoesOnWhenTheArchiveIsBack() throws Exception {
    away = true;
    archiveOnce();
    archiveOnce();

    assertThat(said).hasSize(1);
    assertThat(said.getFirst())
        .contains("2 segments", FIRST, SECOND, "the Secret s3 is gone", "tried again");
    assertThat(unarchived.files()).hasSize(2);

    away = false;
    archiveOnce();
    assertThat(archived()).containsExactly(FIRST, SECOND);

    Files.createDirectories(folder.resolve("pgdata.unarchived"));
    keep("000000010000000000000007", 7);
    away = true;
    archiveOnce();
    assertThat(said).hasSize(2);
  }

  @Test
  void whereTheVolumeIsNearlyFullItIsGivenUpAndSaid() throws Exception {
    away = true;
    scarce = true;

    archiveOnce();

    assertThat(said.getFirst()).contains("given up");
    assertThat(unarchived.files()).isEmpty();
  }

  @Test
  void goesOnWhereACrashEndedIt() throws Exception {
    archive.put(WalFile.named(FIRST).orElseThrow(), keep(FIRST, 1)); // and not yet deleted
    Files.writeString(folder.resolve("pgdata.unarchived/" + SECOND + ".tmp"), "cut off");

    archiveOnce();

    assertThat(archived()).containsExactly(FIRST, SECOND);
    assertThat(folder.resolve("pgdata.unarchived")).doesNotExist();
  }

  @Test
  void nothingGoesIntoAnArchiveThatMayBeAnothers() throws Exception {
    new EmptyArchiveMark(data).writeForCopy();

    archiveOnce();

    assertThat(archived()).isEmpty();
    assertThat(unarchived.files()).hasSize(2);
  }

  @Test
  void isNotWantedAnyMoreWhereTheClusterHasNoArchive() throws Exception {
    left.archive(Optional::empty, SEGMENT);

    assertThat(unarchived.files()).isEmpty();
    assertThat(said).isEmpty();
  }
}
