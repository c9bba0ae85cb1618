// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.core.wal.Lsn;
import dev.howdah.postgres.PostgresException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ControlDataTest {
  private static final String OUTPUT =
      """
      pg_control version number:            1300
      Catalog version number:               202209061
      Database system identifier:           17710415088316385742
      Database cluster state:               in production
      pg_control last modified:             Sat Nov 21 00:28:28 2026
      Latest checkpoint location:           0/1500790
      Latest checkpoint's REDO location:    0/1500758
      Latest checkpoint's REDO WAL file:    000000030000000000000001
      Latest checkpoint's TimeLineID:       3
      Time of latest checkpoint:            Sat Nov 21 00:28:28 2026
      Minimum recovery ending location:     0/0
      Min recovery ending loc's timeline:   0
      Backup start location:                0/0
      End-of-backup record required:        no
      wal_level setting:                    logical
      wal_log_hints setting:                on
      max_connections setting:              100
      max_worker_processes setting:         32
      max_wal_senders setting:              10
      max_prepared_xacts setting:           0
      max_locks_per_xact setting:           64
      Bytes per WAL segment:                16777216
      Data page checksum version:           1
      """;

  @Test
  void readsWhatTheProgramPrints() {
    ControlData control = ControlData.parse(OUTPUT);

    assertThat(Long.toUnsignedString(control.systemIdentifier())).isEqualTo("17710415088316385742");
    assertThat(control.state()).isEqualTo(ControlData.State.IN_PRODUCTION);
    assertThat(control.state().isClean()).isFalse();
    assertThat(control.timeline()).isEqualTo(3);
    assertThat(control.checkpoint()).isEqualTo(Lsn.parse("0/1500790"));
    assertThat(control.redoSegment()).isEqualTo("000000030000000000000001");
    assertThat(control.walLogHints()).isTrue();
    assertThat(control.dataChecksums()).isTrue();
    assertThat(control.hotStandby()).containsEntry("max_worker_processes", 32);
    assertThat(control.raw()).containsEntry("Latest checkpoint's TimeLineID", "3");
  }

  @Test
  void saysWhatIsMissing() {
    assertThatThrownBy(() -> ControlData.parse("x: y\n"))
        .isInstanceOf(PostgresException.class)
        .hasMessageContaining("max_connections setting");
  }

  @Test
  void readsVersionsOfAllKinds() {
    Path bin = Path.of("/x");
    assertThat(
            Installation.fromVersionLine(
                bin, "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"))
        .contains(new Installation(bin, 15, "15.18"));
    assertThat(Installation.fromVersionLine(bin, "postgres (PostgreSQL) 18beta2"))
        .contains(new Installation(bin, 18, "18beta2"));
    assertThat(Installation.fromVersionLine(bin, "postgres (PostgreSQL) 19devel"))
        .contains(new Installation(bin, 19, "19devel"));
    assertThat(Installation.fromVersionLine(bin, "hello")).isEmpty();
  }
}
