// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.postgres.config.ServerPaths;
import dev.howdah.postgres.data.DataDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A copy of another server's data comes in the place of an old primary's, which has a tablespace.
class FoldersTest {
  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

  @TempDir Path root;
  private ServerPaths paths;
  private DataDirectory data;
  private Path tablespace;

  @BeforeEach
  void oldPrimary() throws IOException {
    paths = new ServerPaths(root.toString());
    data = new DataDirectory(root.resolve("volume/pgdata"));
    tablespace = paths.tablespace("fast");
    fill("original");
  }

  private void fill(String content) throws IOException {
    Files.createDirectories(data.path().resolve("global"));
    Files.writeString(data.path().resolve("global/pg_control"), content);
    Files.createDirectories(tablespace);
    Files.writeString(tablespace.resolve("table"), content);
  }

  private List<String> tables() throws IOException {
    return contents(tablespace.getParent(), "table");
  }

  private List<String> controlFiles() throws IOException {
    return contents(root.resolve("volume"), "pg_control");
  }

  private static List<String> contents(Path folder, String name) throws IOException {
    try (var files = Files.walk(folder)) {
      return files
          .filter(file -> file.endsWith(name))
          .filter(Files::isRegularFile)
          .map(file -> {
            try {
              return Files.readString(file);
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          })
          .sorted()
          .toList();
    }
  }

  @Test
  void theOriginalSurvivesCopiesThatBreakOff() throws IOException {
    Folders.setAside(data, paths, NOW);
    assertThat(tablespace).doesNotExist();
    fill("half a copy");
    Folders.setAside(data, paths, NOW.plusSeconds(60));
    fill("half a copy");

    Folders.setAside(data, paths, NOW.plusSeconds(120));

    assertThat(tablespace).doesNotExist();
    assertThat(tables()).containsExactly("original");
    assertThat(controlFiles()).containsExactly("original");
  }

  @Test
  void aLaterIncidentKeepsBothAndBothAreForgottenInTheirTime() throws IOException {
    Folders.setAside(data, paths, NOW);
    fill("a whole copy");
    data.finish();

    Folders.setAside(data, paths, NOW.plus(Duration.ofHours(2)));

    assertThat(tables()).containsExactly("a whole copy", "original");
    new DataDirectory(tablespace).forgetKept(NOW.plus(Duration.ofHours(1)));
    assertThat(tables()).containsExactly("a whole copy");
  }
}
