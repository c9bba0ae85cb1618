// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.simulation.Simulate.Campaign;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// More of the same by command: `e2e/simulate --schedules 1000000`, or in the build with
/// `-Dsimulation.schedules=200000`.
class SimulationTest {
  private static final long SCHEDULES = Long.getLong("simulation.schedules", 8_000);
  private static final long SEED = Long.getLong("simulation.seed", 1);

  @Test
  void noScheduleBreaksAnInvariant() throws InterruptedException {
    int threads = Runtime.getRuntime().availableProcessors();

    var outcome = Campaign.run(SEED, SCHEDULES, threads, Set.of());

    assertThat(outcome.violation())
        .as("e2e/simulate --seed %s --schedules 1 shows what happened", outcome.failed())
        .isNull();
    assertThat(outcome.promotions()).isGreaterThan(SCHEDULES / 4);
    assertThat(outcome.commits()).isGreaterThan(20 * SCHEDULES);
  }

  @Test
  void theSameSeedIsTheSameRun() {
    var one = new World(Scenario.of(42), Set.of(), true);
    var other = new World(Scenario.of(42), Set.of(), true);

    one.run();
    other.run();

    assertThat(String.valueOf(one.trace)).isEqualTo(String.valueOf(other.trace));
  }
}
