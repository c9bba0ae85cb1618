// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class QuoteTest {
  @Test
  void quotesNamesAndTexts() {
    assertThat(Quote.identifier("a\"b")).isEqualTo("\"a\"\"b\"");
    assertThat(Quote.identifiers("s", "t")).isEqualTo("\"s\".\"t\"");
    assertThat(Quote.literal("it's")).isEqualTo("'it''s'");
    assertThat(Quote.literal("a\\'b")).isEqualTo(" E'a\\\\''b'");
  }

  @Test
  void refusesNamesThatPostgresqlWouldCutOff() {
    assertThatThrownBy(() -> Quote.identifier("x".repeat(64)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Quote.identifier("ä".repeat(32)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Quote.identifier("")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Quote.literal("a\0b")).isInstanceOf(IllegalArgumentException.class);
  }
}
