// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitJobTest {
  @TempDir private Path folder;

  /// As kubelet mounts them: links into a folder whose name begins with dots.
  @Test
  void theUsersSqlRunsInTheOrderOfItsNames() throws Exception {
    Files.createDirectories(folder.resolve("..data"));
    for (String name : new String[] {"2-b.sql", "10-a.sql", "0.sql", "notes.txt"}) {
      Files.writeString(folder.resolve("..data").resolve(name), "SELECT 1");
      Files.createSymbolicLink(folder.resolve(name), Path.of("..data", name));
    }

    assertThat(InitJob.files(folder))
        .extracting(file -> file.getFileName().toString())
        .containsExactly("0.sql", "10-a.sql", "2-b.sql");
  }
}
