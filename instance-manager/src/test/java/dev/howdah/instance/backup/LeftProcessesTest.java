// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LeftProcessesTest {
  private static Process process(String session) throws Exception {
    // "$@" of a shell that waits for its input: arguments that end like those of a backup
    return new ProcessBuilder(
            "/bin/sh", "-c", "read x; :", "sh", "backup", "b1", "--session", session)
        .start();
  }

  @Test
  void killsTheProcessOfThatBackupAndRunAndNoOther() throws Exception {
    Process left = process("earlier");
    Process other = process("later");
    try {
      LeftProcesses.end("b1", "earlier", Duration.ofMillis(50));

      assertThat(left.waitFor(1, TimeUnit.MINUTES)).isTrue();
      assertThat(other.isAlive()).isTrue();
    } finally {
      left.destroyForcibly();
      other.destroyForcibly();
    }
  }

  @Test
  void waitsForOneThatIsAboutToEnd() throws Exception {
    Process left = process("ends");
    left.getOutputStream().close();

    LeftProcesses.end("b1", "ends", Duration.ofMinutes(2));

    assertThat(left.waitFor()).isNotEqualTo(128 + 9);
  }
}
