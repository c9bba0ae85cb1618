// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.SafetyRule;
import dev.howdah.core.simulation.Simulate.Campaign;
import java.time.Duration;
import java.util.EnumSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The simulation would notice: without any one of the safety rules it finds a violation.
class RulesBiteTest {
  private static final long AT_MOST = 30_000;
  private static final Duration LIMIT = Duration.ofMinutes(5);

  @ParameterizedTest
  @EnumSource(SafetyRule.class)
  void withoutARuleAnInvariantBreaks(SafetyRule rule) throws InterruptedException {
    int threads = Runtime.getRuntime().availableProcessors();

    var outcome = Campaign.run(1, AT_MOST, threads, EnumSet.of(rule), LIMIT);

    assertThat(outcome.violation()).as("without: %s", rule.text()).isNotNull();
  }
}
