// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.lead;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuspensionTest {
  private Instant wall = Instant.parse("2026-11-22T10:00:00Z");
  private final AtomicLong boot = new AtomicLong(17);

  /// In milliseconds: of both clocks, since the last look.
  @ParameterizedTest
  @CsvSource({
    "60000, 60000, false",
    "60900, 60000, false",
    "61500, 60000, true", // paused for so long, or set forward: nobody can tell
    "3600000, 10, true",
    "-3600000, 10, false" // set back an hour: no reason to stop a primary that is well
  })
  void isSeenByTheWallClockThatWentForward(long wallMillis, long bootMillis, boolean seen) {
    var suspension = new Suspension(() -> wall, boot::get);

    wall = wall.plusMillis(wallMillis);
    boot.addAndGet(Duration.ofMillis(bootMillis).toNanos());

    assertThat(suspension.look()).matches(event -> event.isPresent() == seen);
    assertThat(suspension.look()).isEmpty();
  }
}
