// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Rules of the kinds that get data back: Restore, DatabaseRestore, RestoreDrill.
final class RestoreRules {
  private static final List<String> TARGETS =
      List.of("targetTime", "targetLSN", "targetXID", "targetName", "targetImmediate");
  private static final int SHORTEST = 10;

  private RestoreRules() {}

  static void check(Place restore, @Nullable Place before, Findings findings) {
    Place spec = restore.at("spec");
    BackupRules.clusterNamed(spec, findings);
    same(restore, before, findings);
    target(spec, findings);
  }

  static void checkDatabase(Place restore, @Nullable Place before, Findings findings) {
    Place spec = restore.at("spec");
    BackupRules.clusterNamed(spec, findings);
    same(restore, before, findings);
    target(spec, findings);
    seconds(spec.at("timeoutSeconds"), findings);
    for (Place table : spec.at("tables").items()) {
      if (!table.text().matches("[^.]+\\.[^.]+")) {
        findings.invalid(table, "not schema.table", "write it as public.orders");
      }
    }
  }

  static void checkDrill(Place drill, Findings findings) {
    Place spec = drill.at("spec");
    source(spec, findings);
    Place schedule = spec.at("schedule");
    if (schedule.filled()) {
      CronSchedule.problem(schedule.text())
          .ifPresent(problem ->
              findings.invalid(
                  schedule,
                  problem,
                  "write seconds, minutes, hours, day of month, month, day of week, as in"
                      + " \"0 0 4 * * 0\" for Sundays at four"));
    }
    seconds(spec.at("timeoutSeconds"), findings);
    for (Place query : spec.at("checks", "queries").items()) {
      for (String field : List.of("name", "query")) {
        if (!query.at(field).filled()) {
          findings.required(query.at(field), "missing", "write it, or remove the entry");
        }
      }
    }
  }

  private static void source(Place spec, Findings findings) {
    Place archive = spec.at("archive");
    if (!archive.present()) {
      BackupRules.clusterNamed(spec, findings);
      return;
    }
    if (spec.at("cluster").present()) {
      findings.invalid(
          archive, "excludes cluster", "keep cluster for one that is here, else archive");
    }
    if (!spec.at("storage").present()) {
      findings.required(
          spec.at("storage"), "missing", "say how large a volume the data of the archive needs");
    }
    Place store = archive.at("barmanObjectStore");
    if (store.present() == archive.at("objectStore", "name").filled()) {
      findings.required(
          store, "give one place", "write barmanObjectStore, or objectStore with a name");
    }
    if (store.present()) {
      ObjectStoreRules.check(store, false, findings);
    }
  }

  private static void seconds(Place place, Findings findings) {
    if (place.present() && place.node().asInt() < SHORTEST) {
      findings.invalid(
          place, "too short to restore anything", "give at least %d seconds".formatted(SHORTEST));
    }
  }

  private static void target(Place spec, Findings findings) {
    Place target = spec.at("recoveryTarget");
    long given = TARGETS.stream().filter(field -> isSet(target.at(field))).count();
    if (given > 1) {
      findings.invalid(
          target, "targets exclude each other", "keep one of " + String.join(", ", TARGETS));
    }
    Place time = target.at("targetTime");
    if (time.filled() && !TargetTime.parse(time.text()).isPresent()) {
      findings.invalid(time, "no moment in time", "write it as 2026-01-02T03:04:05Z");
    }
  }

  private static boolean isSet(Place place) {
    return place.filled() || place.node().asBoolean(false);
  }

  private static void same(Place now, @Nullable Place before, Findings findings) {
    if (before != null && !now.at("spec").node().equals(before.at("spec").node())) {
      findings.forbidden(now.at("spec"), "can't change", "make a new one");
    }
  }
}
