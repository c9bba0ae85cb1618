// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalPosition;
import org.junit.jupiter.api.Test;

class ObservationTest {
  private static Observation standby(String received, String replayed, boolean waiting) {
    var position = WalPosition.parse(received);
    var status = PostgresStatus.standby(position, false);
    return new Observation(status, Lsn.parse(replayed), Lsn.ZERO, false, true, waiting, "");
  }

  /// The primary was lost while it sent a record. Both standbys have its first half; who is elected
  /// begins its timeline before it.
  @Test
  void halfARecordIsNoHistoryOfItsOwn() {
    Observation seen = standby("5@0/3000200", "0/3000128", true);
    var elected =
        TimelineHistory.parse(new Timeline(6), "5\t0/3000128\tno recovery target specified\n");
    assertThat(elected.contains(seen.status().position())).isFalse();
    assertThat(elected.contains(seen.applied())).isTrue();
  }

  /// While it applies the log, what it received may be whole.
  @Test
  void whatIsNotAppliedYetCounts() {
    assertThat(standby("5@0/3000200", "0/3000128", false).applied())
        .isEqualTo(WalPosition.parse("5@0/3000200"));
  }

  @Test
  void whatHasReplayedNothingEndsWhereItBegan() {
    assertThat(standby("5@0/3000200", "0/0", true).applied())
        .isEqualTo(WalPosition.parse("5@0/3000200"));
  }
}
