// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.wal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WalSegmentTest {
  private static final Timeline ONE = new Timeline(1);

  @Test
  void isNamedAsPostgresqlNamesIt() {
    // select pg_walfile_name('16/B374D848') on timeline 1
    var segment = WalSegment.containing(ONE, Lsn.parse("16/B374D848"), WalSegment.DEFAULT_BYTES);

    assertThat(segment.name()).isEqualTo("0000000100000016000000B3");
    assertThat(segment.start()).isEqualTo(Lsn.parse("16/B3000000"));
    assertThat(segment.end()).isEqualTo(Lsn.parse("16/B4000000"));
    assertThat(WalSegment.parse(segment.name(), WalSegment.DEFAULT_BYTES)).contains(segment);
  }

  @Test
  void goesOnToTheNextFourGibibytes() {
    var last = WalSegment.parse("0000000100000016000000FF", WalSegment.DEFAULT_BYTES).orElseThrow();

    assertThat(last.next().name()).isEqualTo("000000010000001700000000");
    assertThat(last.on(new Timeline(10)).name()).isEqualTo("0000000A00000016000000FF");
    assertThat(WalSegment.parse("000000010000001600000003", 1L << 30).orElseThrow().next().name())
        .isEqualTo("000000010000001700000000");
  }

  @Test
  void isNoOtherFileOfTheLog() {
    for (String name :
        new String[] {
          "00000002.history",
          "000000010000001600000001.partial",
          "00000001000000160000000g",
          "000000010000001600000100",
          "000000000000001600000001",
          "archive_status"
        }) {
      assertThat(WalSegment.parse(name, WalSegment.DEFAULT_BYTES)).as(name).isEmpty();
    }
  }
}
