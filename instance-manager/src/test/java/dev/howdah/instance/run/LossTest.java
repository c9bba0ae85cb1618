// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.Identity;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import java.util.List;
import org.junit.jupiter.api.Test;

class LossTest {
  private static LeaseRecord lease(Quorum quorum, boolean complete) {
    return lease(quorum, complete, 3);
  }

  private static LeaseRecord lease(Quorum quorum, boolean complete, int timeline) {
    return new LeaseRecord(
        "",
        15,
        3,
        3,
        new Identity("one", "v", "run", "boot"),
        quorum,
        List.of(),
        new Timeline(timeline),
        new Timeline(3),
        WalPosition.of(3, 1000),
        complete,
        "",
        "",
        List.of());
  }

  @Test
  void nothingIsLostWhenTheLogWasHandedOverToItsEnd() {
    var loss = Loss.of(lease(Quorum.ASYNCHRONOUS, true), WalPosition.of(3, 1000));

    assertThat(loss.bytes()).isZero();
  }

  @Test
  void whoTookOverShortOfAKnownEndLostExactlyTheRest() {
    var loss = Loss.of(lease(Quorum.ASYNCHRONOUS, true), WalPosition.of(3, 900));

    assertThat(loss.bytes()).isEqualTo(100);
    assertThat(loss.words()).contains("100 bytes");
  }

  /// It has all of the log of who was elected before it, who may have lost the end of the
  /// primary's.
  @Test
  void whoeverWasNotPromotedKnowsNoLoss() {
    var loss = Loss.of(lease(Quorum.ASYNCHRONOUS, true, 4), WalPosition.of(3, 1000));

    assertThat(loss.bytes()).isNegative();
    assertThat(loss.words()).contains("one, which was elected and not promoted");
  }

  @Test
  void whatAnOldPrimaryWroteAfterItsLastRenewalIsUnknown() {
    var loss = Loss.of(lease(Quorum.ASYNCHRONOUS, false), WalPosition.of(3, 900));

    assertThat(loss.bytes()).isNegative();
    assertThat(loss.words()).contains("100 bytes are known").contains("after that");
  }

  @Test
  void anotherTimelineIsNoMeasureOfALoss() {
    assertThat(Loss.of(lease(Quorum.ASYNCHRONOUS, true), WalPosition.of(2, 5000)).bytes())
        .isNegative();
    assertThat(Loss.of(null, WalPosition.of(2, 5000)).bytes()).isNegative();
  }

  @Test
  void synchronousReplicationLosesNothing() {
    var quorum = Quorum.of(List.of(new Member("two", "w")), 1);

    assertThat(Loss.of(lease(quorum, false), WalPosition.of(3, 900)).bytes()).isZero();
  }
}
