// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.kube.Json;
import dev.howdah.postgres.config.RecoveryTarget;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BackupChoiceTest {
  private static final List<BackupInfo> BACKUPS =
      List.of(
          backup("20261101T000000", 1, "2026-11-01 00:10:00+00:00", "0/3000000"),
          backup("20261102T000000", 1, "2026-11-02 00:10:00+00:00", "0/5000000"),
          backup("20261103T000000", 2, "2026-11-03 00:10:00+00:00", "0/7000000"));

  /// Timeline 1 was left between the first and the second backup.
  private static final TimelineHistory SECOND =
      TimelineHistory.parse(new Timeline(2), "1\t0/4000000\tfailover\n");

  private static BackupInfo backup(String id, int timeline, String end, String lsn) {
    return new BackupInfo(
        id,
        Map.of(
            "status", "DONE",
            "begin_time", end,
            "end_time", end,
            "end_xlog", lsn,
            "timeline", Integer.toString(timeline)));
  }

  private static String choice(String id, String target, @Nullable TimelineHistory history)
      throws Exception {
    return BackupChoice.of(BACKUPS, id, RecoveryTarget.fromJson(Json.parse(target)), history).id();
  }

  @Test
  void takesTheNewestThatEndedBeforeTheTarget() throws Exception {
    assertThat(choice("", "{}", SECOND)).isEqualTo("20261103T000000");
    assertThat(choice("", "{\"targetTime\": \"2026-11-03T00:10:00Z\"}", SECOND))
        .isEqualTo("20261103T000000");
    assertThat(choice("", "{\"targetTime\": \"2026-11-02T12:00:00Z\"}", null))
        .isEqualTo("20261102T000000");
    assertThat(choice("", "{\"targetLSN\": \"0/5000000\"}", null)).isEqualTo("20261101T000000");
  }

  @Test
  void leavesOutBackupsOfATimelineThatWasLeftBeforeTheyEnded() throws Exception {
    assertThat(choice("", "{\"targetTime\": \"2026-11-02T12:00:00Z\"}", SECOND))
        .isEqualTo("20261101T000000");
  }

  @Test
  void takesTheOneThatWasAskedFor() throws Exception {
    assertThat(choice("20261101T000000", "{}", SECOND)).isEqualTo("20261101T000000");
    assertThatThrownBy(() -> choice("20250101T000000", "{}", SECOND))
        .hasMessageContaining("there are 20261101T000000, 20261102T000000, 20261103T000000");
  }

  @Test
  void saysWhatTheEarliestTargetIs() {
    assertThatThrownBy(() -> choice("", "{\"targetTime\": \"2026-10-01T00:00:00Z\"}", SECOND))
        .hasMessageContaining("oldest backup, 20261101T000000 (2026-11-01T00:10:00Z")
        .hasMessageContaining("choose a later target");
  }

  @Test
  void needsABackupAtAll() {
    assertThatThrownBy(() -> BackupChoice.of(List.of(), "", RecoveryTarget.latest(), null))
        .hasMessageContaining("no target backup found");
  }
}
