// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the kernel's table of processes.
///
/// A process id alone says little, as ids are used again: an [Entry] carries the start time, which
/// together with the id names one process until the next boot.
final class ProcessTable {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessTable.class);
  private static final Path PROC = Path.of("/proc");
  private static final Duration AGAIN = Duration.ofMillis(500);

  /// One process; `start` is in clock ticks since boot.
  record Entry(long pid, long parent, long session, long start, char state) {
    /// Whether it still can run; a zombie only waits to be noticed.
    boolean alive() {
      return state != 'Z' && state != 'X';
    }
  }

  private ProcessTable() {}

  /// One process, if it exists. While that can't be known, as this program may open no more files,
  /// it waits: whoever is taken for dead loses what it holds.
  static Optional<Entry> find(long pid) {
    Path file = PROC.resolve(pid + "/stat");
    while (true) {
      try {
        return parse(Files.readString(file, StandardCharsets.ISO_8859_1));
      } catch (IOException e) {
        if (saysThatItIsGone(e)) {
          return Optional.empty();
        }
        LOG.atWarn().addKeyValue("file", file).addKeyValue("error", e.getMessage()).log("unread");
        LockSupport.parkNanos(AGAIN.toNanos());
      }
    }
  }

  /// The folder is gone, or its process went between the opening and the reading (ESRCH).
  static boolean saysThatItIsGone(IOException e) {
    return e instanceof NoSuchFileException
        || String.valueOf(e.getMessage()).contains("No such process");
  }

  /// Reads a line of `/proc/<pid>/stat`; the program's name in it may hold anything.
  static Optional<Entry> parse(String line) {
    int open = line.indexOf(' ');
    int close = line.lastIndexOf(')');
    if (open < 0 || close < 0) {
      return Optional.empty();
    }
    String[] rest = line.substring(close + 1).strip().split(" ");
    if (rest.length < 20) {
      return Optional.empty();
    }
    return Optional.of(
        new Entry(
            Long.parseLong(line.substring(0, open)),
            Long.parseLong(rest[1]),
            Long.parseLong(rest[3]),
            Long.parseLong(rest[19]),
            rest[0].charAt(0)));
  }

  /// All processes of this moment.
  static List<Entry> all() {
    var entries = new ArrayList<Entry>();
    try (var folders = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path folder : folders) {
        find(Long.parseLong(folder.getFileName().toString())).ifPresent(entries::add);
      }
    } catch (IOException e) {
      throw new IllegalStateException("can't read /proc", e);
    }
    return entries;
  }

  /// The living processes that belong to a container: those of its session, those that carry its
  /// mark in their environment, and the descendants of both. Never this process or one it descends
  /// from.
  ///
  /// PostgreSQL's server processes lead sessions of their own and overwrite their environment, so
  /// they are found only as long as their parent lives; they end by themselves when it doesn't.
  ///
  /// @param session the waiting shell, which leads the session
  /// @param mark `NAME=value`
  static List<Entry> belonging(long session, String mark) {
    List<Entry> all = all();
    Set<Long> members = new HashSet<>();
    for (Entry entry : all) {
      if (entry.session == session || marked(entry.pid, mark)) {
        members.add(entry.pid);
      }
    }
    boolean grew = true;
    while (grew) {
      grew = false;
      for (Entry entry : all) {
        grew |= members.contains(entry.parent) && members.add(entry.pid);
      }
    }
    members.removeAll(ownLine());
    return all.stream().filter(e -> e.alive() && members.contains(e.pid)).toList();
  }

  private static Set<Long> ownLine() {
    Set<Long> line = new HashSet<>();
    Optional<ProcessHandle> at = Optional.of(ProcessHandle.current());
    while (at.isPresent()) {
      line.add(at.get().pid());
      at = at.get().parent();
    }
    return line;
  }

  private static boolean marked(long pid, String mark) {
    if (mark.endsWith("=")) {
      return false;
    }
    try {
      byte[] environment = Files.readAllBytes(PROC.resolve(pid + "/environ"));
      String text = "\0" + new String(environment, StandardCharsets.ISO_8859_1) + "\0";
      return text.contains("\0" + mark + "\0");
    } catch (IOException e) {
      return false;
    }
  }
}
