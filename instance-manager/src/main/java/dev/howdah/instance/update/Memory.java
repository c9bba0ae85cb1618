// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.update;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the container's memory limit leaves.
final class Memory {
  private static final Path GROUP = Path.of("/sys/fs/cgroup");

  private Memory() {}

  /// Why so much isn't there; empty if it is, or if there is no limit that can be read. Cached
  /// files make room when asked.
  static String lacks(long bytes) {
    try {
      String limit = Files.readString(GROUP.resolve("memory.max")).strip();
      if (limit.equals("max")) {
        return "";
      }
      long used = Long.parseLong(Files.readString(GROUP.resolve("memory.current")).strip());
      long cached = 0;
      for (String line : Files.readAllLines(GROUP.resolve("memory.stat"))) {
        if (line.startsWith("inactive_file ") || line.startsWith("active_file ")) {
          cached += Long.parseLong(line.substring(line.indexOf(' ') + 1).strip());
        }
      }
      long left = Long.parseLong(limit) - used + cached;
      return left >= bytes
          ? ""
          : "two instance managers need %d MB for a moment, and the container's memory limit leaves %d MB"
              .formatted(bytes >> 20, left >> 20);
    } catch (IOException | NumberFormatException e) {
      return "";
    }
  }
}
