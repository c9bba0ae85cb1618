// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TerminalTest {
  /// The next file that is opened has its number: what is typed late would be written there.
  @Test
  void isNotWrittenToOnceItIsClosed() throws Exception {
    RunAs user = RunAs.choose(Map.of());
    var first = Terminal.open(user);
    var typing = first.input();
    first.close();
    try (var next = Terminal.open(user)) {
      assertThatThrownBy(() -> typing.write('x'))
          .as("instead of the terminal %s", next.device())
          .isInstanceOf(IOException.class);
    }
  }
}
