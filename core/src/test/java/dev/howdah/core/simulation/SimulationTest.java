// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.simulation.Simulate.Campaign;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// 200,000 schedules take about 40 s on two cores that have nothing else to do. A machine that is
/// slower, or busy, does as many as fit into two minutes. More of the same by command:
/// `e2e/simulate --schedules 1000000`; fewer in the inner loop: `-Dsimulation.schedules=8000`.
class SimulationTest {
  private static final long SCHEDULES = Long.getLong("simulation.schedules", 200_000);
  private static final long SEED = Long.getLong("simulation.seed", 1);
  private static final Duration LIMIT = Duration.ofSeconds(115);
  private static final long AT_LEAST = 4_000;

  @Test
  void noScheduleBreaksAnInvariant() throws InterruptedException {
    int threads = Runtime.getRuntime().availableProcessors();

    var outcome = Campaign.run(SEED, SCHEDULES, threads, Set.of(), LIMIT);
    System.out.println("simulated schedules: " + outcome.schedules());

    assertThat(outcome.violation())
        .as("e2e/simulate --seed %s --schedules 1 shows what happened", outcome.failed())
        .isNull();
    assertThat(outcome.schedules()).isGreaterThanOrEqualTo(Math.min(SCHEDULES, AT_LEAST));
    assertThat(outcome.promotions()).isGreaterThan(outcome.schedules() / 4);
    assertThat(outcome.commits()).isGreaterThan(20 * outcome.schedules());
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
