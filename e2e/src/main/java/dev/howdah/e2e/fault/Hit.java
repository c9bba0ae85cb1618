// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// What must become of a process if a fault has hit it: a signal may find nobody, and what a test
/// sees afterwards is then no effect of it.
///
/// @param gone it must end; otherwise it must stand still
public record Hit(long pid, boolean gone) {
  private static final Duration SOON = Duration.ofSeconds(120);

  public static Hit gone(long pid) {
    return new Hit(pid, true);
  }

  public static Hit stopped(long pid) {
    return new Hit(pid, false);
  }

  /// Waits for it; false if nothing happened.
  public boolean awaitEffect() throws InterruptedException {
    long end = System.nanoTime() + SOON.toNanos();
    while (System.nanoTime() < end) {
      char state = state();
      if (gone ? state == 'X' || state == 'Z' : state == 'T' || state == 'X') {
        return true;
      }
      Thread.sleep(5);
    }
    return false;
  }

  /// The state letter of `/proc/<pid>/stat`; `X` when there is no such process.
  private char state() {
    try {
      var stat =
          Files.readString(
              Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
      return stat.charAt(stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      return 'X';
    }
  }
}
