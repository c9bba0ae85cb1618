// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.PostgresStatus.Phase;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UpkeepTest {
  private static final Duration SHORTLY = Duration.ofSeconds(2);

  @Test
  void aPrimaryInOrderIsLeftAlone() {
    assertThat(Upkeep.pause(Phase.PRIMARY, true, false)).isGreaterThan(SHORTLY);
    assertThat(Upkeep.pause(Phase.STANDBY, false, false)).isGreaterThan(SHORTLY);
  }

  /// Its first look may come before the server is seen as the primary: with the next one half a
  /// minute away, the application would be refused with a wrong password until then.
  @ParameterizedTest
  @EnumSource(
      value = Phase.class,
      names = {"STANDBY", "STARTING", "DOWN", "HUNG"})
  void whoLeadsAndIsNotSeenAsPrimaryYetLooksAgainShortly(Phase seen) {
    assertThat(Upkeep.pause(seen, true, false)).isLessThan(SHORTLY);
  }

  @Test
  void aServerThatStartsIsLookedAtAgainShortly() {
    assertThat(Upkeep.pause(Phase.STARTING, false, false)).isLessThan(SHORTLY);
  }

  @Test
  void whatIsIncompleteIsTriedAgainBeforeWhatIsInOrder() {
    assertThat(Upkeep.pause(Phase.PRIMARY, true, true))
        .isLessThan(Upkeep.pause(Phase.PRIMARY, true, false));
  }
}
