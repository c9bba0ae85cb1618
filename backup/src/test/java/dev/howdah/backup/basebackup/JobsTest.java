// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JobsTest {
  private static final long MANAGER = 192L << 20;

  @Test
  void theBuffersOfAnyNumberOfProcessorsFitIntoHalfOfTheHeap() {
    for (int processors = 1; processors <= 256; processors++) {
      long jobs = BaseBackup.Request.jobs(processors, MANAGER);

      assertThat(jobs).isBetween(1L, 8L).isLessThanOrEqualTo(processors);
      assertThat((2 * jobs + 2) * Copy.PART_BYTES).isLessThanOrEqualTo(MANAGER / 2);
    }
    assertThat(BaseBackup.Request.jobs(256, 64L << 30)).isEqualTo(8);
    assertThat(BaseBackup.Request.jobs(4, 16L << 20)).isEqualTo(1);
  }
}
