// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.ZonedDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CronTest {
  private static final ZonedDateTime START = ZonedDateTime.parse("2026-01-31T22:58:30Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "* * * * *          | 2026-01-31T22:59Z",
        "*/15 * * * *       | 2026-01-31T23:00Z",
        "0 0 * * *          | 2026-02-01T00:00Z",
        "30 4 1,15 * *      | 2026-02-01T04:30Z",
        "0 12 * * mon-fri   | 2026-02-02T12:00Z",
        "0 0 29 2 *         | 2028-02-29T00:00Z",
        "0 0 13 * 5         | 2026-02-06T00:00Z",
        "@yearly            | 2027-01-01T00:00Z",
        "5 4 * * 7          | 2026-02-01T04:05Z"
      })
  void findsTheNextTime(String schedule, String expected) {
    assertThat(Cron.parse(schedule).after(START)).contains(ZonedDateTime.parse(expected));
  }

  @Test
  void givesUpOnDaysThatNeverCome() {
    assertThat(Cron.parse("0 0 30 2 *").after(START)).isEmpty();
  }

  @Test
  void refusesWhatIsNoSchedule() {
    assertThatThrownBy(() -> Cron.parse("61 * * * *")).hasMessageContaining("within 0 to 59");
    assertThatThrownBy(() -> Cron.parse("* * *")).hasMessageContaining("3 fields");
  }
}
