// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShellWordsTest {
  @Test
  void splitsAsAShellWouldWithoutSubstituting() {
    assertThat(ShellWords.split("--a=1 'b c' \"d 'e' \\\" $x\" f\\ g ''"))
        .containsExactly("--a=1", "b c", "d 'e' \" $x", "f g", "");
    assertThat(ShellWords.split("'it'\\''s'")).containsExactly("it's");
    assertThat(ShellWords.split("  ")).isEmpty();
  }

  @Test
  void refusesAnOpenQuote() {
    assertThatThrownBy(() -> ShellWords.split("'a")).hasMessageContaining("quote");
  }
}
