// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// The `howdah up` that serves a home. A pid alone is used again by other programs, so the clock
/// ticks from boot to its start are kept with it, and which boot that was: no clock that is set
/// changes these.
///
/// @param start in clock ticks since boot
record Running(long pid, String start) {
  private static final Duration BLINK = Duration.ofMillis(20);

  /// Position in `/proc/PID/stat`, counted behind the program's name: proc_pid_stat(5).
  private static final int STATE = 0;

  private static final int START = 19;

  /// What has declared that it serves the home, and hasn't ended.
  static Optional<Running> find(Home home) throws IOException {
    String[] words;
    try {
      words = Files.readString(home.pidFile()).strip().split(" ");
    } catch (IOException e) {
      return Optional.empty();
    }
    if (words.length != 3 || !words[0].matches("\\d{1,10}") || !words[2].equals(boot())) {
      return Optional.empty();
    }
    return Optional.of(new Running(Long.parseLong(words[0]), words[1]))
        .filter(running -> !running.hasEnded());
  }

  /// Says that this process serves the home.
  static void declare(Home home) throws IOException {
    long pid = ProcessHandle.current().pid();
    Files.writeString(home.pidFile(), "%d %s %s%n".formatted(pid, stat(pid)[START], boot()));
  }

  static void withdraw(Home home) throws IOException {
    Files.deleteIfExists(home.pidFile());
  }

  private static String boot() throws IOException {
    return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
  }

  private static String[] stat(long pid) throws IOException {
    var line =
        Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
    return line.substring(line.lastIndexOf(')') + 1).strip().split(" ");
  }

  /// Whether the kernel has taken it apart: it holds no file, lock or port any more. It may still
  /// have its pid, when nobody has waited for it; but its first thread may be over before others.
  boolean hasEnded() {
    try {
      var stat = stat(pid);
      return !stat[START].equals(start) || (stat[STATE].equals("Z") && isAlone());
    } catch (IOException e) {
      return true;
    }
  }

  private boolean isAlone() throws IOException {
    try (var threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      return threads.count() <= 1;
    }
  }

  /// Whether it still works, and not only hasn't ended: of a process that was killed much may be
  /// left for moments, but it answers nobody.
  ///
  /// @param answers asks it
  /// @throws ProblemException if it does neither for so long
  boolean serves(BooleanSupplier answers, Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!hasEnded()) {
      if (answers.getAsBoolean()) {
        return true;
      }
      if (System.nanoTime() - end > 0) {
        throw new ProblemException(
            new Problem(
                "UP_DOES_NOT_ANSWER",
                "howdah (process %d) runs, but its API server hasn't answered for %d s"
                    .formatted(pid, patience.toSeconds()),
                "The databases go on without it. Stop all of it with howdah down, or end that"
                    + " process with kill -9 and run howdah up again, which takes them over."));
      }
      Thread.sleep(BLINK);
    }
    return false;
  }

  /// Asks the process to stop everything and waits for its end.
  void stop(Duration deadline) throws InterruptedException {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
    long end = System.nanoTime() + deadline.toNanos();
    while (!hasEnded()) {
      if (System.nanoTime() - end > 0) {
        throw new ProblemException(
            new Problem(
                "STILL_STOPPING",
                "howdah (process %d) has not ended within %d s"
                    .formatted(pid, deadline.toSeconds()),
                "It may still be stopping a database. Run the same command again, or end it with"
                    + " kill -9: the data is safe, the next howdah up goes on with it."));
      }
      Thread.sleep(BLINK);
    }
  }
}
