// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The `howdah up` that serves a home: a pid and its start time, so that a pid used again by
/// another program is not taken for it.
final class Running {
  private Running() {}

  static Optional<ProcessHandle> find(Home home) {
    try {
      if (!Files.exists(home.pidFile())) {
        return Optional.empty();
      }
      var words = Files.readString(home.pidFile()).strip().split(" ");
      return ProcessHandle.of(Long.parseLong(words[0]))
          .filter(ProcessHandle::isAlive)
          .filter(p -> !isZombie(p.pid()))
          .filter(p -> words.length < 2 || started(p).equals(words[1]));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /// A killed process that nobody has waited for yet still has a pid.
  private static boolean isZombie(long pid) {
    try {
      var stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return stat.substring(stat.lastIndexOf(')') + 1).strip().startsWith("Z");
    } catch (IOException e) {
      return false; // not Linux, or gone meanwhile
    }
  }

  /// Says that this process serves the home.
  static void declare(Home home) throws IOException {
    var me = ProcessHandle.current();
    Files.writeString(home.pidFile(), me.pid() + " " + started(me) + "\n");
  }

  static void withdraw(Home home) throws IOException {
    Files.deleteIfExists(home.pidFile());
  }

  private static String started(ProcessHandle process) {
    return process.info().startInstant().map(i -> Long.toString(i.toEpochMilli())).orElse("?");
  }

  /// Asks the process to stop everything and waits for its end.
  static void stop(ProcessHandle process, Duration deadline) {
    process.destroy();
    try {
      process.onExit().get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new ProblemException(
          new Problem(
              "STILL_STOPPING",
              "howdah (process %d) has not ended within %d s"
                  .formatted(process.pid(), deadline.toSeconds()),
              "It may still be stopping a database. Run the same command again, or end it with"
                  + " kill -9: the data is safe, the next howdah up goes on with it."),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
