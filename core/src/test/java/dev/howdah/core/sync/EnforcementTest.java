// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.sync.Enforcement.Step;
import dev.howdah.core.sync.Enforcement.Waiting;
import dev.howdah.core.sync.SyncConfig.Method;
import java.util.List;
import org.junit.jupiter.api.Test;

class EnforcementTest {
  private static final SyncConfig NONE = SyncConfig.ASYNCHRONOUS;
  private static final SyncConfig ONE = new SyncConfig(Method.ANY, 1, List.of("c-2", "c-3"));
  private static final SyncConfig TWO = new SyncConfig(Method.ANY, 2, List.of("c-2", "c-3"));
  private static final SyncConfig ONLY_THREE = new SyncConfig(Method.ANY, 1, List.of("c-3"));

  private static Enforcement after(Enforcement known, List<Step> steps) {
    for (Step step : steps) {
      known = known.after(step);
    }
    return known;
  }

  @Test
  void thatCommitsWaitIsSeenByOneThatNobodyCanConfirm() {
    var steps = Enforcement.started(NONE).towards(ONE);

    assertThat(steps)
        .containsExactly(
            new Step.Use(Enforcement.NOBODY),
            new Step.SeeSenders(Enforcement.NOBODY),
            new Step.SeeWaiting(),
            new Step.Use(ONE),
            new Step.SeeSenders(ONE));
  }

  @Test
  void thatCommitsNoLongerWaitIsSeenByOneThatPasses() {
    var steps = Enforcement.started(ONE).towards(NONE);

    assertThat(steps)
        .containsExactly(new Step.Use(NONE), new Step.SeeSenders(NONE), new Step.SeePassing());
    assertThat(after(Enforcement.started(ONE), steps).waiting()).isEqualTo(Waiting.NO);
  }

  @Test
  void aServerThatNeverWaitedNeedsNoProofThatItDoesNot() {
    assertThat(Enforcement.started(NONE).towards(NONE)).containsExactly(new Step.Use(NONE));
  }

  @Test
  void aLargerNumberIsSeenByPrioritiesThatNoStandbyHadBefore() {
    var detour =
        new SyncConfig(Method.FIRST, 2, List.of(SyncSetPlanner.NOBODY + "-1", "c-2", "c-3"));

    assertThat(Enforcement.started(ONE).towards(TWO))
        .containsExactly(
            new Step.Use(detour),
            new Step.SeeSenders(detour),
            new Step.Use(TWO),
            new Step.SeeSenders(TWO));
  }

  @Test
  void aSmallerNumberAndOtherNamesNeedNoDetour() {
    assertThat(Enforcement.started(TWO).towards(ONE))
        .containsExactly(new Step.Use(ONE), new Step.SeeSenders(ONE));
    assertThat(Enforcement.started(ONE).towards(ONLY_THREE))
        .containsExactly(new Step.Use(ONLY_THREE), new Step.SeeSenders(ONLY_THREE));
  }

  @Test
  void aSmallerNumberThatWasOnlyWrittenMayBeObeyedByOne() {
    var written = Enforcement.started(TWO).after(new Step.Use(ONE));

    assertThat(written.towards(TWO)).hasSize(4);
  }

  @Test
  void aDetourThatWasBegunIsTakenAgainAndDoesNotGrow() {
    var begun = Enforcement.started(ONE);
    var first = begun.towards(TWO);

    var again = begun.after(first.getFirst()).towards(TWO);

    assertThat(again).isEqualTo(first);
  }

  @Test
  void theDetoursOfFirstTakeOtherPriorities() {
    var first = new SyncConfig(Method.FIRST, 1, List.of("c-2", "c-3"));
    var more = new SyncConfig(Method.FIRST, 2, List.of("c-2", "c-3"));

    var steps = Enforcement.started(first).towards(more);

    assertThat(steps.getFirst()).isInstanceOf(Step.Use.class);
    var detour = ((Step.Use) steps.getFirst()).config();
    assertThat(Enforcement.priority(detour, "c-2")).isEqualTo(3);
    assertThat(Enforcement.priority(detour, "c-3")).isEqualTo(4);
  }

  @Test
  void anEmptyListThatMayBeTakenUpLateIsAwaitedFirst() {
    var unsure = Enforcement.started(ONE).after(new Step.Use(NONE));

    assertThat(unsure.waiting()).isEqualTo(Waiting.UNKNOWN);
    assertThat(unsure.towards(ONE))
        .startsWith(new Step.Use(NONE), new Step.SeeSenders(NONE), new Step.SeePassing())
        .endsWith(new Step.SeeWaiting(), new Step.Use(ONE), new Step.SeeSenders(ONE));
  }

  @Test
  void whatAnEarlierManagerSetIsProvedWhereItCanBeAndTrustedWhereTheLeaseSaysSo() {
    assertThat(Enforcement.adopted(NONE).waiting()).isEqualTo(Waiting.UNKNOWN);
    for (var method : SyncConfig.Method.values()) {
      var nobody = new SyncConfig(method, 1, Enforcement.NOBODY.names());
      assertThat(Enforcement.adopted(nobody).waiting()).as("%s", method).isEqualTo(Waiting.SOON);
    }
    assertThat(Enforcement.adopted(ONE).waiting()).isEqualTo(Waiting.YES);
    assertThat(Enforcement.adopted(ONE).towards(TWO)).hasSize(4);
  }

  @Test
  void aStandbyThatGotItsNamesLateMayNotMakeCommitsWait() {
    Enforcement late =
        Enforcement.started(SyncConfig.ASYNCHRONOUS).after(new Step.Use(Enforcement.NOBODY));

    assertThat(late.isFlagInDoubt()).isTrue();
    assertThat(late.after(new Step.SeeWaiting()).isFlagInDoubt()).isFalse();
    assertThat(Enforcement.started(Enforcement.NOBODY).isFlagInDoubt()).isFalse();
    assertThat(Enforcement.started(SyncConfig.ASYNCHRONOUS).isFlagInDoubt()).isFalse();
  }
}
