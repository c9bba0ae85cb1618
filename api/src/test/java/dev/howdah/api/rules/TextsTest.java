// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// How quantities, sizes, truths, moments, durations and schedules read.
class TextsTest {
  @ParameterizedTest
  @CsvSource({
    "1Gi, 1073741824",
    "500m, 0.500",
    "1e3, 1E+3",
    "2, 2",
    "1.5Ki, 1536.0",
    "3Ti, 3298534883328",
    "-1, -1",
    ".5, 0.5",
    "1k, 1E+3",
    "5n, 5E-9",
    "1E, 1E+18"
  })
  void readsQuantities(String text, BigDecimal value) {
    assertThat(Quantities.parse(text).orElseThrow()).isEqualByComparingTo(value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1Gb", "1GB", "1 Gi", "Gi", "1ki", "0x10", "1e", "--1"})
  void knowsWhatIsNoQuantity(String text) {
    assertThat(Quantities.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "512MB, 536870912",
    "8GB, 8589934592",
    "1024kB, 1048576",
    "16, 16777216",
    "1TB, 1099511627776",
    "' 1 MB ', 1048576",
    "1.5GB, 1610612736",
    "10B, 10"
  })
  void readsSizesOfPostgres(String text, long bytes) {
    assertThat(PostgresParameters.size(text, 1 << 20)).hasValue(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1Gi", "1gb", "1G", "", "MB", "-1MB"})
  void knowsWhatIsNoSizeOfPostgres(String text) {
    assertThat(PostgresParameters.size(text, 1)).isEmpty();
  }

  @Test
  void readsTruthAsPostgresDoes() {
    assertThat(PostgresParameters.truth("ON")).contains(true);
    assertThat(PostgresParameters.truth("t")).contains(true);
    assertThat(PostgresParameters.truth("of")).contains(false);
    assertThat(PostgresParameters.truth("0")).contains(false);
    assertThat(PostgresParameters.truth("o")).isEmpty();
    assertThat(PostgresParameters.truth("maybe")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-01T04:05:06Z, 2026-01-01T04:05:06Z",
    "2026-01-01T04:05:06.789+02:00, 2026-01-01T02:05:06.789Z",
    "2026-01-01 04:05:06+02, 2026-01-01T02:05:06Z",
    "2026-01-01 04:05:06.5 +0200, 2026-01-01T02:05:06.500Z",
    "2026-01-01 04:05:06, 2026-01-01T04:05:06Z",
    "2026-01-01T04:05, 2026-01-01T04:05:00Z",
    "2026-01-01, 2026-01-01T00:00:00Z"
  })
  void readsMoments(String text, Instant moment) {
    assertThat(TargetTime.parse(text)).contains(moment);
  }

  @ParameterizedTest
  @ValueSource(strings = {"yesterday", "2026-13-01T00:00:00Z", "2026-02-30 00:00:00", "12:00", ""})
  void knowsWhatIsNoMoment(String text) {
    assertThat(TargetTime.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"30s, 30", "1h30m, 5400", "500ms, 0.5", "0, 0", "-1.5h, -5400", "1h1m1s, 3661"})
  void readsDurations(String text, double seconds) {
    assertThat(GoText.parseDuration(text)).contains(seconds);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "30", "1 h", "soon", "1d", "s"})
  void knowsWhatIsNoDuration(String text) {
    assertThat(GoText.parseDuration(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0 0 3 * * *",
        "0 0 3 * *",
        "*/10 * * * * *",
        "0 0 0 1,15 JAN-jun mon-fri",
        "@daily",
        "@every 1h",
        "0 0-23/2 ? * 1-12/3 0",
        "@midnight"
      })
  void readsSchedules(String text) {
    assertThat(CronSchedule.problem(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "* * * *",
        "60 * * * * *",
        "0 60 * * * *",
        "0 0 24 * * *",
        "0 0 0 0 * *",
        "0 0 0 1 13 *",
        "0 0 0 1 1 8",
        "0 0 0 1 1 foo",
        "5-1 * * * * *",
        "*/0 * * * * *",
        "1-2-3 * * * * *",
        "@nightly",
        "@every soon",
        "0 0 0 * * * *",
        ", * * * * *"
      })
  void knowsWhatIsNoSchedule(String text) {
    assertThat(CronSchedule.problem(text)).isPresent();
  }
}
