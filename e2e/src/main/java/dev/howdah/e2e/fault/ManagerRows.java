// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import dev.howdah.e2e.fault.FaultRow.Outage;
import java.util.ArrayList;

/// What happens to instance managers, guards and whole instances.
final class ManagerRows {
  private ManagerRows() {}

  static void add(FaultTable table) {
    table.row(
        "F4",
        "instance manager killed",
        Outage.LEASE,
        scene -> Scene.signalManager("KILL", scene.primary()));
    table.row(
        "F5", "guard killed", Outage.LEASE, scene -> Scene.signalGuard("KILL", scene.primary()));
    table.row(
        "F6",
        "guard stopped for 8 s",
        Outage.LEASE,
        scene -> Scene.stopped(8, scene.primary(), Scene::signalGuard));
    table.row(
        "F7",
        "instance manager and guard killed",
        Outage.LEASE,
        scene -> {
          var primary = scene.primary();
          var processes = Scene.processes(primary);
          var both = new ArrayList<>(processes.guard().stream().toList());
          both.addAll(processes.manager().stream().toList());
          PodProcesses.signal("KILL", both);
        });
    table.row(
        "F10",
        "instance manager stopped for 15 s",
        Outage.LEASE,
        scene -> Scene.stopped(15, scene.primary(), Scene::signalManager));
    table.row(
        "F12",
        "whole primary frozen for 15 s",
        Outage.LEASE,
        scene -> Scene.stopped(15, scene.primary(), Scene::signalAll));
    table.row(
        "F34",
        "instance manager stops 1.5 s of every 3 s, five times",
        Outage.STALL,
        scene -> {
          var primary = scene.primary();
          for (int i = 0; i < 5; i++) {
            Scene.stopped(1.5, primary, Scene::signalManager);
            Scene.pause(1.5);
          }
        });
    table.row(
        "F4b",
        "SIGTERM to the primary's container",
        Outage.HANDOVER,
        scene -> Scene.signalGuard("TERM", scene.primary()));
    table.row(
        "F9a",
        "all postmasters killed",
        Outage.LEASE,
        scene -> {
          for (var instance : scene.instances()) {
            Scene.signalPostmaster("KILL", instance);
          }
        });
    table.row(
        "F9b",
        "all instance managers killed",
        Outage.LEASE,
        scene -> {
          for (var instance : scene.instances()) {
            Scene.signalManager("KILL", instance);
          }
        });
    table.row(
        "F9c",
        "everything of every instance killed",
        Outage.BLOCKED,
        scene -> {
          for (var instance : scene.instances()) {
            Scene.signalAll("KILL", instance);
          }
        });
  }
}
