// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The TCP connections that processes of this machine have open, as the kernel lists them.
final class Sockets {
  private static final String ESTABLISHED = "01";

  private Sockets() {}

  /// One end of a connection of this machine with itself.
  record Connection(String from, int fromPort, String to, int toPort) {
    Connection reversed() {
      return new Connection(to, toPort, from, fromPort);
    }
  }

  /// What these processes are connected to.
  static List<Connection> of(Collection<Long> pids) throws IOException {
    Set<String> inodes = new HashSet<>();
    for (long pid : pids) {
      inodes(pid, inodes);
    }
    var found = new ArrayList<Connection>();
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      var lines = Files.readAllLines(Path.of(table));
      for (String line : lines.subList(1, lines.size())) {
        String[] field = line.strip().split("\\s+");
        if (field[3].equals(ESTABLISHED) && inodes.contains(field[9])) {
          found.add(
              new Connection(address(field[1]), port(field[1]), address(field[2]), port(field[2])));
        }
      }
    }
    return found;
  }

  private static void inodes(long pid, Set<String> inodes) {
    var folder = Path.of("/proc", Long.toString(pid), "fd");
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        var target = Files.readSymbolicLink(file).toString();
        if (target.startsWith("socket:[")) {
          inodes.add(target.substring("socket:[".length(), target.length() - 1));
        }
      }
    } catch (IOException e) {
      // the process, or one of its files, is gone
    }
  }

  /// IPv4, also when it is written as IPv6; each word of 32 bits has its bytes reversed.
  static String address(String end) {
    String hex = end.substring(0, end.indexOf(':'));
    String last = hex.substring(hex.length() - 8);
    var numbers = new ArrayList<String>();
    for (int at = 6; at >= 0; at -= 2) {
      numbers.add(Integer.toString(Integer.parseInt(last, at, at + 2, 16)));
    }
    return String.join(".", numbers);
  }

  private static int port(String end) {
    return Integer.parseInt(end, end.indexOf(':') + 1, end.length(), 16);
  }
}
