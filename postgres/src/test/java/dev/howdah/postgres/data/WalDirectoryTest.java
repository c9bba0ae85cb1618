// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalDirectoryTest {
  private static final long SEGMENT = 16 << 20;

  @TempDir Path folder;

  @BeforeEach
  void timelineTwoBeganInTheFourthSegment() throws IOException {
    for (String name :
        new String[] {
          "000000010000000000000003",
          "000000010000000000000004",
          "000000020000000000000004",
          "000000020000000000000005",
        }) {
      Files.createFile(folder.resolve(name));
    }
    Files.writeString(folder.resolve("00000002.history"), "1\t0/4000100\tpromoted\n");
  }

  private Timeline before(String end) throws IOException {
    return new WalDirectory(folder).timelineBefore(Lsn.parse(end), SEGMENT);
  }

  @Test
  void theLogIsOnTheNewestTimelineOfItsSegment() throws Exception {
    assertThat(before("0/3000500")).isEqualTo(new Timeline(1));
    assertThat(before("0/5000028")).isEqualTo(new Timeline(2));
    assertThat(before("0/6000000")).isEqualTo(new Timeline(2));
    assertThat(before("0/9000028")).isEqualTo(Timeline.NONE);
  }

  @Test
  void whatLiesBeforeTheForkIsOfTheTimelineBefore() throws Exception {
    assertThat(before("0/40000A0")).isEqualTo(new Timeline(1));
    assertThat(before("0/4000200")).isEqualTo(new Timeline(2));
  }

  /// A promotion makes the segment first, and was killed then. Data that came without a history has
  /// its timeline in the control file.
  @Test
  void withoutAHistoryATimelineWasNotBegun() throws Exception {
    Files.delete(folder.resolve("00000002.history"));

    assertThat(before("0/4000100")).isEqualTo(new Timeline(1));
    assertThat(new WalDirectory(folder).newestTimeline(SEGMENT)).isEqualTo(new Timeline(2));
  }

  @Test
  void numbersThatWereTakenInVainAreGivenBack() throws Exception {
    var wal = new WalDirectory(folder);
    assertThat(wal.reserveTimelines(new Timeline(2), new Timeline(5)))
        .containsExactly(new Timeline(3), new Timeline(4));

    wal.forgetReserved(new Timeline(1));

    assertThat(wal.newestHistory()).contains(new Timeline(2));
    assertThat(wal.readyToArchive()).isEmpty();
  }

  @Test
  void numbersBeforeATimelineThatWasBegunStayTaken() throws Exception {
    var wal = new WalDirectory(folder);
    wal.reserveTimelines(new Timeline(2), new Timeline(5));
    Files.writeString(folder.resolve("00000005.history"), "2\t0/5000100\tpromoted\n");

    wal.forgetReserved(new Timeline(2));

    assertThat(wal.historyText(new Timeline(4))).contains(WalDirectory.NOBODYS);
    assertThat(wal.newestHistory()).contains(new Timeline(5));
  }

  /// The segment is of an attempt before, which ended without a history.
  @Test
  void noLogIsOnATimelineOfNobody() throws Exception {
    Files.writeString(folder.resolve("00000002.history"), WalDirectory.NOBODYS);

    assertThat(before("0/4000200")).isEqualTo(new Timeline(1));
  }

  @Test
  void branchesThatLeftTheWayAreForgotten() throws Exception {
    for (int timeline = 3; timeline < 6; timeline++) {
      Files.writeString(
          folder.resolve("0000000" + timeline + ".history"), "2\t0/5000100\tpromoted\n");
    }
    var way = TimelineHistory.parse(new Timeline(5), "1\t0/4000100\n2\t0/5000100\n3\t0/5000200\n");

    new WalDirectory(folder).forgetBranches(way, new Timeline(2));

    try (var left = Files.list(folder)) {
      assertThat(left.map(file -> file.getFileName().toString()).filter(n -> n.endsWith("history")))
          .containsExactlyInAnyOrder("00000002.history", "00000003.history", "00000005.history");
    }
  }
}
