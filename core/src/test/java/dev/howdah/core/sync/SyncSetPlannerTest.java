// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.sync.SyncConfig.Method;
import dev.howdah.core.sync.SyncSetPlanner.Applied;
import dev.howdah.core.sync.SyncSetPlanner.Move;
import dev.howdah.core.sync.SyncSetPlanner.Situation;
import dev.howdah.core.wal.Lsn;
import java.util.List;
import org.junit.jupiter.api.Test;

class SyncSetPlannerTest {
  private static final Member TWO = new Member("c-2", "v2");
  private static final Member THREE = new Member("c-3", "v3");
  private static final Member THREE_ANEW = new Member("c-3", "v3b");
  private static final SyncSpec ONE = SyncSpec.required(Method.ANY, 1);
  private static final SyncConfig BOTH = new SyncConfig(Method.ANY, 1, List.of("c-2", "c-3"));
  private static final SyncConfig ONLY_TWO = new SyncConfig(Method.ANY, 1, List.of("c-2"));

  private static StandbyStatus at(Member member, long flushed) {
    return new StandbyStatus(member, true, new Lsn(flushed));
  }

  private static Applied since(SyncConfig config, long lsn, Member... seen) {
    return new Applied(config, new Lsn(lsn), List.of(seen));
  }

  private static Move next(
      SyncSpec spec, Quorum quorum, Applied applied, StandbyStatus... standbys) {
    return SyncSetPlanner.next(
        new Situation(spec, quorum, applied, List.of(TWO, THREE), List.of(standbys)));
  }

  @Test
  void anAsynchronousClusterFirstRulesOutElectionsByPosition() {
    var move = next(ONE, Quorum.ASYNCHRONOUS, null, at(TWO, 9), at(THREE, 9));

    assertThat(move).isEqualTo(new Move.Publish(Quorum.SAME_DATA_ONLY));
  }

  @Test
  void theFirstVotersArePublishedOnlyWhenOneHasEverything() {
    var none = Quorum.SAME_DATA_ONLY;

    assertThat(next(ONE, none, null, at(TWO, 9), at(THREE, 9))).isEqualTo(new Move.Apply(BOTH));
    assertThat(next(ONE, none, since(BOTH, 10), at(TWO, 9), at(THREE, 9)))
        .isInstanceOf(Move.Wait.class);
    assertThat(next(ONE, none, since(BOTH, 10), at(TWO, 10), at(THREE, 9)))
        .isEqualTo(new Move.Publish(Quorum.of(List.of(TWO, THREE), 1)));
  }

  @Test
  void aStandbyIsAVoterBeforeItCanAcknowledge() {
    var two = Quorum.of(List.of(TWO), 1);
    var both = Quorum.of(List.of(TWO, THREE), 1);

    assertThat(next(ONE, two, since(ONLY_TWO, 10), at(TWO, 10), at(THREE, 1)))
        .isEqualTo(new Move.Publish(both));
    assertThat(next(ONE, both, since(ONLY_TWO, 10), at(TWO, 10), at(THREE, 1)))
        .isEqualTo(new Move.Apply(BOTH));
  }

  @Test
  void aVoterGoesOnlyWhenTheRemainingOnesConfirmed() {
    var both = Quorum.of(List.of(TWO, THREE), 1);

    assertThat(next(ONE, both, since(BOTH, 10), at(TWO, 10))).isEqualTo(new Move.Apply(ONLY_TWO));
    assertThat(next(ONE, both, since(ONLY_TWO, 20), at(TWO, 19))).isInstanceOf(Move.Wait.class);
    assertThat(next(ONE, both, since(ONLY_TWO, 20), at(TWO, 20)))
        .isEqualTo(new Move.Publish(Quorum.of(List.of(TWO), 1)));
  }

  @Test
  void aSmallerNumberIsPublishedBeforeItIsApplied() {
    var spec = ONE;
    var quorum = Quorum.of(List.of(TWO, THREE), 2);
    var applied = since(new SyncConfig(Method.ANY, 2, List.of("c-2", "c-3")), 5);

    assertThat(next(spec, quorum, applied, at(TWO, 9), at(THREE, 9)))
        .isEqualTo(new Move.Publish(Quorum.of(List.of(TWO, THREE), 1)));
  }

  @Test
  void aLargerNumberIsPublishedOnlyWhenConfirmed() {
    var spec = SyncSpec.required(Method.ANY, 2);
    var both = Quorum.of(List.of(TWO, THREE), 1);
    var two = new SyncConfig(Method.ANY, 2, List.of("c-2", "c-3"));

    assertThat(next(spec, both, since(BOTH, 5), at(TWO, 9), at(THREE, 9)))
        .isEqualTo(new Move.Apply(two));
    assertThat(next(spec, both, since(two, 10), at(TWO, 10), at(THREE, 9)))
        .isInstanceOf(Move.Wait.class);
    assertThat(next(spec, both, since(two, 10), at(TWO, 10), at(THREE, 10)))
        .isEqualTo(new Move.Publish(Quorum.of(List.of(TWO, THREE), 2)));
  }

  @Test
  void withPreferredDurabilityTheVotersAreEmptiedBeforeTheSetting() {
    var spec = SyncSpec.preferred(Method.ANY, 1);
    var two = Quorum.of(List.of(TWO), 1);

    assertThat(next(spec, two, since(ONLY_TWO, 5)))
        .isEqualTo(new Move.Publish(Quorum.SAME_DATA_ONLY));
    assertThat(next(spec, Quorum.SAME_DATA_ONLY, since(ONLY_TWO, 5)))
        .isEqualTo(new Move.Apply(SyncConfig.ASYNCHRONOUS));
    assertThat(next(spec, Quorum.SAME_DATA_ONLY, since(SyncConfig.ASYNCHRONOUS, 5)))
        .isInstanceOf(Move.Settled.class);
  }

  @Test
  void newDataUnderAVotersNameVotesOnlyOnceItHasAllThatTheOldOneMayHaveConfirmed() {
    var both = Quorum.of(List.of(TWO, THREE), 1);

    assertThat(next(ONE, both, since(BOTH, 10, TWO), at(TWO, 10), at(THREE_ANEW, 99)))
        .as("nobody knows what the old data confirmed since")
        .isEqualTo(new Move.Apply(BOTH));
    assertThat(next(ONE, both, since(BOTH, 50, TWO, THREE_ANEW), at(TWO, 50), at(THREE_ANEW, 49)))
        .isInstanceOf(Move.Settled.class);
    assertThat(next(ONE, both, since(BOTH, 50, TWO, THREE_ANEW), at(TWO, 50), at(THREE_ANEW, 50)))
        .isEqualTo(new Move.Publish(Quorum.of(List.of(TWO, THREE_ANEW), 1)));
  }

  @Test
  void whatIsAsItShouldBeStaysSo() {
    var both = Quorum.of(List.of(TWO, THREE), 1);

    assertThat(next(ONE, both, since(BOTH, 10), at(TWO, 5), at(THREE, 5)))
        .isInstanceOf(Move.Settled.class);
    assertThat(next(SyncSpec.NONE, Quorum.ASYNCHRONOUS, since(SyncConfig.ASYNCHRONOUS, 1)))
        .isInstanceOf(Move.Settled.class);
  }
}
