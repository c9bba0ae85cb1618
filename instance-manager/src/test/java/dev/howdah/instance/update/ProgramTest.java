// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgramTest {
  private static Program parse(String... paths) {
    var list = new StringBuilder("howdah-manager 1 x86_64\n");
    for (String path : paths) {
      list.append("00ff 644 1 1 ").append(path).append('\n');
    }
    return Program.parse(list.toString().getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsAListOfFiles() {
    assertThat(parse("manager", "manager.d/lib/a b.jar").entries())
        .extracting(Program.Entry::path)
        .containsExactly("manager", "manager.d/lib/a b.jar");
  }

  @Test
  void refusesAFileThatIsListedTwice() {
    assertThatThrownBy(() -> parse("manager.d/java", "manager", "manager.d/java"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("listed twice: manager.d/java");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "manager.d/files",
        "manager.d/./java",
        "manager.d//java",
        "manager.d/../manager",
        "manager.d/",
        "/manager",
        "archive-mode",
        "manager.d/a\0b"
      })
  void refusesAPathThatIsAnotherFilesToo(String path) {
    assertThatThrownBy(() -> parse(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("malformed");
  }
}
