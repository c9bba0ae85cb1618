// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What `postmaster.pid` says about a server that runs, or ran, on a data directory.
///
/// @param status the last line: `starting`, `stopping`, `ready`, `standby`, or empty if it was not
///   written yet
public record PostmasterPid(
    long pid,
    long startEpochSeconds,
    int port,
    String socketDirectory,
    String listen,
    String status) {

  /// Reads the file; empty if there is none or its first line is no number.
  public static Optional<PostmasterPid> read(Path dataDirectory) throws IOException {
    try {
      return parse(Files.readAllLines(dataDirectory.resolve("postmaster.pid")));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  static Optional<PostmasterPid> parse(List<String> lines) {
    long pid = number(line(lines, 0));
    if (pid <= 0) {
      return Optional.empty();
    }
    return Optional.of(
        new PostmasterPid(
            pid,
            number(line(lines, 2)),
            (int) number(line(lines, 3)),
            line(lines, 4),
            line(lines, 5),
            line(lines, 7)));
  }

  private static String line(List<String> lines, int index) {
    return index < lines.size() ? lines.get(index).strip() : "";
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /// Whether a server of this data directory still runs under that pid here. A zombie does not, and
  /// neither does another program that got the number since.
  public boolean isAlive(Path dataDirectory) {
    Path process = Path.of("/proc", Long.toString(pid));
    try {
      String stat = Files.readString(process.resolve("stat"));
      char state = stat.charAt(stat.lastIndexOf(')') + 2);
      String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      return state != 'Z' && state != 'X' && isServer(name) && worksIn(process, dataDirectory);
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isServer(String name) {
    return name.startsWith("postgres") || name.startsWith("postmaster");
  }

  /// A postmaster's working directory is its data directory. Where we may not look, it is taken for
  /// ours.
  private static boolean worksIn(Path process, Path dataDirectory) {
    try {
      return Files.isSameFile(process.resolve("cwd"), dataDirectory);
    } catch (IOException e) {
      return true;
    }
  }

  /// Removes the file of a server that is gone. Only for the owner of the directory's lock: from
  /// another container a living server looks gone.
  ///
  /// @return whether the directory is free now; false if the server lives
  public static boolean removeStale(Path dataDirectory) throws IOException {
    Optional<PostmasterPid> file = read(dataDirectory);
    if (file.isPresent() && file.get().isAlive(dataDirectory)) {
      return false;
    }
    DurableFiles.delete(dataDirectory.resolve("postmaster.pid"));
    return true;
  }

  /// Removes sockets and their lock files that a killed server left behind. PostgreSQL looks only
  /// at the number in a lock file: in a restarted container, where numbers begin anew, it takes any
  /// process that has it now for that server, and refuses to start. Only for the owner of the
  /// folder, while no server runs.
  public static void removeStaleSockets(Path socketDirectory) throws IOException {
    if (!Files.isDirectory(socketDirectory)) {
      return;
    }
    try (var files = Files.newDirectoryStream(socketDirectory, ".s.PGSQL.*")) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }
}
