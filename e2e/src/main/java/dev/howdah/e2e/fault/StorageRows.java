// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import dev.howdah.e2e.fault.FaultRow.Need;
import dev.howdah.e2e.fault.FaultRow.Outage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Full volumes, and disks that fail or dawdle.
final class StorageRows {
  private StorageRows() {}

  static void add(FaultTable table) {
    table.row(
        "F71",
        "a standby's volume full for 10 s",
        Outage.STALL,
        Need.MOUNT,
        scene -> {
          try (var volume = SmallVolume.of(scene, scene.standby())) {
            volume.fill();
            Scene.pause(10);
          }
        });
    table.row(
        "F70",
        "the primary's volume, data and WAL, full for 15 s",
        Outage.LEASE,
        Need.MOUNT,
        StorageRows::primaryFull);
    table.row(
        "F73",
        "fdatasync fails on the primary",
        Outage.LEASE,
        Need.TRACE,
        scene -> traced(scene.primary(), "error=EIO", 3));
    table.row(
        "F74",
        "fdatasync fails on a standby",
        Outage.STALL,
        Need.TRACE,
        scene -> traced(scene.standby(), "error=EIO", 3));
    table.row(
        "F75",
        "each fdatasync of the primary takes 1 s longer, for 8 s",
        Outage.HANDOVER,
        Need.TRACE,
        scene -> scene.withoutFailover(() -> traced(scene.primary(), "delay_enter=1000000", 8)));
  }

  private static void primaryFull(Scene scene) throws Exception {
    try (var volume = SmallVolume.of(scene, scene.standby())) {
      scene.switchTo(volume.instance());
      scene.awaitPrimary(volume.instance());
      scene.awaitHealthy();
      volume.fill();
      Scene.pause(15);
    }
  }

  /// Runs an instance's PostgreSQL under strace for so long; new processes included.
  private static void traced(String instance, String injection, double seconds)
      throws IOException, InterruptedException {
    var words =
        new ArrayList<>(List.of("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync"));
    words.addAll(List.of("-e", "inject=fdatasync:" + injection));
    for (var entry : Scene.processes(instance).titled("postgres")) {
      words.addAll(List.of("-p", Long.toString(entry.pid())));
    }
    var strace =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      Scene.pause(seconds);
    } finally {
      strace.destroy();
      if (!strace.waitFor(5, TimeUnit.SECONDS)) {
        strace.destroyForcibly();
      }
    }
  }
}
