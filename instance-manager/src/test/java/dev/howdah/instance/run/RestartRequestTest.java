// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RestartRequestTest {
  private static final String ASKS = "Primary instance is being restarted in-place";

  private final RestartRequest request = new RestartRequest();

  /// The write that ends the phase may fail again and again.
  @Test
  void asksOnceHoweverLongThePhaseStays() {
    assertThat(request.asked(ASKS)).isTrue();
    request.done();

    for (int look = 0; look < 3; look++) {
      assertThat(request.asked(ASKS)).isFalse();
      assertThat(request.isToBeTold()).isTrue();
    }
  }

  @Test
  void asksAgainWhenTheRestartFailed() {
    assertThat(request.asked(ASKS)).isTrue();
    assertThat(request.isToBeTold()).isFalse();

    assertThat(request.asked(ASKS)).isTrue();
  }

  @Test
  void asksAnewAfterAnotherPhase() {
    request.asked(ASKS);
    request.done();
    assertThat(request.asked("Cluster in healthy state")).isFalse();
    assertThat(request.isToBeTold()).isFalse();

    assertThat(request.asked(ASKS)).isTrue();
  }
}
