// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.instance.server.Observation;
import org.junit.jupiter.api.Test;

/// The worst that is known is what is said.
class FollowingReportTest {
  private static FollowingReport.Known known(
      boolean streaming, String archive, String trouble, String diverged, String refused) {
    var position = new WalPosition(new Timeline(3), Lsn.parse("0/5000148"));
    var seen =
        new Observation(
            PostgresStatus.primary(position),
            position.lsn(),
            Lsn.ZERO,
            streaming,
            true,
            false,
            "2026-11-21T20:00:00.000Z");
    return new FollowingReport.Known(
        seen, "east", archive, streaming, trouble, diverged, "000000030000000000000005", refused);
  }

  private static FollowingReport.Known known(
      boolean streaming, String archive, String trouble, String diverged) {
    return known(streaming, archive, trouble, diverged, "");
  }

  @Test
  void aTokenThatIsRefusedIsSaidAsLongAsThatIsSo() {
    var condition = FollowingReport.condition(known(true, "", "", "", "it is wrong. Copy it"));

    assertThat(condition.status()).isFalse();
    assertThat(condition.reason()).isEqualTo("PromotionTokenRefused");
    assertThat(condition.message()).isEqualTo("it is wrong. Copy it");
  }

  @Test
  void itSaysHowFarItIsAndWhatComesNext() {
    var condition = FollowingReport.condition(known(false, "s3://b/east", "", ""));

    assertThat(condition.status()).isTrue();
    assertThat(condition.reason()).isEqualTo("ReplayingArchive");
    assertThat(condition.message())
        .isEqualTo(
            "Replays the archive s3://b/east; has replayed up to 0/5000148 on timeline 3, the last"
                + " transaction of 2026-11-21T20:00:00.000Z; waits for 000000030000000000000005");
  }

  @Test
  void anArchiveThatCannotBeReadCountsOnlyWhileNothingStreams() {
    assertThat(FollowingReport.condition(known(true, "s3://b/east", "no route", "")).reason())
        .isEqualTo("Streaming");

    var condition = FollowingReport.condition(known(false, "s3://b/east", "no route", ""));

    assertThat(condition.status()).isFalse();
    assertThat(condition.message()).startsWith("Waits for the archive s3://b/east: no route; has");
  }

  @Test
  void withoutAnArchiveAConnectionIsNeeded() {
    assertThat(FollowingReport.condition(known(false, "", "", "")).reason())
        .isEqualTo("NotConnected");
  }

  @Test
  void oneThatWentAnotherWayIsToBeMadeAnew() {
    var condition =
        FollowingReport.condition(known(false, "s3://b/east", "", "new timeline 4 forked off ..."));

    assertThat(condition.status()).isFalse();
    assertThat(condition.reason()).isEqualTo("Diverged");
    assertThat(condition.message()).contains("make it anew");
  }
}
