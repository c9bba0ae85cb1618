// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/// The `howdah` script that started this process.
final class Launcher {
  private Launcher() {}

  /// How it is called from here, to be copied into a shell: `howdah` where the PATH has it,
  /// `./howdah` in its own folder, else with its whole path.
  static String asTyped() {
    return asTyped(
        System.getProperty("howdah.launcher", ""),
        Path.of("").toAbsolutePath(),
        Objects.requireNonNullElse(System.getenv("PATH"), ""));
  }

  static String asTyped(String launcher, Path folder, String path) {
    if (launcher.isEmpty() || isOnPath(path)) {
      return "howdah";
    }
    var file = Path.of(launcher);
    return folder.equals(file.getParent()) ? "./" + file.getFileName() : launcher;
  }

  private static boolean isOnPath(String path) {
    return Arrays.stream(path.split(File.pathSeparator))
        .filter(entry -> !entry.isBlank())
        .anyMatch(entry -> Files.isExecutable(Path.of(entry, "howdah")));
  }
}
