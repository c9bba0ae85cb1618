// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final Duration HALF_AN_HOUR = Duration.ofMinutes(30);

  private final Pace pace = new Pace(HALF_AN_HOUR);

  /// How long after a moment it is due, in seconds.
  private long dueAfter(long moment) {
    for (long s = 0; s < 4000; s++) {
      if (pace.isDue(moment + Duration.ofSeconds(s).toNanos())) {
        return s;
      }
    }
    return -1;
  }

  @Test
  void isDueAtFirstAndThenAsUsual() {
    assertThat(dueAfter(0)).isZero();
    pace.succeeded(0);
    assertThat(dueAfter(0)).isEqualTo(1800);
    pace.soon();
    assertThat(dueAfter(0)).isZero();
  }

  @Test
  void triesSoonerAfterFailuresAtGrowingDistances() {
    pace.succeeded(0);
    var distances = new ArrayList<Long>();
    for (int i = 0; i < 9; i++) {
      pace.failed(0);
      distances.add(dueAfter(0));
    }

    assertThat(distances).containsExactly(15L, 30L, 60L, 120L, 240L, 480L, 960L, 1800L, 1800L);
    pace.succeeded(0);
    pace.failed(0);
    assertThat(dueAfter(0)).isEqualTo(15);
  }
}
