// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.objects;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "1,1,1",
    "500m,1,1",
    "500m,1m,500",
    "1Gi,1Mi,1024",
    "1.5Gi,1,1610612736",
    "3e2,1,300",
    "4,0,4",
    "1E,1P,1000"
  })
  void dividesAndRoundsUp(String amount, String divisor, long expected) {
    assertThat(Quantity.divide(amount, divisor)).isEqualTo(expected);
  }
}
