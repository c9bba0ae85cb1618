// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
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

  @Test
  void withoutAHistoryTheNameCounts() throws Exception {
    Files.delete(folder.resolve("00000002.history"));
    assertThat(before("0/40000A0")).isEqualTo(new Timeline(2));
  }
}
