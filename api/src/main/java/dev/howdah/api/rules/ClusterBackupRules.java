// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import java.util.List;

/// Rules of how a Cluster's backups are taken, and of its plugins.
final class ClusterBackupRules {
  private ClusterBackupRules() {}

  static void check(Place spec, Findings findings) {
    Place backup = spec.at("backup");
    Place store = backup.at("barmanObjectStore");
    if (store.present()) {
      ObjectStoreRules.check(store, true, findings);
    }
    Place retention = backup.at("retentionPolicy");
    if (retention.present() && !retention.text().matches("[1-9][0-9]*[dwm]")) {
      findings.invalid(
          retention, "not a span of time", "write days, weeks or months, as 30d, 4w or 6m");
    }
    if (retention.present() && !store.present()) {
      findings.warn(
          retention,
          "has no effect without backup.barmanObjectStore",
          "set it in the ObjectStore of the plugin, or add the store");
    }
    List<String> tablespaces =
        spec.at("tablespaces").items().stream().map(item -> item.at("name").text()).toList();
    Place classes = backup.at("volumeSnapshot", "tablespaceClassName");
    for (String tablespace : classes.keys()) {
      if (!tablespaces.contains(tablespace)) {
        findings.invalid(
            classes.entry(tablespace),
            "there is no tablespace \"" + tablespace + "\"",
            tablespaces.isEmpty() ? "remove the entry" : "use one of " + tablespaces);
      }
    }
    plugins(spec, store.present(), findings);
  }

  private static void plugins(Place spec, boolean store, Findings findings) {
    List<Place> archivers =
        spec.at("plugins").items().stream()
            .filter(plugin -> !plugin.at("enabled").isFalse())
            .filter(plugin -> plugin.at("isWALArchiver").isTrue())
            .toList();
    if (archivers.size() > 1) {
      findings.invalid(
          archivers.get(1).at("isWALArchiver"),
          "another plugin archives the WAL already",
          "leave isWALArchiver: true to one of them");
    }
    if (store && !archivers.isEmpty()) {
      findings.forbidden(
          archivers.getFirst().at("isWALArchiver"),
          "backup.barmanObjectStore archives the WAL already",
          "remove one of the two");
    }
  }
}
