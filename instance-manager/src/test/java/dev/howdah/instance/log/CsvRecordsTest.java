// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import org.junit.jupiter.api.Test;

class CsvRecordsTest {
  @Test
  void splitsRecordsWhoseValuesHoldQuotesCommasAndLineEnds() throws Exception {
    var records = new CsvRecords(new StringReader("a,\"b,\n\"\"c\"\"\",,d\n1,2\n"));

    assertThat(records.next()).containsExactly("a", "b,\n\"c\"", "", "d");
    assertThat(records.next()).containsExactly("1", "2");
    assertThat(records.next()).isEmpty();
  }
}
