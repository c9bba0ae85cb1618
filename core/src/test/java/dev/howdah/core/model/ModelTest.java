// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// `-Dmodel.deep=true` also visits the larger settings, some ten million states.
class ModelTest {
  private static final long MOST = 4_000_000;

  @ParameterizedTest
  @CsvSource({
    "1, 2, 2, 2, 1, 0, 0",
    "1, 2, 3, 1, 0, 0, 0",
    "1, 3, 2, 1, 0, 1, 0",
    "1, 2, 2, 2, 0, 1, 0",
    "1, 3, 2, 1, 0, 0, 2",
    "2, 3, 2, 1, 0, 0, 1",
    "2, 2, 2, 1, 1, 1, 0",
  })
  void noAcknowledgedCommitIsLostWithinTheBounds(
      int acks, int revisions, int terms, int writes, int crashes, int losses, int changes) {
    var bounds = new Bounds(acks, revisions, terms, writes, crashes, losses, changes);

    var outcome = Explorer.explore(bounds, Weakening.NONE, MOST);

    assertThat(outcome.loss()).isEmpty();
    assertThat(outcome.exhausted()).as("%s states", outcome.states()).isTrue();
  }

  @Test
  void noneIsLostInTheLargerSettingsEither() {
    org.junit.jupiter.api.Assumptions.assumeTrue(Boolean.getBoolean("model.deep"));
    for (Bounds bounds :
        new Bounds[] {
          new Bounds(1, 3, 3, 2, 0, 0, 0),
          new Bounds(1, 2, 2, 2, 0, 2, 0),
          new Bounds(1, 3, 2, 1, 1, 1, 0),
          new Bounds(1, 3, 2, 1, 1, 1, 1),
          new Bounds(2, 4, 2, 1, 0, 0, 2)
        }) {
      var outcome = Explorer.explore(bounds, Weakening.NONE, 10_000_000);

      assertThat(outcome.loss()).isEmpty();
      assertThat(outcome.exhausted()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void oneRuleLessLosesAnAcknowledgedCommit(Weakening weak) {
    Bounds bounds =
        switch (weak) {
          case LENGTH_BEFORE_TIMELINE -> new Bounds(1, 4, 3, 2, 0, 0, 0);
          case FIRST_VOTERS_WITHOUT_WAITING -> new Bounds(1, 6, 2, 1, 0, 0, 3);
          case STALE_QUORUM -> new Bounds(1, 6, 2, 1, 0, 0, 2);
          case SEAL_LOST_BY_RESTART, RESTARTED_WITHOUT_STANDBYS, OPENED_UNCONFIRMED ->
              new Bounds(1, 3, 2, 1, 1, 0, 0);
          case COPY_PASSES_FOR_THE_ORIGINAL -> new Bounds(1, 3, 2, 2, 1, 1, 0);
          case LOST_VOLUME_VOTES, NEW_CLONE_RECEIVES_AT_ONCE -> new Bounds(1, 3, 2, 1, 0, 1, 0);
          case VOTERS_NARROWED_BEFORE_SETTING, NARROWED_WITHOUT_WAITING ->
              new Bounds(1, 4, 2, 1, 0, 0, 1);
          default -> new Bounds(1, 4, 3, 1, 0, 0, 0);
        };

    var outcome = Explorer.explore(bounds, weak, MOST);

    assertThat(outcome.loss()).as("%s states", outcome.states()).isNotEmpty();
  }
}
