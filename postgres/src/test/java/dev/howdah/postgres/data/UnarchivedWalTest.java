// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A primary on timeline 1 that had archived up to segment 2 when timeline 2 left it in the midst
/// of segment 5.
class UnarchivedWalTest {
  private static final long SEGMENT = 1 << 20;
  private static final TimelineHistory UPSTREAM =
      TimelineHistory.parse(new Timeline(2), "1\t0/580000\tfailover\n");
  private static final String THIRD = "000000010000000000000003";
  private static final String FOURTH = "000000010000000000000004";
  private static final String FIFTH = "000000010000000000000005";

  @TempDir private Path folder;
  private Path wal;
  private Path kept;
  private DataDirectory data;
  private UnarchivedWal unarchived;
  private boolean scarce;

  @BeforeEach
  void stopped() throws Exception {
    data = new DataDirectory(folder.resolve("pgdata"));
    wal = data.path().resolve("pg_wal");
    kept = folder.resolve("pgdata.unarchived");
    Files.createDirectories(wal.resolve("archive_status"));
    for (String name : List.of(THIRD, FOURTH, FIFTH)) {
      Files.writeString(wal.resolve(name), name);
      Files.createFile(wal.resolve("archive_status").resolve(name + ".ready"));
    }
    unarchived = new UnarchivedWal(data, _ -> scarce);
  }

  private boolean isReady(String name) {
    return Files.exists(wal.resolve("archive_status").resolve(name + ".ready"));
  }

  @Test
  void keepsTheWholeSegmentsOfTheHistoryThatGoesOn() throws Exception {
    var outcome = unarchived.keep(UPSTREAM, SEGMENT, Lsn.parse("0/500000"));

    assertThat(outcome.kept()).containsExactly(THIRD, FOURTH);
    assertThat(outcome.lost()).isEmpty();
    assertThat(unarchived.files()).containsExactly(kept.resolve(THIRD), kept.resolve(FOURTH));
    assertThat(kept.resolve(FOURTH)).hasContent(FOURTH);
    assertThat(isReady(THIRD)).isFalse();
  }

  @Test
  void leavesTheSegmentInWhichTheHistoryLeftThisOne() throws Exception {
    unarchived.keep(UPSTREAM, SEGMENT, Lsn.parse("0/500000"));

    assertThat(wal.resolve(FIFTH)).exists();
    assertThat(isReady(FIFTH)).isTrue();
  }

  @Test
  void leavesTheUnfinishedSegmentThatADemotionOffers() throws Exception {
    String partial = FIFTH + ".partial";
    Files.writeString(wal.resolve(partial), "begun");
    Files.createFile(wal.resolve("archive_status").resolve(partial + ".ready"));

    assertThat(unarchived.keep(UPSTREAM, SEGMENT, Lsn.ZERO).kept()).containsExactly(THIRD, FOURTH);
    assertThat(wal.resolve(partial)).exists();
  }

  /// Recovery begins there: it must find it where it was.
  @Test
  void copiesWhatTheDataMayNeed() throws Exception {
    unarchived.keep(UPSTREAM, SEGMENT, Lsn.parse("0/400000"));

    assertThat(wal.resolve(THIRD)).doesNotExist();
    assertThat(wal.resolve(FOURTH)).hasContent(FOURTH);
    assertThat(kept.resolve(FOURTH)).hasContent(FOURTH);
  }

  @Test
  void goesOnWhereACrashEndedIt() throws Exception {
    Files.createDirectories(kept);
    Files.move(wal.resolve(THIRD), kept.resolve(THIRD)); // and not yet marked
    Files.writeString(kept.resolve(FOURTH), "cut off");

    var outcome = unarchived.keep(UPSTREAM, SEGMENT, Lsn.parse("0/400000"));

    assertThat(outcome.kept()).containsExactly(FOURTH);
    assertThat(unarchived.files()).containsExactly(kept.resolve(THIRD), kept.resolve(FOURTH));
    assertThat(kept.resolve(THIRD)).hasContent(THIRD);
    assertThat(kept.resolve(FOURTH)).hasContent(FOURTH);
  }

  @Test
  void aSecondCallDoesNoHarm() throws Exception {
    unarchived.keep(UPSTREAM, SEGMENT, Lsn.ZERO);

    assertThat(unarchived.keep(UPSTREAM, SEGMENT, Lsn.ZERO).kept()).isEmpty();
    assertThat(unarchived.files()).hasSize(2);
  }

  @Test
  void onANearlyFullVolumeOnlyWhatTakesNoRoomIsKept() throws Exception {
    scarce = true;

    var outcome = unarchived.keep(UPSTREAM, SEGMENT, Lsn.parse("0/400000"));

    assertThat(outcome.kept()).containsExactly(THIRD);
    assertThat(outcome.lost()).containsExactly(FOURTH);
    assertThat(isReady(FOURTH)).isTrue();
  }

  @Test
  void nothingIsThereWhereNothingWasKept() throws Exception {
    assertThat(unarchived.files()).isEmpty();
    unarchived.forget(unarchived.files());
    assertThat(unarchived.files()).isEmpty();
  }

  @Test
  void theRoomIsTheVolumes() throws Exception {
    Files.createDirectories(kept);
    boolean full = VolumeRoom.of(kept).isScarce();

    assertThat(new UnarchivedWal(data).isScarce()).isEqualTo(full);
  }
}
