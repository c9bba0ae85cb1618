// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// Gives the disk space of a file's beginning back, while others append to the file.
final class Holes {
  private static final long BLOCK = 4096;

  private Holes() {}

  /// False when the file system has no holes; else the space before the offset (rounded down to a
  /// block) is free, or will be the next time.
  static boolean punch(Path file, long before) {
    long length = before / BLOCK * BLOCK;
    if (length == 0) {
      return true;
    }
    try {
      Process process =
          new ProcessBuilder(
                  "fallocate", "--punch-hole", "--length", Long.toString(length), file.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (process.waitFor(10, TimeUnit.SECONDS)) {
        return process.exitValue() == 0;
      }
      process.destroyForcibly();
      return true; // not now: the next time frees this, too
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true; // not now
    }
  }
}
