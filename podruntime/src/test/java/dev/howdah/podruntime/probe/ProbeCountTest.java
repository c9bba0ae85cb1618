// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.podruntime.probe.ProbeCount.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ProbeCountTest {
  private static Probe probe(Probe.Kind kind) {
    return new Probe(
        kind,
        new Probe.Handler.Exec(List.of("true")),
        Duration.ZERO,
        Duration.ofSeconds(10),
        Duration.ofSeconds(1),
        1,
        3,
        OptionalInt.empty());
  }

  @Test
  void asksEagerlyAtFirstAndCountsFailuresOnlyOncePerPeriod() {
    Probe probe = probe(Probe.Kind.STARTUP);
    var count = ProbeCount.START;
    int asked = 0;
    Duration at = Duration.ZERO;
    while (count.verdict() == Verdict.UNKNOWN) {
      count = count.after(probe, false, at);
      at = at.plus(count.pause(probe));
      asked++;
    }

    assertThat(count.verdict()).isEqualTo(Verdict.FAILED);
    assertThat(count.since()).isBetween(Duration.ofMillis(29_800), Duration.ofMillis(30_500));
    assertThat(asked).isGreaterThan(50);
  }

  @Test
  void asksAReadyContainerOncePerPeriodAndAnUnreadyOneEverySecond() {
    Probe probe = probe(Probe.Kind.READINESS);
    var ready = ProbeCount.START.after(probe, true, Duration.ofSeconds(1));
    assertThat(ready.verdict()).isEqualTo(Verdict.PASSED);
    assertThat(ready.pause(probe)).isEqualTo(Duration.ofSeconds(10));

    var once = ready.after(probe, false, Duration.ofSeconds(11));

    assertThat(once.verdict()).isEqualTo(Verdict.PASSED);
    assertThat(once.counted()).isTrue();
    assertThat(once.pause(probe)).isEqualTo(Duration.ofSeconds(1));
    assertThat(once.after(probe, false, Duration.ofSeconds(12)).counted()).isFalse();
  }

  @Test
  void asksALivenessProbeOnlyOncePerPeriod() {
    Probe probe = probe(Probe.Kind.LIVENESS);
    var failed = ProbeCount.START.after(probe, false, Duration.ofSeconds(10));

    assertThat(failed.pause(probe)).isEqualTo(Duration.ofSeconds(10));
    assertThat(failed.bad()).isEqualTo(1);
  }
}
