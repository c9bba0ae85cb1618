// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import dev.howdah.e2e.fault.FaultRow.Outage;
import java.util.List;

/// What happens to standbys.
final class StandbyRows {
  private StandbyRows() {}

  static void add(FaultTable table) {
    table.row(
        "F3a",
        "a standby's WAL receiver killed",
        Outage.STALL,
        scene -> Scene.signalServerProcess("KILL", scene.standby(), "walreceiver"));
    table.row(
        "F3b",
        "a standby's startup process killed",
        Outage.STALL,
        scene -> Scene.signalServerProcess("KILL", scene.standby(), "startup"));
    table.row(
        "F3c",
        "a standby's postmaster killed",
        Outage.STALL,
        scene -> Scene.signalPostmaster("KILL", scene.standby()));
    table.row(
        "F3d",
        "a standby's instance manager killed",
        Outage.STALL,
        scene -> Scene.signalManager("KILL", scene.standby()));
    table.row(
        "F18",
        "one standby frozen for 12 s",
        Outage.STALL,
        scene -> Scene.stopped(12, scene.standby(), Scene::signalAll));
    table.row(
        "F19",
        "both standbys frozen for 8 s: commits wait",
        Outage.BLOCKED,
        scene -> {
          var both = scene.standbys();
          for (var standby : both) {
            Scene.signalAll("STOP", standby);
          }
          Scene.pause(8);
          for (var standby : both) {
            Scene.signalAll("CONT", standby);
          }
        });
    table.row(
        "F20",
        "standbys restart in turn",
        Outage.STALL,
        scene -> {
          for (var standby : scene.standbys()) {
            Scene.signalPostmaster("KILL", standby);
            Scene.pause(4);
          }
        });
    table.row(
        "F22",
        "waiting commits cancelled, then the primary crashes",
        Outage.BLOCKED,
        StandbyRows::cancelThenCrash);
    table.row(
        "F15",
        "a standby deleted and made again by its pod",
        Outage.STALL,
        scene -> scene.deletePod(scene.standby(), false));
  }

  private static void cancelThenCrash(Scene scene) throws Exception {
    var primary = scene.primary();
    var both = scene.standbys();
    for (var standby : both) {
      Scene.signalAll("STOP", standby);
    }
    try {
      Scene.pause(1);
      for (var backend : Scene.processes(primary).titled("app ")) {
        PodProcesses.signal("INT", List.of(backend));
      }
      Scene.pause(0.5);
      Scene.signalPostmaster("KILL", primary);
      Scene.pause(2);
    } finally {
      for (var standby : both) {
        Scene.signalAll("CONT", standby);
      }
    }
  }
}
