// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final Instant FRIDAY = Instant.parse("2026-11-20T12:30:15.5Z");

  private static String next(String schedule) {
    return Schedule.parse(schedule).after(FRIDAY).map(Instant::toString).orElse("never");
  }

  @Test
  void findsTheNextTime() {
    assertThat(next("0 0 0 * * *")).isEqualTo("2026-11-21T00:00:00Z");
    assertThat(next("16 30 12 * * *")).isEqualTo("2026-11-20T12:30:16Z");
    assertThat(next("15 30 12 * * *")).isEqualTo("2026-11-21T12:30:15Z");
    assertThat(next("*/20 * * * * *")).isEqualTo("2026-11-20T12:30:20Z");
    assertThat(next("0 0 3-5/2 * * *")).isEqualTo("2026-11-21T03:00:00Z");
    assertThat(next("0 15 10 29 feb *")).isEqualTo("2028-02-29T10:15:00Z");
    assertThat(next("0 0 0 ? * mon-fri")).isEqualTo("2026-11-23T00:00:00Z");
    assertThat(next("@monthly")).isEqualTo("2026-12-01T00:00:00Z");
    assertThat(next("@every 1h30m")).isEqualTo("2026-11-20T14:00:15.500Z");
  }

  @Test
  void readsFiveFieldsWithTheSecondsFirst() {
    assertThat(next("0 0 3 * *")).isEqualTo("2026-11-21T03:00:00Z");
  }

  @Test
  void takesEitherDayWhereBothAreRestricted() {
    assertThat(next("0 0 0 25 * sun")).isEqualTo("2026-11-22T00:00:00Z");
    assertThat(next("0 0 0 21 * sun")).isEqualTo("2026-11-21T00:00:00Z");
  }

  @Test
  void knowsWhatNeverComes() {
    assertThat(next("0 0 0 30 2 *")).isEqualTo("never");
  }

  @Test
  void refusesWhatIsNoSchedule() {
    assertThatThrownBy(() -> Schedule.parse("0 0 25 * * *"))
        .hasMessageContaining("spec.schedule")
        .hasMessageContaining("hours");
  }

  @Test
  void makesOneBackupOfAllThatWereMissed() {
    Schedule daily = Schedule.parse("@daily");
    Instant now = Instant.parse("2026-11-23T05:00:00Z");

    var due = ScheduledBackupController.due(daily, true, FRIDAY, FRIDAY, now);

    assertThat(due.slot()).isEqualTo("2026-11-21T00:00:00Z");
    assertThat(due.checked()).isEqualTo(now);
    assertThat(due.next()).isEqualTo("2026-11-24T00:00:00Z");
    assertThat(ScheduledBackupController.due(daily, true, FRIDAY, now, now).slot()).isNull();
  }

  @Test
  void beginsAtOnceOnlyIfAsked() {
    Schedule daily = Schedule.parse("@daily");

    Instant later = FRIDAY.plusSeconds(90);

    assertThat(ScheduledBackupController.due(daily, true, FRIDAY, null, later).slot())
        .isEqualTo(FRIDAY);
    assertThat(ScheduledBackupController.due(daily, false, FRIDAY, null, later).slot()).isNull();
  }

  @Test
  void goesOnAfterAClockThatWasWrongOnce() {
    Schedule daily = Schedule.parse("@daily");
    Instant wrong = Instant.parse("2031-01-01T00:00:00Z");

    var due = ScheduledBackupController.due(daily, true, FRIDAY, wrong, FRIDAY);

    assertThat(due.slot()).isNull();
    assertThat(due.checked()).isEqualTo(FRIDAY);
    assertThat(due.next()).isEqualTo("2026-11-21T00:00:00Z");
  }
}
