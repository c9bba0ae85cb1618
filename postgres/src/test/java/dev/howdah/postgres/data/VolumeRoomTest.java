// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VolumeRoomTest {
  @ParameterizedTest(name = "{0} of {1} GB")
  @CsvSource({
    "1, 10, true",
    "2, 10, false",
    "9, 100, true",
    "11, 100, false",
    "9, 2000, true",
    "300, 2000, false" // most of 300 GB of kept copies would be deleted for nothing
  })
  void isScarce(long free, long total, boolean scarce) {
    assertThat(new VolumeRoom(free << 30, total << 30).isScarce()).isEqualTo(scarce);
  }
}
