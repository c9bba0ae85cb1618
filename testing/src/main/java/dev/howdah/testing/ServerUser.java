// SPDX-License-Identifier: Apache-2.0
package dev.howdah.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// The operating system user that PostgreSQL runs as in tests: ourselves, or `postgres` when we are
/// root, whom PostgreSQL refuses.
public final class ServerUser {
  private static final boolean ROOT = "root".equals(System.getProperty("user.name"));
  private static final String NAME = ROOT ? "postgres" : System.getProperty("user.name");

  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(50);

  private ServerUser() {}

  /// The user's name, as `peer` authentication sees it.
  public static String name() {
    return NAME;
  }

  /// What to put before a command so that it runs as this user; empty if we are that user.
  public static List<String> prefix() {
    return ROOT
        ? List.of("setpriv", "--reuid=" + NAME, "--regid=" + NAME, "--clear-groups")
        : List.of();
  }

  /// Makes a file or folder with all in it the server user's.
  public static void own(Path path) {
    if (ROOT) {
      run(List.of("chown", "-R", NAME + ":" + NAME, path.toString()));
    }
  }

  /// A new, empty folder of the server user's. The caller deletes it, with {@link #delete}.
  public static Path temporaryDirectory(String name) {
    try {
      // Unix socket paths are at most 107 bytes long: stay near the root, whatever java.io.tmpdir
      // says.
      Path folder = Files.createTempDirectory(Path.of("/tmp"), "hwd-" + name + "-");
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
      own(folder);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Deletes a folder with all in it, without following links. A process that is about to end may
  /// still put something there meanwhile: then it is deleted again.
  ///
  /// @throws IllegalStateException if it can't be deleted within a minute
  public static void delete(Path folder) {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (Files.exists(folder)) {
      try {
        run(List.of("rm", "-rf", "--", folder.toString()));
      } catch (IllegalStateException e) {
        if (System.nanoTime() > end || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE);
      }
    }
  }

  /// Runs a short command as the server user and returns what it printed.
  ///
  /// @throws IllegalStateException if it fails or takes longer than five minutes
  public static String runAsServer(List<String> command) {
    var whole = new ArrayList<>(prefix());
    whole.addAll(command);
    return run(whole);
  }

  static String run(List<String> command) {
    try {
      Path output = Files.createTempFile("howdah-testing", ".out");
      try {
        Process process =
            new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(5, TimeUnit.MINUTES)) {
          process.destroyForcibly();
          throw new IllegalStateException("no end after five minutes: " + command);
        }
        String text = Files.readString(output);
        if (process.exitValue() != 0) {
          throw new IllegalStateException(
              "exit code %d: %s%n%s".formatted(process.exitValue(), command, text));
        }
        return text;
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted: " + command, e);
    }
  }
}
