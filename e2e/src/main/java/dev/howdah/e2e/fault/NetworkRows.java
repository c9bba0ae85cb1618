// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import dev.howdah.e2e.fault.FaultRow.Need;
import dev.howdah.e2e.fault.FaultRow.Outage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Random;

/// What the network doesn't deliver.
final class NetworkRows {
  private NetworkRows() {}

  /// Breaks the network.
  @FunctionalInterface
  private interface Break {
    void apply(NetworkCuts network, Scene scene) throws Exception;
  }

  private static void row(
      FaultTable table, String id, String name, Outage outage, double seconds, Break what) {
    table.row(
        id,
        name,
        outage,
        Need.FIREWALL,
        scene -> {
          var network = scene.network();
          try {
            what.apply(network, scene);
            Scene.pause(seconds);
            if (network.dropped() == 0) {
              throw new IOException("the cut dropped nothing");
            }
          } finally {
            network.heal();
          }
        });
  }

  static void add(FaultTable table) {
    row(
        table,
        "F23",
        "primary and one standby cut from each other for 12 s",
        Outage.STALL,
        12,
        (network, scene) -> network.cut(scene.primary(), scene.standby()));
    row(
        table,
        "F24a",
        "what the primary sends to one standby is lost for 12 s",
        Outage.STALL,
        12,
        (network, scene) -> network.oneWay(scene.primary(), scene.standby()));
    row(
        table,
        "F24b",
        "what one standby sends to the primary is lost for 12 s",
        Outage.STALL,
        12,
        (network, scene) -> network.oneWay(scene.standby(), scene.primary()));
    row(
        table,
        "F26",
        "primary cut from API server and standbys for 15 s, clients still reach it",
        Outage.LEASE,
        15,
        NetworkRows::primaryAlone);
    row(
        table,
        "F27",
        "primary cut from everybody for 15 s",
        Outage.LEASE,
        15,
        (network, scene) -> network.isolate(scene.primary()));
    row(
        table,
        "F28",
        "primary cut from the API server only for 15 s",
        Outage.STALL,
        15,
        (network, scene) -> network.cutFromControlPlane(scene.primary()));
    row(
        table,
        "F29",
        "primary cut from the API server and one standby for 15 s",
        Outage.LEASE,
        15,
        (network, scene) -> {
          var primary = scene.primary();
          network.cut(primary, scene.standby());
          network.cutFromControlPlane(primary);
        });
    row(
        table,
        "F30",
        "primary and one standby cut from the other and the API server for 12 s",
        Outage.BLOCKED,
        12,
        NetworkRows::minorityWithPrimary);
    row(
        table,
        "F31",
        "one standby cut from the API server for 12 s",
        Outage.STALL,
        12,
        (network, scene) -> network.cutFromControlPlane(scene.standby()));
    row(
        table,
        "F32",
        "all instances cut from the API server for 12 s",
        Outage.STALL,
        12,
        (network, scene) -> {
          for (var instance : scene.instances()) {
            network.cutFromControlPlane(instance);
          }
        });
    row(
        table,
        "F33a",
        "both standbys cut from the primary, not from each other, for 8 s",
        Outage.BLOCKED,
        8,
        (network, scene) -> {
          var primary = scene.primary();
          for (var standby : scene.standbys()) {
            network.cut(primary, standby);
          }
        });
    row(
        table,
        "F33b",
        "instances isolated one by one and freed in another order",
        Outage.BLOCKED,
        2,
        NetworkRows::swizzle);
    row(
        table,
        "F34b",
        "the primary's network goes away for 1.5 s of every 3 s, five times",
        Outage.LEASE,
        0.5,
        NetworkRows::flapping);
    row(
        table,
        "F35",
        "5 % of all packets between instances lost for 15 s",
        Outage.STALL,
        15,
        (network, scene) -> network.lose(0.05));
  }

  private static void primaryAlone(NetworkCuts network, Scene scene) throws Exception {
    var primary = scene.primary();
    for (var standby : scene.standbys()) {
      network.cut(primary, standby);
    }
    network.cutFromControlPlane(primary);
  }

  private static void minorityWithPrimary(NetworkCuts network, Scene scene) throws Exception {
    var primary = scene.primary();
    var standbys = scene.standbys();
    network.cut(primary, standbys.get(1));
    network.cut(standbys.get(0), standbys.get(1));
    network.cutFromControlPlane(primary);
    network.cutFromControlPlane(standbys.get(0));
  }

  private static void swizzle(NetworkCuts network, Scene scene) throws Exception {
    var order = new ArrayList<>(scene.instances());
    var random = new Random(scene.timeline());
    Collections.shuffle(order, random);
    for (var instance : order) {
      network.isolate(instance);
      Scene.pause(2);
    }
    Collections.shuffle(order, random);
    while (order.size() > 1) {
      order.removeLast();
      network.heal();
      for (var instance : order) {
        network.isolate(instance);
      }
      Scene.pause(2);
    }
  }

  private static void flapping(NetworkCuts network, Scene scene) throws Exception {
    var primary = scene.primary();
    for (int i = 0; i < 5; i++) {
      network.isolate(primary);
      Scene.pause(1.5);
      network.heal();
      Scene.pause(1.5);
    }
    network.isolate(primary);
    Scene.pause(1);
  }
}
