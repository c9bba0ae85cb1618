// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReplicaModeTest {
  @Test
  void tellsATokenThatNobodyKnowsYet() {
    assertThat(ReplicaMode.tells("one", "", "")).isTrue();
    assertThat(ReplicaMode.tells("one", "one", "")).isFalse();
  }

  @Test
  void onlyTheTokenOfItsOwnDemotionReplacesAnother() {
    assertThat(ReplicaMode.tells("two", "one", "two")).isTrue();
    assertThat(ReplicaMode.tells("one", "two", "")).isFalse();
  }
}
