// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import dev.howdah.api.names.Annotations;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Rules of a Backup and of a ScheduledBackup.
final class BackupRules {
  private static final int FULL_SCHEDULE = 6;

  private BackupRules() {}

  static void check(Place backup, @Nullable Place before, Findings findings) {
    Place spec = backup.at("spec");
    common(spec, findings);
    Place deadline =
        backup.at("metadata", "annotations").entry(Annotations.VOLUME_SNAPSHOT_DEADLINE);
    if (deadline.present() && !deadline.text().matches("[+-]?[0-9]{1,9}")) {
      findings.invalid(deadline, "not a number of minutes", "write it as \"10\"");
    }
    if (before != null && !spec.node().equals(before.at("spec").node())) {
      findings.forbidden(spec, "a Backup can't change", "make a new one");
    }
  }

  static void checkSchedule(Place scheduled, @Nullable Place before, Findings findings) {
    Place spec = scheduled.at("spec");
    common(spec, findings);
    Place schedule = spec.at("schedule");
    CronSchedule.problem(schedule.text())
        .ifPresent(problem ->
            findings.invalid(
                schedule,
                problem,
                "write seconds, minutes, hours, day of month, month, day of week, as in \"0 0 3"
                    + " * * *\" for three at night"));
    boolean descriptor = schedule.text().startsWith("@");
    int fields = schedule.text().strip().split("\\s+").length;
    if (!descriptor && fields != FULL_SCHEDULE && CronSchedule.problem(schedule.text()).isEmpty()) {
      findings.warn(
          schedule,
          "has %d fields; the first is read as seconds".formatted(fields),
          "write all six to be clear");
    }
    if (CronSchedule.isEverySecond(schedule.text())) {
      findings.warn(
          schedule, "asks for backups faster than they can be taken", "leave hours between them");
    }
    sameCluster(spec, before, findings);
  }

  private static void common(Place spec, Findings findings) {
    clusterNamed(spec, findings);
    Place method = spec.at("method");
    switch (method.text()) {
      case "barmanObjectStore" -> {
        for (String field : List.of("online", "onlineConfiguration")) {
          if (spec.at(field).present()) {
            findings.forbidden(spec.at(field), "for method volumeSnapshot only", "remove it");
          }
        }
      }
      case "plugin" -> {
        if (!spec.at("pluginConfiguration", "name").filled()) {
          findings.required(
              spec.at("pluginConfiguration"), "says which plugin takes the backup", "add its name");
        }
      }
      case "volumeSnapshot" -> {}
      default ->
          findings.notSupported(
              method, "no way to back up", "write barmanObjectStore, volumeSnapshot or plugin");
    }
  }

  /// A resource that belongs to a Cluster must name it.
  static void clusterNamed(Place spec, Findings findings) {
    if (!spec.at("cluster", "name").filled()) {
      findings.required(spec.at("cluster", "name"), "missing", "write the Cluster's name");
    }
  }

  /// A resource stays with its Cluster.
  static void sameCluster(Place spec, @Nullable Place before, Findings findings) {
    if (before != null) {
      unchanged(spec.at("cluster", "name"), before.at("spec", "cluster", "name"), findings);
    }
  }

  /// A field that can't change.
  static void unchanged(Place now, Place before, Findings findings) {
    if (before.present() && now.present() && !now.node().equals(before.node())) {
      findings.invalid(
          now, "can't change from \"" + before.text() + "\"", "make a new object instead");
    }
  }
}
