// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What this machine has.
public final class Machine {
  private Machine() {}

  /// All memory, used or not; 0 when unknown.
  public static long memoryBytes() {
    try (var lines = Files.lines(Path.of("/proc/meminfo"))) {
      return lines
          .filter(line -> line.startsWith("MemTotal:"))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst()
          .orElse(0L);
    } catch (IOException e) {
      return 0;
    }
  }
}
