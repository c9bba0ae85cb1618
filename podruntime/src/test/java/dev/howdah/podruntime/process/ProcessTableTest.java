// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class ProcessTableTest {
  @Test
  void aProcessIsGoneOnlyWhenTheKernelSaysSo() {
    assertThat(ProcessTable.saysThatItIsGone(new NoSuchFileException("/proc/7/stat"))).isTrue();
    assertThat(ProcessTable.saysThatItIsGone(new IOException("No such process"))).isTrue();

    var tooMany = new FileSystemException("/proc/7/stat", null, "Too many open files");
    assertThat(ProcessTable.saysThatItIsGone(tooMany)).isFalse();
  }

  @Test
  void thisProcessIsThereAndOneThatNeverWasIsNot() {
    assertThat(ProcessTable.find(ProcessHandle.current().pid())).isPresent();
    assertThat(ProcessTable.find(Integer.MAX_VALUE)).isEmpty();
  }
}
