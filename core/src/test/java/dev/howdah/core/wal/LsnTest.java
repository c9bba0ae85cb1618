// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LsnTest {
  @Test
  void readsAndPrintsAsPostgresDoes() {
    assertThat(Lsn.parse("16/B374D848").toString()).isEqualTo("16/B374D848");
    assertThat(Lsn.parse("0/0")).isEqualTo(Lsn.ZERO);
    assertThat(Lsn.parse("FFFFFFFF/FFFFFFFF").value()).isEqualTo(-1L);
  }

  @Test
  void comparesUnsigned() {
    assertThat(Lsn.parse("FFFFFFFF/0")).isGreaterThan(Lsn.parse("1/0"));
  }

  @Test
  void refusesWhatIsNoPosition() {
    for (var text : new String[] {"", "/", "1", "1/", "/1", "1/G", "123456789/0", "0/123456789"}) {
      assertThatThrownBy(() -> Lsn.parse(text))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("not an LSN");
    }
  }
}
