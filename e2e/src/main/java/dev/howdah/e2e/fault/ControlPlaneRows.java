// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import dev.howdah.e2e.fault.FaultRow.Outage;

/// What happens to the API server, the operator and the Lease.
final class ControlPlaneRows {
  private ControlPlaneRows() {}

  static void add(FaultTable table) {
    table.row(
        "F39",
        "API server, operator and pod runtime stopped for 12 s",
        Outage.BLOCKED,
        scene -> {
          scene.signalControlPlane("STOP");
          Scene.pause(12);
          scene.signalControlPlane("CONT");
        });
    table.row(
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
    table.row(
        "F8",
        "control plane killed, up again after 5 s",
        Outage.BLOCKED,
        scene -> {
          scene.signalControlPlane("KILL");
          Scene.pause(5);
          scene.upAgain();
        });
    table.row(
        "F97",
        "the servers' certificate deleted",
        Outage.STALL,
        scene -> scene.deleteSecret(Scene.CLUSTER + "-server"));
    table.row(
        "F44",
        "the Lease annotated 40 times",
        Outage.STALL,
        scene -> {
          for (int i = 0; i < 40; i++) {
            scene.patchLease("{\"metadata\":{\"annotations\":{\"somebody/else\":\"" + i + "\"}}}");
            Scene.pause(0.05);
          }
        });
    table.row(
        "F41",
        "the control plane stops for 2 s of every 4 s, four times",
        Outage.HANDOVER,
        scene ->
            scene.withoutFailover(() -> {
              for (int i = 0; i < 4; i++) {
                scene.signalControlPlane("STOP");
                Scene.pause(2);
                scene.signalControlPlane("CONT");
                Scene.pause(2);
              }
            }));
    table.row("F49a", "the Lease deleted", Outage.LEASE, Scene::deleteLease);
    table.row(
        "F49b",
        "the Lease's holder emptied by hand",
        Outage.LEASE,
        scene -> scene.patchLease("{\"spec\":{\"holderIdentity\":\"\"}}"));
    table.row(
        "F49c",
        "the Lease given to a standby by hand",
        Outage.LEASE,
        scene -> scene.patchLease("{\"spec\":{\"holderIdentity\":\"" + scene.standby() + "\"}}"));
    table.row(
        "F50", "the Lease restored from 3 s ago", Outage.LEASE, ControlPlaneRows::restoreLease);
  }

  private static void restoreLease(Scene scene) throws Exception {
    var old = scene.lease();
    var primary = scene.primary();
    Scene.signalPostmaster("KILL", primary);
    scene.awaitOtherPrimary(primary);
    Scene.pause(3);
    var patch = dev.howdah.kube.Json.object();
    patch.set("spec", old.path("spec"));
    patch.withObject("/metadata").set("annotations", old.at("/metadata/annotations"));
    scene.patchLease(patch.toString());
  }
}
