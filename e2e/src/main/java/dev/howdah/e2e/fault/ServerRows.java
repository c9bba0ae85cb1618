// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import dev.howdah.e2e.fault.FaultRow.Outage;
import java.util.ArrayList;

/// What happens to the processes of PostgreSQL.
final class ServerRows {
  private ServerRows() {}

  static void add(FaultTable table) {
    table.row(
        "F1",
        "postmaster killed",
        Outage.HANDOVER,
        scene -> Scene.signalPostmaster("KILL", scene.primary()));
    table.row(
        "F2a",
        "a client's backend killed",
        Outage.HANDOVER,
        scene -> Scene.signalServerProcess("KILL", scene.primary(), "app "));
    table.row(
        "F2b",
        "checkpointer killed",
        Outage.HANDOVER,
        scene -> Scene.signalServerProcess("KILL", scene.primary(), "checkpointer"));
    table.row(
        "F2c",
        "WAL writer killed",
        Outage.HANDOVER,
        scene -> Scene.signalServerProcess("KILL", scene.primary(), "walwriter"));
    table.row(
        "F2d",
        "one WAL sender killed",
        Outage.HANDOVER,
        scene -> Scene.signalServerProcess("KILL", scene.primary(), "walsender"));
    table.row(
        "F11",
        "postmaster stopped for 12 s",
        Outage.LEASE,
        scene -> Scene.stopped(12, scene.primary(), Scene::signalPostmaster));
    table.row(
        "F14",
        "backend and postmaster killed at once",
        Outage.HANDOVER,
        scene -> {
          var processes = Scene.processes(scene.primary());
          var both = new ArrayList<>(processes.titled("app ").subList(0, 1));
          both.addAll(processes.postmaster().stream().toList());
          PodProcesses.signal("KILL", both);
        });
    table.row("F16", "all connections taken for 8 s", Outage.LEASE, ServerRows::takeAllConnections);
    table.row(
        "F1b",
        "PostgreSQL stopped at once (SIGQUIT)",
        Outage.HANDOVER,
        scene -> Scene.signalPostmaster("QUIT", scene.primary()));
    table.row(
        "F1c",
        "PostgreSQL stopped fast by somebody (SIGINT)",
        Outage.HANDOVER,
        scene -> Scene.signalPostmaster("INT", scene.primary()));
  }

  private static void takeAllConnections(Scene scene) throws Exception {
    var taken = new ArrayList<java.sql.Connection>();
    var primary = scene.primary();
    try {
      for (int i = 0; i < 80; i++) {
        try {
          taken.add(scene.directly(primary));
        } catch (java.sql.SQLException full) {
          break;
        }
      }
      Scene.pause(8);
    } finally {
      for (var connection : taken) {
        connection.close();
      }
    }
  }
}
