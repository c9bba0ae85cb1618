// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.catalog.ImageResolution;
import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Rules of what may change in a Cluster that exists.
final class ClusterUpdateRules {
  private static final int FIRST_UPGRADABLE = 16;

  private ClusterUpdateRules() {}

  static void check(Place now, Place before, Findings findings) {
    major(now, before, findings);
    imageAndParameters(now.at("spec"), before.at("spec"), findings);
    storage(now.at("spec"), before.at("spec"), findings);
    tablespaces(now.at("spec", "tablespaces"), before.at("spec", "tablespaces"), findings);
    immutable(now.at("spec"), before.at("spec"), findings);
    slots(now.at("spec", "replicationSlots"), before.at("spec", "replicationSlots"), findings);
    Place level = now.at("spec", "postgresql", "parameters").entry("wal_level");
    String old = before.at("spec", "postgresql", "parameters").entry("wal_level").text();
    if (level.text().equals("minimal") && !old.equals("minimal")) {
      findings.invalid(level, "can't be lowered to minimal once the cluster runs", "keep " + old);
    }
    replica(now, before, findings);
  }

  private static void replica(Place now, Place before, Findings findings) {
    boolean follows = Replica.isReplica(now.node());
    if (follows == Replica.isReplica(before.node())) {
      return;
    }
    boolean switching = before.at("status", "switchReplicaClusterStatus", "inProgress").isTrue();
    if (switching) {
      findings.forbidden(
          now.at("spec", "replica", "enabled"),
          "the cluster is just becoming a replica cluster",
          "wait until status.switchReplicaClusterStatus.inProgress is false");
    }
    // who promotes the other cluster couldn't tell it from the token to come
    if (follows && before.at("status", "demotionToken").filled()) {
      findings.forbidden(
          now.at("spec", "replica"),
          "status.demotionToken is still that of an earlier time",
          "wait until it is gone, which it is once the primary accepts writes again");
    }
  }

  private static void major(Place now, Place before, Findings findings) {
    OptionalInt wanted = ImageResolution.majorOf(now.node());
    OptionalInt previous = ImageResolution.majorOf(before.node());
    if (wanted.isEmpty()) {
      return;
    }
    boolean catalog = now.at("spec", "imageCatalogRef").present();
    Place place =
        catalog ? now.at("spec", "imageCatalogRef", "major") : now.at("spec", "imageName");
    long running =
        before
            .at("status", "pgDataImageInfo", "majorVersion")
            .number(previous.isPresent() ? previous.getAsInt() : 0);
    if (wanted.getAsInt() < running) {
      findings.invalid(
          place,
          "the data is PostgreSQL %d's, and can't go back to %d"
              .formatted(running, wanted.getAsInt()),
          "name an image of %d or newer".formatted(running));
    } else if (running > 0 && wanted.getAsInt() > running) {
      if (wanted.getAsInt() < FIRST_UPGRADABLE) {
        findings.invalid(
            place,
            "a major upgrade in place leads to PostgreSQL 16 or newer",
            "go to 16 or newer at once");
      }
      if (Replica.isReplica(now.node())) {
        findings.forbidden(
            place,
            "a cluster that follows another one can't be upgraded by itself",
            "upgrade the primary cluster, and make this one anew");
      }
    }
  }

  private static void imageAndParameters(Place now, Place before, Findings findings) {
    boolean image = !now.at("imageName").text().equals(before.at("imageName").text());
    boolean parameters =
        !now.at("postgresql", "parameters")
            .node()
            .equals(before.at("postgresql", "parameters").node());
    if (image && parameters && now.at("primaryUpdateMethod").text().equals("switchover")) {
      findings.invalid(
          now.at("imageName"),
          "image and parameters can't both change with primaryUpdateMethod: switchover",
          "change one after the other");
    }
  }

  private static void storage(Place now, Place before, Findings findings) {
    shrink(now.at("storage"), before.at("storage"), findings);
    classChange(now.at("storage"), before.at("storage"), findings);
    if (before.at("walStorage").present()) {
      if (!now.at("walStorage").present()) {
        findings.required(
            now.at("walStorage"), "can't be removed, as the WAL is there", "put it back");
      } else {
        shrink(now.at("walStorage"), before.at("walStorage"), findings);
        classChange(now.at("walStorage"), before.at("walStorage"), findings);
      }
    }
  }

  private static void shrink(Place now, Place before, Findings findings) {
    Optional<BigDecimal> size = StorageRules.size(now);
    Optional<BigDecimal> old = StorageRules.size(before);
    if (size.isPresent() && old.isPresent() && size.get().compareTo(old.get()) < 0) {
      String was =
          before.at("size").filled()
              ? before.at("size").text()
              : before.at("pvcTemplate", "resources", "requests").entry("storage").text();
      findings.invalid(
          now.at("size"), "volumes can't shrink; it was " + was, "keep that, or write more");
    }
  }

  private static void classChange(Place now, Place before, Findings findings) {
    if (!now.at("storageClass").text().equals(before.at("storageClass").text())) {
      findings.warn(
          now.at("storageClass"),
          "volumes that exist keep their class",
          "delete instances one by one to have them made anew");
    }
  }

  private static void tablespaces(Place now, Place before, Findings findings) {
    Map<String, Place> kept = new HashMap<>();
    now.items().forEach(tablespace -> kept.put(tablespace.at("name").text(), tablespace));
    for (Place old : before.items()) {
      String name = old.at("name").text();
      Place tablespace = kept.get(name);
      if (tablespace == null) {
        findings.invalid(
            now,
            "tablespace \"" + name + "\" can't be removed, as it may hold data",
            "put it back");
      } else {
        shrink(tablespace.at("storage"), old.at("storage"), findings);
      }
    }
  }

  private static void immutable(Place now, Place before, Findings findings) {
    for (String field : List.of("postgresUID", "postgresGID", "serviceAccountName")) {
      Place old = before.at(field);
      boolean set = old.present() && now.at(field).present();
      if (set && !old.text().equals(now.at(field).text())) {
        findings.invalid(now.at(field), "can't change", "keep " + old.text());
      }
    }
  }

  private static void slots(Place now, Place before, Findings findings) {
    Place old = before.at("highAvailability");
    Place slots = now.at("highAvailability");
    if (old.at("enabled").isTrue()
        && slots.at("enabled").isTrue()
        && !old.at("slotPrefix").text().equals(slots.at("slotPrefix").text())) {
      findings.invalid(
          slots.at("slotPrefix"),
          "can't change while the slots are in use",
          "keep " + old.at("slotPrefix").text() + ", or disable highAvailability first");
    }
  }
}
