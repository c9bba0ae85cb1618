// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import dev.howdah.e2e.fault.FaultRow.Outage;
import java.util.ArrayList;

/// Two faults, of which the second strikes what is to mend the first.
final class DoubleRows {
  private DoubleRows() {}

  static void add(FaultTable table) {
    table.row(
        "F88",
        "the new primary's postmaster dies right after its promotion",
        Outage.LEASE,
        scene -> {
          var first = scene.primary();
          Scene.signalPostmaster("KILL", first);
          scene.awaitOtherPrimary(first);
          Scene.signalPostmaster("KILL", scene.primary());
        });
    table.row(
        "F10+F1",
        "manager stopped, then the postmaster killed",
        Outage.LEASE,
        scene -> {
          var primary = scene.primary();
          Scene.signalManager("STOP", primary);
          Scene.signalPostmaster("KILL", primary);
          Scene.pause(10);
          Scene.signalManager("CONT", primary);
        });
    table.row(
        "F18+F1",
        "one standby frozen, and the postmaster killed",
        Outage.LEASE,
        scene -> {
          var frozen = scene.standby();
          Scene.signalAll("STOP", frozen);
          Scene.pause(1);
          Scene.signalPostmaster("KILL", scene.primary());
          Scene.pause(12);
          Scene.signalAll("CONT", frozen);
        });
    table.row(
        "F12+F4",
        "primary frozen, and the next one's manager killed",
        Outage.BLOCKED,
        scene -> {
          var first = scene.primary();
          Scene.signalAll("STOP", first);
          scene.awaitOtherPrimary(first);
          Scene.signalManager("KILL", scene.primary());
          Scene.pause(8);
          Scene.signalAll("CONT", first);
        });
    table.row(
        "F39+F12",
        "control plane stopped for 3 s, and the primary frozen for 12 s",
        Outage.BLOCKED,
        scene -> {
          var primary = scene.primary();
          scene.signalControlPlane("STOP");
          Scene.signalAll("STOP", primary);
          Scene.pause(3);
          scene.signalControlPlane("CONT");
          Scene.pause(9);
          Scene.signalAll("CONT", primary);
        });
    table.row(
        "F100",
        "primary and one standby killed at once, with all their processes",
        Outage.BLOCKED,
        scene -> {
          var both = new ArrayList<>(Scene.processes(scene.primary()).entries());
          both.addAll(Scene.processes(scene.standby()).entries());
          PodProcesses.signal("KILL", both);
        });
  }
}
