// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
  @Test
  void takesCommandsOfOneOrTwoWordsAndBothFormsOfOptions() {
    var run = Arguments.parse("instance", "run", "--status-port-tls", "--log-level=debug");
    var join = Arguments.parse("instance", "join", "--parent-node", "main-rw");

    assertThat(run.command()).isEqualTo("instance run");
    assertThat(run.options()).isEqualTo(Map.of("status-port-tls", "true", "log-level", "debug"));
    assertThat(join.option("parent-node", "")).isEqualTo("main-rw");
    assertThat(Arguments.parse("train", "file").rest()).containsExactly("file");
  }

  @Test
  void saysWhichCommandsThereAre() {
    assertThatThrownBy(() -> Arguments.parse("--log-level=info"))
        .hasMessageContaining("instance run");
  }
}
