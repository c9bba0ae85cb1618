// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TimingsTest {
  @Test
  void bothProfilesAreSound() {
    assertThat(Timings.STANDARD.problems()).isEmpty();
    assertThat(Timings.FAST.problems()).isEmpty();
  }

  @Test
  void theLeaseMustOutlastThePermitByTheTimeItTakesToStop() {
    assertThat(Timings.ofSeconds(11, 10, 2, 1).problems())
        .singleElement()
        .asString()
        .contains("leaseDurationSeconds", "renewDeadlineSeconds");
  }

  @Test
  void thePermitMustOutlastARenewal() {
    assertThat(Timings.ofSeconds(15, 2, 2, 1).problems())
        .singleElement()
        .asString()
        .contains("renewDeadlineSeconds", "retryPeriodSeconds");
    assertThat(Timings.ofSeconds(15, 10, 0, 1).problems())
        .singleElement()
        .asString()
        .contains("retryPeriodSeconds");
  }
}
