// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.postgres.replication.RejoinDecision.Clone;
import dev.howdah.postgres.replication.RejoinDecision.Follow;
import dev.howdah.postgres.replication.RejoinDecision.FollowWithoutSurplus;
import dev.howdah.postgres.replication.RejoinDecision.Own;
import dev.howdah.postgres.replication.RejoinDecision.Rewind;
import dev.howdah.postgres.replication.RejoinDecision.Upstream;
import dev.howdah.postgres.replication.RejoinDecision.Wait;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RejoinDecisionTest {
  private static final TimelineHistory THREE =
      TimelineHistory.parse(new Timeline(3), "1 0/5000000 x\n2 0/7000000 x\n");

  private static RejoinDecision decide(String end, String replayed, boolean checkpointed) {
    return RejoinDecision.of(
        own(end, replayed, Optional.empty(), true), new Upstream(7, THREE, checkpointed));
  }

  private static Own own(
      String end, String replayed, Optional<TimelineHistory> history, boolean rewindable) {
    return new Own(7, position(end), position(replayed), history, rewindable);
  }

  private static WalPosition position(String text) {
    return text.isEmpty() ? WalPosition.NONE : WalPosition.parse(text);
  }

  @Test
  void followsWhenAllItHasIsInTheUpstreamsHistory() {
    assertThat(decide("2@0/7000000", "2@0/7000000", false)).isEqualTo(new Follow());
    assertThat(decide("1@0/4000000", "1@0/4000000", false)).isEqualTo(new Follow());
    assertThat(decide("3@0/8000000", "3@0/8000000", false)).isEqualTo(new Follow());
  }

  @Test
  void rewindsWhenItsPagesWentAnotherWay() {
    assertThat(decide("2@0/7000001", "2@0/7000001", true))
        .isEqualTo(new Rewind(position("2@0/7000000")));
    assertThat(decide("1@0/9000000", "1@0/9000000", true))
        .isEqualTo(new Rewind(position("1@0/5000000")));
    assertThat(decide("2@0/7000001", "2@0/7000001", false)).isInstanceOf(Wait.class);
  }

  @Test
  void takesAnUnknownEndForOneThatWentAnotherWay() {
    var own = new Own(7, Own.beyond(new Timeline(2)), WalPosition.NONE, Optional.empty(), true);

    assertThat(RejoinDecision.of(own, new Upstream(7, THREE, true)))
        .isEqualTo(new Rewind(position("2@0/7000000")));
  }

  @Test
  void dropsWalThatItNeverReplayed() {
    assertThat(decide("2@0/7000100", "2@0/6FFFFF0", false))
        .isEqualTo(new FollowWithoutSurplus(position("2@0/7000000")));
  }

  @Test
  void findsTheCommonPointOfASecondPromotionThatWasLost() {
    var own =
        own(
            "4@0/9000000",
            "4@0/9000000",
            Optional.of(TimelineHistory.parse(new Timeline(4), "1 0/5000000 x\n2 0/6000000 x\n")),
            true);

    assertThat(RejoinDecision.of(own, new Upstream(7, THREE, true)))
        .isEqualTo(new Rewind(position("2@0/6000000")));
  }

  @Test
  void clonesWhenNothingElseHelps() {
    assertThat(
            RejoinDecision.of(
                own("2@0/7000001", "", Optional.empty(), false), new Upstream(7, THREE, true)))
        .isInstanceOf(Clone.class);
    assertThat(
            RejoinDecision.of(
                own("2@0/7000000", "", Optional.empty(), true), new Upstream(8, THREE, true)))
        .isInstanceOf(Clone.class);
    assertThat(
            RejoinDecision.of(
                own("9@0/7000000", "", Optional.empty(), true), new Upstream(7, THREE, true)))
        .isInstanceOf(Clone.class);
  }
}
