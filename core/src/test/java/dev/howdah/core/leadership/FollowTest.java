// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.Effect.Follow;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FollowTest {
  /// Elected at 5@0/3000100, the upstream is about to write timeline 6.
  @ParameterizedTest
  @CsvSource({
    "5@0/3000100, true",
    "5@0/30000F8, true",
    "5@0/3000101, false", // it would confirm what it has, and the upstream hasn't
    "4@0/3000000, false", // only its history tells where timeline 4 ended
    "6@0/3000100, false", // as one that was promoted before it, in vain
    "0@0/0, false"
  })
  void whoConnectsWithoutAsking(String end, boolean contained) {
    var follow = new Follow("a-2", new Timeline(6), WalPosition.parse("5@0/3000100"));
    WalPosition own = end.startsWith("0") ? WalPosition.NONE : WalPosition.parse(end);
    assertThat(follow.contains(own)).isEqualTo(contained);
  }

  @ParameterizedTest
  @CsvSource({"5@0/3000100", "1@0/28"})
  void whatAFreshLeaseKnows(String end) {
    var follow = new Follow("a-2", Timeline.NONE, WalPosition.NONE);
    assertThat(follow.contains(WalPosition.parse(end))).isFalse();
  }
}
