// SPDX-License-Identifier: Apache-2.0
package dev.howdah.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The processes of a PostgreSQL server, by where all of them work: its data directory.
public final class ServerProcesses {
  private static final long DEADLINE = TimeUnit.SECONDS.toNanos(60);
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(5);

  private ServerProcesses() {}

  /// Those that work in this data directory now.
  public static Set<ProcessHandle> in(Path data) {
    return ProcessHandle.allProcesses()
        .filter(handle -> data.equals(folderOf(handle)))
        .collect(Collectors.toSet());
  }

  /// Kills a server's processes and these others with all that they started, and waits until none
  /// is left, nor one that was forked meanwhile: whoever starts a server on the data next, or
  /// deletes it, finds nobody there.
  ///
  /// @throws IllegalStateException if they outlive a minute
  public static void kill(Path data, Stream<ProcessHandle> others) {
    var doomed = new HashSet<ProcessHandle>();
    others.forEach(other -> {
      doomed.add(other);
      other.descendants().forEach(doomed::add);
    });
    long end = System.nanoTime() + DEADLINE;
    while (true) {
      doomed.addAll(in(data));
      doomed.removeIf(handle -> folderOf(handle) == null);
      if (doomed.isEmpty()) {
        return;
      }
      if (System.nanoTime() > end) {
        throw new IllegalStateException("not to be killed in a minute: " + doomed);
      }
      doomed.forEach(ProcessHandle::destroyForcibly);
      LockSupport.parkNanos(PAUSE);
    }
  }

  /// The working directory of a process; null once it has ended, a zombie too.
  private static @Nullable Path folderOf(ProcessHandle handle) {
    try {
      return Files.readSymbolicLink(Path.of("/proc", Long.toString(handle.pid()), "cwd"));
    } catch (IOException e) {
      return null;
    }
  }
}
