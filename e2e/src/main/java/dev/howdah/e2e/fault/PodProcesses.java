// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The processes of a pod of the embedded mode, found by the environment they carry.
public record PodProcesses(String namespace, String pod, List<Entry> entries) {
  /// One process: `name` is the kernel's short name of the program.
  public record Entry(long pid, long parent, String name) {}

  public PodProcesses {
    entries = List.copyOf(entries);
  }

  /// Looks at all processes of this machine that this user may look at. PostgreSQL's processes
  /// write their titles over their environment, so children are taken with their parents.
  public static PodProcesses find(String namespace, String pod) {
    return find("", namespace, pod);
  }

  /// Only those of a `howdah up` with this home: another one may have a pod of the same name.
  public static PodProcesses find(Path home, String namespace, String pod) throws IOException {
    return find("\0HOWDAH_ROOT=" + home.toRealPath() + "/", namespace, pod);
  }

  private static PodProcesses find(String mark, String namespace, String pod) {
    Map<Long, Entry> found = new LinkedHashMap<>();
    ProcessHandle.allProcesses()
        .filter(process -> isOf(process, mark, namespace, pod))
        .forEach(process -> {
          add(found, process);
          process.descendants().forEach(child -> add(found, child));
        });
    return new PodProcesses(namespace, pod, List.copyOf(found.values()));
  }

  private static boolean isOf(ProcessHandle process, String mark, String namespace, String pod) {
    try {
      var file = Path.of("/proc", Long.toString(process.pid()), "environ");
      var padded = "\0" + Files.readString(file, StandardCharsets.ISO_8859_1);
      return padded.contains(mark)
          && padded.contains("\0POD_NAME=" + pod + "\0")
          && padded.contains("\0NAMESPACE=" + namespace + "\0");
    } catch (IOException | UncheckedIOException e) {
      return false; // ended meanwhile, or another user's
    }
  }

  private static void add(Map<Long, Entry> found, ProcessHandle process) {
    try {
      var comm = Path.of("/proc", Long.toString(process.pid()), "comm");
      found.put(
          process.pid(),
          new Entry(
              process.pid(),
              process.parent().map(ProcessHandle::pid).orElse(0L),
              Files.readString(comm).strip()));
    } catch (IOException | UncheckedIOException e) {
      // ended meanwhile
    }
  }

  /// The instance manager: the Java process of the pod.
  public Optional<Entry> manager() {
    return entries.stream()
        .filter(e -> e.name.startsWith("java") || e.name.equals("manager"))
        .findFirst();
  }

  /// PostgreSQL's first process: a `postgres` whose parent is none, and which has children. Only
  /// while the server starts it has none, as has a `postgres` that just prints or checks something.
  public Optional<Entry> postmaster() {
    var servers = entries.stream().filter(e -> e.name.equals("postgres")).toList();
    return servers.stream()
        .filter(e -> servers.stream().noneMatch(parent -> parent.pid == e.parent))
        .max(
            Comparator.comparingLong(
                e -> servers.stream().filter(child -> child.parent == e.pid).count()));
  }

  /// The guard: the shell that is the instance manager's parent.
  public Optional<Entry> guard() {
    return manager()
        .flatMap(manager -> entries.stream().filter(e -> e.pid == manager.parent).findFirst());
  }

  /// PostgreSQL's processes whose title contains this text.
  public List<Entry> titled(String text) {
    return entries.stream()
        .filter(e -> e.name.equals("postgres"))
        .filter(e -> {
          try {
            var title = Path.of("/proc", Long.toString(e.pid), "cmdline");
            return Files.readString(title, StandardCharsets.ISO_8859_1).contains(text);
          } catch (IOException gone) {
            return false;
          }
        })
        .toList();
  }

  /// The file of PostgreSQL's program.
  public Path program() throws IOException {
    var postmaster = postmaster().orElseThrow(() -> new IOException("no postmaster of " + pod));
    return Path.of("/proc", Long.toString(postmaster.pid), "exe").toRealPath();
  }

  /// Sends a signal (`KILL`, `STOP`, `CONT`, …) to processes.
  public static void signal(String signal, List<Entry> targets)
      throws IOException, InterruptedException {
    if (targets.isEmpty()) {
      return;
    }
    var command = new ArrayList<>(List.of("kill", "-" + signal));
    targets.forEach(t -> command.add(Long.toString(t.pid)));
    // one that has ended meanwhile is nothing to speak of
    new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
