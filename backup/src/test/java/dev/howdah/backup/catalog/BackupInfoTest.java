// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.core.wal.Lsn;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BackupInfoTest {
  private static final String SAMPLE =
      """
      # a comment is allowed
      backup_label='START WAL LOCATION: 0/3000028 (file 000000010000000000000003)\\nLABEL: it\\'s\\n'
      begin_time=2026-11-20 21:54:50.076548+00:00
      begin_wal=000000010000000000000003
      begin_xlog=0/3000028
      children_backup_ids=None
      end_time=2026-11-20T21:54:54Z
      end_xlog=0/3000100
      error=None
      status=DONE
      tablespaces=[('ts_fast', 16384, "/srv/it's/ts1"), (u'\\u00fcber', 16385, '/x',)]
      timeline=1
      version=150020
      """;

  @Test
  void readsWhatBarmanWrote() {
    var info = BackupInfo.parse("20261120T215450", SAMPLE);

    assertThat(info.isDone()).isTrue();
    assertThat(info.backupLabel()).endsWith("\nLABEL: it's\n");
    assertThat(info.beginTime()).isEqualTo(Instant.parse("2026-11-20T21:54:50.076548Z"));
    assertThat(info.endTime()).isEqualTo(Instant.parse("2026-11-20T21:54:54Z"));
    assertThat(info.beginLsn()).isEqualTo(Lsn.parse("0/3000028"));
    assertThat(info.tablespaces())
        .containsExactly(
            new BackupInfo.Tablespace("ts_fast", 16384, "/srv/it's/ts1"),
            new BackupInfo.Tablespace("über", 16385, "/x"));
    assertThat(info.major()).isEqualTo(15);
    assertThat(info.segmentSizeBytes()).isEqualTo(16L << 20);
  }

  @Test
  void writesOnlyKeysThatEveryReaderKnows() {
    var text = BackupInfo.parse("20261120T215450", SAMPLE).text();

    assertThat(text.lines().map(l -> l.substring(0, l.indexOf('='))))
        .isSubsetOf(BackupInfo.PORTABLE_KEYS)
        .isSorted()
        .hasSize(27); // all but backup_name, which is left out when there is none
    assertThat(text).contains("\nsize=None\n").doesNotContain("children_backup_ids");
  }

  @Test
  void keepsWhatItWrites() {
    var label = "a\n'b'\\ \t\u0001 ü";
    var spaces = List.of(new BackupInfo.Tablespace("t", 1, "/o'k"));
    var info =
        new BackupInfo(
            "20261120T215450",
            Map.of(
                "backup_label", BackupInfo.literal(label),
                "tablespaces", BackupInfo.literal(spaces),
                "begin_time", BackupInfo.time(Instant.parse("2026-01-02T03:04:05.000006Z"))));

    var again = BackupInfo.parse(info.id(), info.text());

    assertThat(again).isEqualTo(info);
    assertThat(again.backupLabel()).isEqualTo(label);
    assertThat(again.tablespaces()).isEqualTo(spaces);
    assertThat(again.beginTime()).isEqualTo(Instant.parse("2026-01-02T03:04:05.000006Z"));
  }

  @Test
  void saysWhichLineIsWrong() {
    assertThatThrownBy(() -> BackupInfo.parse("20261120T215450", "nonsense"))
        .hasMessageContaining("20261120T215450")
        .hasMessageContaining("nonsense");
    assertThatThrownBy(() -> BackupInfo.parse("x", "timeline=soon").timeline())
        .hasMessageContaining("timeline is no number: soon");
    assertThatThrownBy(() -> BackupInfo.parse("x", "tablespaces=[(").tablespaces())
        .hasMessageContaining("expected");
  }
}
