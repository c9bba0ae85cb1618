// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LineageTest {
  private static BackupInfo backup(int timeline, String end) {
    return new BackupInfo(
        "20261121T000000", Map.of("timeline", Integer.toString(timeline), "end_xlog", end));
  }

  @Test
  void aBackupBehindTheBranchIsAbandoned() {
    // timeline 3 left timeline 1 at 0/5000000; timeline 2 is no part of it
    var lineage =
        new Lineage(TimelineHistory.parse(new Timeline(3), "1\t0/5000000\tbefore 2026\n"));

    assertThat(lineage.has(backup(1, "0/4000100"))).isTrue();
    assertThat(lineage.has(backup(1, "0/5000000"))).isTrue();
    assertThat(lineage.has(backup(1, "0/5000001"))).isFalse();
    assertThat(lineage.has(backup(2, "0/4000100"))).isFalse();
    assertThat(lineage.has(backup(3, "0/9000000"))).isTrue();
    assertThat(lineage.endsIn(new Timeline(3))).isTrue();
    assertThat(lineage.endsIn(new Timeline(1))).isFalse();
  }

  @Test
  void withoutAnyHistoryEveryBackupCounts() {
    assertThat(new Lineage(null).has(backup(1, "0/4000100"))).isTrue();
  }
}
