// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import dev.howdah.e2e.fault.FaultRow.Action;
import dev.howdah.e2e.fault.FaultRow.Outage;
import java.util.ArrayList;
import java.util.List;

/// The rows that can be done to processes, files and objects of the embedded mode. The cluster has
/// three instances, required durability, one acknowledgement and a lease of 6 s.
public final class FaultTable {
  private final List<FaultRow> rows = new ArrayList<>();

  private FaultTable() {}

  public static List<FaultRow> rows() {
    var table = new FaultTable();
    table.postgres();
    table.managers();
    table.standbys();
    table.controlPlane();
    table.leases();
    table.plannedChange();
    table.doubleFaults();
    table.volumes();
    return List.copyOf(table.rows);
  }

  private void row(String id, String name, Outage outage, Action action) {
    rows.add(new FaultRow(id, name, outage, action));
  }

  private void postgres() {
    row(
        "F1",
        "postmaster killed",
        Outage.HANDOVER,
        scene -> Scene.signalPostmaster("KILL", scene.primary()));
    row(
        "F2a",
        "a client's backend killed",
        Outage.HANDOVER,
        scene -> Scene.signalServerProcess("KILL", scene.primary(), "app "));
    row(
        "F2b",
        "checkpointer killed",
        Outage.HANDOVER,
        scene -> Scene.signalServerProcess("KILL", scene.primary(), "checkpointer"));
    row(
        "F2c",
        "WAL writer killed",
        Outage.HANDOVER,
        scene -> Scene.signalServerProcess("KILL", scene.primary(), "walwriter"));
    row(
        "F2d",
        "one WAL sender killed",
        Outage.HANDOVER,
        scene -> Scene.signalServerProcess("KILL", scene.primary(), "walsender"));
    row(
        "F11",
        "postmaster stopped for 12 s",
        Outage.LEASE,
        scene -> stopped(12, scene.primary(), Scene::signalPostmaster));
    row(
        "F14",
        "backend and postmaster killed at once",
        Outage.HANDOVER,
        scene -> {
          var primary = scene.primary();
          Scene.signalServerProcess("KILL", primary, "app ");
          Scene.signalPostmaster("KILL", primary);
        });
    row("F16", "all connections taken for 8 s", Outage.LEASE, FaultTable::takeAllConnections);
    row(
        "F1b",
        "PostgreSQL stopped at once (SIGQUIT)",
        Outage.HANDOVER,
        scene -> Scene.signalPostmaster("QUIT", scene.primary()));
    row(
        "F1c",
        "PostgreSQL stopped fast by somebody (SIGINT)",
        Outage.HANDOVER,
        scene -> Scene.signalPostmaster("INT", scene.primary()));
  }

  /// Sends signals to a part of an instance.
  @FunctionalInterface
  private interface Signals {
    void send(String signal, String instance) throws Exception;
  }

  private static void stopped(double seconds, String instance, Signals signals) throws Exception {
    signals.send("STOP", instance);
    try {
      Scene.pause(seconds);
    } finally {
      signals.send("CONT", instance);
    }
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

  private void managers() {
    row(
        "F4",
        "instance manager killed",
        Outage.LEASE,
        scene -> Scene.signalManager("KILL", scene.primary()));
    row("F5", "guard killed", Outage.LEASE, scene -> Scene.signalGuard("KILL", scene.primary()));
    row(
        "F6",
        "guard stopped for 8 s",
        Outage.LEASE,
        scene -> stopped(8, scene.primary(), Scene::signalGuard));
    row(
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
    row(
        "F10",
        "instance manager stopped for 15 s",
        Outage.LEASE,
        scene -> stopped(15, scene.primary(), Scene::signalManager));
    row(
        "F12",
        "whole primary frozen for 15 s",
        Outage.LEASE,
        scene -> stopped(15, scene.primary(), Scene::signalAll));
    row(
        "F34",
        "instance manager stops 1.5 s of every 3 s, five times",
        Outage.STALL,
        scene -> {
          var primary = scene.primary();
          for (int i = 0; i < 5; i++) {
            stopped(1.5, primary, Scene::signalManager);
            Scene.pause(1.5);
          }
        });
    row(
        "F4b",
        "SIGTERM to the primary's container",
        Outage.HANDOVER,
        scene -> Scene.signalGuard("TERM", scene.primary()));
    row(
        "F9a",
        "all postmasters killed",
        Outage.LEASE,
        scene -> {
          for (var instance : scene.instances()) {
            Scene.signalPostmaster("KILL", instance);
          }
        });
    row(
        "F9b",
        "all instance managers killed",
        Outage.LEASE,
        scene -> {
          for (var instance : scene.instances()) {
            Scene.signalManager("KILL", instance);
          }
        });
    row(
        "F9c",
        "everything of every instance killed",
        Outage.BLOCKED,
        scene -> {
          for (var instance : scene.instances()) {
            Scene.signalAll("KILL", instance);
          }
        });
  }

  private void standbys() {
    row(
        "F3a",
        "a standby's WAL receiver killed",
        Outage.STALL,
        scene -> Scene.signalServerProcess("KILL", scene.standby(), "walreceiver"));
    row(
        "F3b",
        "a standby's startup process killed",
        Outage.STALL,
        scene -> Scene.signalServerProcess("KILL", scene.standby(), "startup"));
    row(
        "F3c",
        "a standby's postmaster killed",
        Outage.STALL,
        scene -> Scene.signalPostmaster("KILL", scene.standby()));
    row(
        "F3d",
        "a standby's instance manager killed",
        Outage.STALL,
        scene -> Scene.signalManager("KILL", scene.standby()));
    row(
        "F18",
        "one standby frozen for 12 s",
        Outage.STALL,
        scene -> stopped(12, scene.standby(), Scene::signalAll));
    row(
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
    row(
        "F20",
        "standbys restart in turn",
        Outage.STALL,
        scene -> {
          for (var standby : scene.standbys()) {
            Scene.signalPostmaster("KILL", standby);
            Scene.pause(4);
          }
        });
    row(
        "F22",
        "waiting commits cancelled, then the primary crashes",
        Outage.BLOCKED,
        FaultTable::cancelThenCrash);
    row(
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

  private void controlPlane() {
    row(
        "F39",
        "API server, operator and pod runtime stopped for 12 s",
        Outage.BLOCKED,
        scene -> {
          scene.signalControlPlane("STOP");
          Scene.pause(12);
          scene.signalControlPlane("CONT");
        });
    row(
        "F40",
        "control plane stopped, then the postmaster killed",
        Outage.BLOCKED,
        scene -> {
          var primary = scene.primary();
          scene.signalControlPlane("STOP");
          Scene.pause(2);
          Scene.signalPostmaster("KILL", primary);
          Scene.pause(6);
          scene.signalControlPlane("CONT");
        });
    row(
        "F8",
        "control plane killed, up again after 5 s",
        Outage.BLOCKED,
        scene -> {
          scene.signalControlPlane("KILL");
          Scene.pause(5);
          scene.upAgain();
        });
    row(
        "F97",
        "the application's Secret deleted",
        Outage.STALL,
        scene -> scene.deleteSecret(Scene.CLUSTER + "-server"));
  }

  private void leases() {
    row(
        "F44",
        "the Lease annotated 40 times",
        Outage.STALL,
        scene -> {
          for (int i = 0; i < 40; i++) {
            scene.patchLease("{\"metadata\":{\"annotations\":{\"somebody/else\":\"" + i + "\"}}}");
            Scene.pause(0.05);
          }
        });
    row("F49a", "the Lease deleted", Outage.LEASE, Scene::deleteLease);
    row(
        "F49b",
        "the Lease's holder emptied by hand",
        Outage.LEASE,
        scene -> scene.patchLease("{\"spec\":{\"holderIdentity\":\"\"}}"));
    row(
        "F49c",
        "the Lease given to a standby by hand",
        Outage.LEASE,
        scene -> scene.patchLease("{\"spec\":{\"holderIdentity\":\"" + scene.standby() + "\"}}"));
    row("F50", "the Lease restored from 3 s ago", Outage.LEASE, FaultTable::restoreLease);
  }

  private static void restoreLease(Scene scene) throws Exception {
    var old = scene.lease();
    Scene.signalPostmaster("KILL", scene.primary());
    scene.awaitOtherPrimary(scene.primary());
    Scene.pause(3);
    var patch = dev.howdah.kube.Json.object();
    patch.set("spec", old.path("spec"));
    patch.withObject("/metadata").set("annotations", old.at("/metadata/annotations"));
    scene.patchLease(patch.toString());
  }

  private void plannedChange() {
    row("F87a", "switchover", Outage.STALL, scene -> scene.switchTo(scene.standby()));
    row(
        "F87b",
        "switchover, and the target's postmaster dies",
        Outage.HANDOVER,
        scene -> {
          var target = scene.standby();
          scene.switchTo(target);
          Scene.pause(0.15);
          Scene.signalPostmaster("KILL", target);
        });
    row(
        "F87c",
        "switchover, and the old primary's manager dies",
        Outage.LEASE,
        scene -> {
          var primary = scene.primary();
          scene.switchTo(scene.standby());
          Scene.pause(0.15);
          Scene.signalManager("KILL", primary);
        });
    row(
        "F87d",
        "switchover, and the target's manager dies",
        Outage.LEASE,
        scene -> {
          var target = scene.standby();
          scene.switchTo(target);
          Scene.pause(0.2);
          Scene.signalManager("KILL", target);
        });
    row(
        "F98a",
        "the primary's pod deleted",
        Outage.HANDOVER,
        scene -> scene.deletePod(scene.primary(), false));
    row(
        "F98b",
        "the primary's pod deleted by force",
        Outage.LEASE,
        scene -> scene.deletePod(scene.primary(), true));
    row(
        "FENCE1",
        "the primary fenced by hand for 6 s",
        Outage.BLOCKED,
        scene -> {
          scene.fence("[\"" + scene.primary() + "\"]");
          Scene.pause(6);
          scene.fence("[]");
        });
    row(
        "FENCE2",
        "a standby fenced by hand for 6 s",
        Outage.STALL,
        scene -> {
          scene.fence("[\"" + scene.standby() + "\"]");
          Scene.pause(6);
          scene.fence("[]");
        });
    row(
        "FENCE3",
        "all fenced by hand for 6 s",
        Outage.BLOCKED,
        scene -> {
          scene.fence("[\"*\"]");
          Scene.pause(6);
          scene.fence("[]");
        });
    row(
        "F95",
        "hibernated, and back",
        Outage.BLOCKED,
        scene -> {
          scene.annotate("cnpg.io/hibernation", "on");
          Scene.pause(12);
          scene.annotate("cnpg.io/hibernation", "off");
        });
    row(
        "F99",
        "scaled to 2 during a failover, and back",
        Outage.LEASE,
        scene -> {
          Scene.signalPostmaster("KILL", scene.primary());
          scene.patchCluster("{\"spec\":{\"instances\":2}}");
          Scene.pause(10);
          scene.patchCluster("{\"spec\":{\"instances\":3}}");
        });
    row(
        "F90",
        "a parameter changed by reload during a failover",
        Outage.HANDOVER,
        scene -> {
          Scene.signalPostmaster("KILL", scene.primary());
          scene.patchCluster("{\"spec\":{\"postgresql\":{\"parameters\":{\"work_mem\":\"5MB\"}}}}");
        });
  }

  private void doubleFaults() {
    row(
        "F88",
        "the new primary's postmaster dies right after its promotion",
        Outage.LEASE,
        scene -> {
          var first = scene.primary();
          Scene.signalPostmaster("KILL", first);
          scene.awaitOtherPrimary(first);
          Scene.signalPostmaster("KILL", scene.primary());
        });
    row(
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
    row(
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
    row(
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
    row(
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
  }

  private void volumes() {
    row(
        "F79a",
        "a standby's pg_control overwritten",
        Outage.STALL,
        scene -> {
          var standby = scene.standby();
          var data = Scene.data(standby);
          Scene.signalPostmaster("KILL", standby);
          Scene.overwrite(data.resolve("global/pg_control"), 0, new byte[512]);
        });
    row(
        "F80b",
        "a standby's data directory deleted",
        Outage.STALL,
        scene -> Scene.deleteTree(Scene.data(scene.standby())));
    row(
        "F82",
        "a standby's volume and pod deleted",
        Outage.STALL,
        scene -> {
          var standby = scene.standby();
          scene.deleteVolume(standby);
          scene.deletePod(standby, false);
        });
    row(
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
    row(
        "F80a",
        "the primary's data directory deleted",
        Outage.LEASE,
        scene -> Scene.deleteTree(Scene.data(scene.primary())));
    row(
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
  }
}
