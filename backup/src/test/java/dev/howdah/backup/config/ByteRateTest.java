// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ByteRateTest {
  @Test
  void readsWhatPeopleWrite() {
    assertThat(ByteRate.parse("20M", "x")).isEqualTo(20_000_000);
    assertThat(ByteRate.parse("512Ki", "x")).isEqualTo(524_288);
    assertThat(ByteRate.parse(" 1000 ", "x")).isEqualTo(1000);
  }

  @Test
  void saysHowToWriteIt() {
    for (var bad : new String[] {"0", "fast", "20MB", "-1", "1.5M"}) {
      assertThatThrownBy(() -> ByteRate.parse(bad, "annotation a"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("annotation a: \"" + bad + "\"")
          .hasMessageContaining("write it as 20M");
    }
  }
}
