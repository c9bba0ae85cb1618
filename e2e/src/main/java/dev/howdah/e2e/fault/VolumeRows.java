// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import dev.howdah.e2e.fault.FaultRow.Outage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Lost and damaged data.
final class VolumeRows {
  private static final long SEGMENT = 16 * 1024 * 1024;

  private VolumeRows() {}

  static void add(FaultTable table) {
    table.row(
        "F79a",
        "a standby's pg_control overwritten",
        Outage.STALL,
        scene -> {
          var standby = scene.standby();
          var data = scene.data(standby);
          Scene.signalPostmaster("KILL", standby);
          Scene.overwrite(data.resolve("global/pg_control"), 0, new byte[512]);
        });
    table.row(
        "F80b",
        "a standby's data directory deleted",
        Outage.STALL,
        scene -> Scene.deleteTree(scene.data(scene.standby())));
    table.row(
        "F82",
        "a standby's volume and pod deleted",
        Outage.STALL,
        scene -> {
          var standby = scene.standby();
          scene.deleteVolume(standby);
          scene.deletePod(standby, false);
        });
    table.row(
        "F86",
        "a standby is cloned anew, and the postmaster dies",
        Outage.LEASE,
        scene -> {
          var standby = scene.standby();
          scene.deleteVolume(standby);
          scene.deletePod(standby, false);
          Scene.pause(3);
          Scene.signalPostmaster("KILL", scene.primary());
        });
    table.row(
        "F80a",
        "the primary's data directory deleted",
        Outage.LEASE,
        scene -> Scene.deleteTree(scene.data(scene.primary())));
    table.row(
        "F21",
        "a standby's volume lost, and the primary frozen",
        Outage.BLOCKED,
        scene -> {
          var standby = scene.standby();
          var primary = scene.primary();
          scene.deleteVolume(standby);
          scene.deletePod(standby, true);
          Scene.signalAll("STOP", primary);
          Scene.pause(12);
          Scene.signalAll("CONT", primary);
        });
    table.row(
        "F79b",
        "a standby's PG_VERSION removed and its postmaster killed",
        Outage.STALL,
        scene -> {
          var standby = scene.standby();
          var data = scene.data(standby);
          Scene.signalPostmaster("KILL", standby);
          Files.deleteIfExists(data.resolve("PG_VERSION"));
        });
    table.row(
        "F79c",
        "the primary's pg_control overwritten and its postmaster killed",
        Outage.LEASE,
        scene -> {
          var primary = scene.primary();
          var data = scene.data(primary);
          Scene.signalPostmaster("KILL", primary);
          Scene.overwrite(data.resolve("global/pg_control"), 0, new byte[512]);
        });
    table.row(
        "F78a",
        "a standby's newest WAL overwritten and its postmaster killed",
        Outage.STALL,
        scene -> damageLog(scene, scene.standby()));
    table.row(
        "F78b",
        "the primary's newest WAL overwritten and its postmaster killed",
        Outage.LEASE,
        scene -> damageLog(scene, scene.primary()));
    table.row(
        "F81",
        "a second postmaster is started on the primary's data",
        Outage.STALL,
        scene -> scene.withoutFailover(() -> secondPostmaster(scene)));
  }

  /// The second half of the last segment: what was acknowledged a moment ago.
  private static void damageLog(Scene scene, String instance) throws Exception {
    var log = scene.data(instance).resolve("pg_wal");
    long end = scene.logPosition(instance);
    Scene.signalPostmaster("KILL", instance);
    try (var files = Files.list(log)) {
      var newest =
          files
              .filter(f -> f.getFileName().toString().matches("[0-9A-F]{24}"))
              .filter(f -> segment(f) == end / SEGMENT)
              .max(Comparator.comparing(f -> f.getFileName().toString()));
      Scene.overwrite(
          newest.orElseThrow(), Math.max(0, end % SEGMENT - 64 * 1024), new byte[64 * 1024]);
    }
  }

  private static long segment(Path file) {
    var name = file.getFileName().toString();
    return Long.parseLong(name.substring(8, 16), 16) * 256 + Long.parseLong(name.substring(16), 16);
  }

  private static void secondPostmaster(Scene scene) throws Exception {
    var data = scene.data(scene.primary());
    var command = new ArrayList<String>();
    var owner = Files.getOwner(data).getName();
    if (!owner.equals(System.getProperty("user.name"))) {
      command.addAll(List.of("setpriv", "--reuid=" + owner, "--regid=" + owner, "--clear-groups"));
    }
    var program = Scene.processes(scene.primary()).program();
    command.addAll(List.of(program.toString(), "-D", data.toString(), "-c", "port=6543"));
    command.addAll(List.of("-c", "listen_addresses=127.0.0.1", "-c", "logging_collector=off"));
    var second =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!second.waitFor(5, TimeUnit.SECONDS) || second.exitValue() == 0) {
      second.destroyForcibly();
      throw new AssertionError("a second postmaster runs on " + data);
    }
  }
}
