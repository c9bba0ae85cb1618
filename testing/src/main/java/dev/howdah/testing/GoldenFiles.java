// SPDX-License-Identifier: Apache-2.0
package dev.howdah.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Compares what code produces with files that people reviewed: `src/test/golden/<case>/in-*` and
/// `out-*`.
///
/// `-Dgolden.update` writes the files anew; review the difference. A file that no test looked at
/// fails {@link #assertAllUsed}.
public final class GoldenFiles {
  private final Path folder;
  private final boolean update = System.getProperty("golden.update") != null;
  private final Set<Path> used = new HashSet<>();

  /// @param name the folder below `src/test/golden` of the module under test
  public GoldenFiles(String name) {
    this(Path.of("src/test/golden").resolve(name), true);
  }

  private GoldenFiles(Path folder, boolean create) {
    this.folder = folder;
    if (create && update) {
      try {
        Files.createDirectories(folder);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// Golden files in a folder of their own choosing.
  public static GoldenFiles in(Path folder) {
    return new GoldenFiles(folder, true);
  }

  /// The cases: folders, sorted by name.
  public List<String> cases() {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(Files::isDirectory)
          .map(path -> path.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads an input.
  public String read(String name) {
    Path file = folder.resolve(name);
    used.add(file);
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Compares an output with its file; with `-Dgolden.update` writes the file instead.
  public void check(String name, String actual) {
    Path file = folder.resolve(name);
    used.add(file);
    try {
      if (update) {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, actual);
        return;
      }
      assertThat(file).as("golden file; -Dgolden.update writes it, then review it").isRegularFile();
      assertThat(actual)
          .as("%s; -Dgolden.update writes it anew, then review the difference", file)
          .isEqualTo(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Fails when a file lies there that no test read or compared.
  public void assertAllUsed() {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> unused =
          files.filter(Files::isRegularFile).filter(f -> !used.contains(f)).toList();
      assertThat(unused).as("golden files that no test uses; delete them").isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
