// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.backup;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The processes of backups that outlive the instance manager that has begun them: for as long as
/// they take to clean up.
final class LeftProcesses {
  private static final Logger LOG = LoggerFactory.getLogger(LeftProcesses.class);

  private LeftProcesses() {}

  /// Waits until none is left, and kills what takes longer.
  ///
  /// @param session of the instance manager that has begun it
  static void end(String backup, String session, Duration patience) throws InterruptedException {
    List<String> words = List.of("backup", backup, "--session", session);
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      List<String> arguments = List.of(process.info().arguments().orElse(new String[0]));
      int at = arguments.size() - words.size();
      if (at < 0 || !arguments.subList(at, arguments.size()).equals(words)) {
        continue;
      }
      try {
        process.onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException | ExecutionException e) {
        LOG.atWarn()
            .addKeyValue("backup", backup)
            .addKeyValue("pid", process.pid())
            .log("the process of a backup outlives its instance manager; killing it");
        process.destroyForcibly();
      }
    }
  }
}
