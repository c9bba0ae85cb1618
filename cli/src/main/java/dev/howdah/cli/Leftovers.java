// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Pods that a killed `howdah up` has left running: known by their environment, which names the
/// home.
final class Leftovers {
  private Leftovers() {}

  /// The processes, without those that this user may not look at.
  static List<ProcessHandle> of(Home home) {
    var mark = "\0HOWDAH_ROOT=" + home.runtime() + "/";
    return ProcessHandle.allProcesses().filter(process -> carries(process.pid(), mark)).toList();
  }

  private static boolean carries(long pid, String mark) {
    try {
      var environment =
          Files.readString(
              Path.of("/proc", Long.toString(pid), "environ"), StandardCharsets.ISO_8859_1);
      return ("\0" + environment).contains(mark);
    } catch (IOException e) {
      return false;
    }
  }

  /// Takes them over, and stops them in order as Ctrl-C would have done.
  static void end(Home home) throws IOException, InterruptedException {
    Platform.start(new Platform.Settings(home, null, 0), Platform.Extent.WITHOUT_OPERATOR, _ -> {})
        .close(_ -> {});
  }
}
