// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import dev.howdah.e2e.fault.FaultRow.Outage;

/// Planned changes, and faults in the middle of them.
final class ChangeRows {
  private ChangeRows() {}

  static void add(FaultTable table) {
    table.row("F87a", "switchover", Outage.STALL, scene -> scene.switchTo(scene.standby()));
    table.row(
        "F87b",
        "switchover, and the target's postmaster dies",
        Outage.HANDOVER,
        scene -> {
          var target = scene.standby();
          scene.switchTo(target);
          Scene.pause(0.15);
          Scene.signalPostmaster("KILL", target);
        });
    table.row(
        "F87c",
        "switchover, and the old primary's manager dies",
        Outage.LEASE,
        scene -> {
          var primary = scene.primary();
          scene.switchTo(scene.standby());
          Scene.pause(0.15);
          Scene.signalManager("KILL", primary);
        });
    table.row(
        "F87d",
        "switchover, and the target's manager dies",
        Outage.LEASE,
        scene -> {
          var target = scene.standby();
          scene.switchTo(target);
          Scene.pause(0.2);
          Scene.signalManager("KILL", target);
        });
    table.row(
        "F98a",
        "the primary's pod deleted",
        Outage.HANDOVER,
        scene -> scene.deletePod(scene.primary(), false));
    table.row(
        "F98b",
        "the primary's pod deleted by force",
        Outage.LEASE,
        scene -> scene.deletePod(scene.primary(), true));
    table.row(
        "FENCE1",
        "the primary fenced by hand for 6 s",
        Outage.BLOCKED,
        scene -> {
          scene.fence("[\"" + scene.primary() + "\"]");
          Scene.pause(6);
          scene.fence("[]");
        });
    table.row(
        "FENCE2",
        "a standby fenced by hand for 6 s",
        Outage.STALL,
        scene -> {
          scene.fence("[\"" + scene.standby() + "\"]");
          Scene.pause(6);
          scene.fence("[]");
        });
    table.row(
        "FENCE3",
        "all fenced by hand for 6 s",
        Outage.BLOCKED,
        scene -> {
          scene.fence("[\"*\"]");
          Scene.pause(6);
          scene.fence("[]");
        });
    table.row(
        "F95",
        "hibernated, and back",
        Outage.BLOCKED,
        scene -> {
          scene.annotate("cnpg.io/hibernation", "on");
          Scene.pause(12);
          scene.annotate("cnpg.io/hibernation", "off");
        });
    table.row(
        "F99",
        "scaled to 2 during a failover, and back",
        Outage.LEASE,
        scene -> {
          Scene.signalPostmaster("KILL", scene.primary());
          scene.patchCluster("{\"spec\":{\"instances\":2}}");
          Scene.pause(10);
          scene.patchCluster("{\"spec\":{\"instances\":3}}");
        });
    table.row(
        "F90",
        "a parameter changed by reload during a failover",
        Outage.HANDOVER,
        scene -> {
          Scene.signalPostmaster("KILL", scene.primary());
          scene.patchCluster("{\"spec\":{\"postgresql\":{\"parameters\":{\"work_mem\":\"5MB\"}}}}");
        });
  }
}
