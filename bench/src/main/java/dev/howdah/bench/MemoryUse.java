// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// Memory of a process, in KB.
///
/// @param resident all, with what is shared of mapped files
/// @param anonymous the process's own
record MemoryUse(long resident, long anonymous) {
  static MemoryUse of(long pid) throws IOException {
    long resident = 0;
    long anonymous = 0;
    for (var line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps_rollup"))) {
      var words = line.split("\\s+");
      switch (words[0]) {
        case "Rss:" -> resident = Long.parseLong(words[1]);
        case "Anonymous:" -> anonymous = Long.parseLong(words[1]);
        default -> {}
      }
    }
    return new MemoryUse(resident, anonymous);
  }

  double megabytes() {
    return resident / 1024.0;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%.0f MB (anonymous %.0f)", resident / 1024.0, anonymous / 1024.0);
  }
}
