// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.replica.Following;
import dev.howdah.kube.Json;
import org.junit.jupiter.api.Test;

class ReplicaModeTest {
  @Test
  void tellsATokenThatNobodyKnowsYet() {
    assertThat(Following.tells("one", "", "")).isTrue();
    assertThat(Following.tells("one", "one", "")).isFalse();
  }

  @Test
  void onlyTheTokenOfItsOwnDemotionReplacesAnother() {
    assertThat(Following.tells("two", "one", "two")).isTrue();
    assertThat(Following.tells("one", "two", "")).isFalse();
  }

  @Test
  void waitsForTheTokensPointUntilItWasPromotedThere() throws Exception {
    String west =
        """
        {"metadata": {"name": "west"}, "status": {"lastPromotionToken": "%s"},
         "spec": {"replica": {"primary": "%s", "source": "east", "promotionToken": "two"}}}
        """;

    assertThat(ReplicaMode.awaitsToken(Json.parse(west.formatted("one", "west")))).isTrue();
    assertThat(ReplicaMode.awaitsToken(Json.parse(west.formatted("two", "west")))).isFalse();
    assertThat(ReplicaMode.awaitsToken(Json.parse(west.formatted("one", "east")))).isFalse();
  }
}
