// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// One row of the fault catalogue, as it is done here.
///
/// @param id what the catalogue calls it, with a letter where it is done in several ways
/// @param outage how long writes may be away at most
/// @param need what the machine must have for it
/// @param action begins the fault and, where it doesn't end by itself, ends it
public record FaultRow(String id, String name, Outage outage, Need need, Action action) {
  /// What is done.
  @FunctionalInterface
  public interface Action {
    void run(Scene scene) throws Exception;
  }

  /// Classes of outages, for a lease of 6 s; with some allowance for a machine that is also the
  /// client's.
  public enum Outage {
    /// A stall.
    STALL("a stall", 2.5),
    /// A handover, or a crash restart.
    HANDOVER("a handover", 6),
    /// Until the lease is over.
    LEASE("the lease", 13),
    /// As long as the fault lasts, on purpose.
    BLOCKED("as long as the fault", 60),
    /// Several faults at once: whatever they cost together.
    ANY("any", 150);

    private final String words;
    private final double seconds;

    Outage(String words, double seconds) {
      this.words = words;
      this.seconds = seconds;
    }

    public String words() {
      return words;
    }

    public double seconds() {
      return seconds;
    }
  }

  /// What not every machine has. A row that needs something that is missing is left out, and said
  /// to be.
  public enum Need {
    NOTHING(""),
    /// Rules by cgroup, to tell instances of one machine apart.
    FIREWALL("root, iptables and cgroup v2"),
    /// A small file system of its own for a volume.
    MOUNT("root, to mount a file system"),
    /// Failing and slow system calls.
    TRACE("strace, and the right to trace");

    private final String words;

    Need(String words) {
      this.words = words;
    }

    public String words() {
      return words;
    }

    boolean isMet() {
      return switch (this) {
        case NOTHING -> true;
        case FIREWALL -> isRoot() && NetworkCuts.groups() != null && has("iptables");
        case MOUNT -> isRoot();
        case TRACE -> isRoot() && has("strace");
      };
    }

    private static boolean isRoot() {
      try {
        return ((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid")) == 0;
      } catch (IOException | UnsupportedOperationException e) {
        return false;
      }
    }

    private static boolean has(String program) {
      for (String folder : System.getenv().getOrDefault("PATH", "").split(":")) {
        if (Files.isExecutable(Path.of(folder, program))) {
          return true;
        }
      }
      return Files.isExecutable(Path.of("/usr/sbin", program));
    }
  }
}
