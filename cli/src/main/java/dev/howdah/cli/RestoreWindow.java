// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.api.rules.TargetTime;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.verify.Verification;
import dev.howdah.objectstore.ObjectStore;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// What an archive can be restored to: looked at before anything is stopped for it.
final class RestoreWindow {
  private final ObjectStore store;
  private final String server;

  RestoreWindow(ObjectStore store, String server) {
    this.store = store;
    this.server = server;
  }

  /// Checks a target.
  ///
  /// @param target as a `recoveryTarget`
  /// @return what it will be restored from, for a person
  /// @throws IllegalArgumentException if it can't be reached, saying why and what can be
  List<String> check(JsonNode target) throws IOException {
    List<BackupInfo> done =
        new BackupCatalog(store, server)
            .list().done().stream().map(BackupCatalog.Entry::info).toList();
    if (done.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no complete backup in %s/%s, so nothing can be restored; take one: howdah backup create"
              .formatted(store.location(), server));
    }
    BackupInfo chosen = chosen(done, target);
    var lines = new ArrayList<String>();
    lines.add(
        "Restores from backup %s, which ended at %s."
            .formatted(chosen.id(), Backups.time(chosen.endTime())));
    var coverage = new Verification(store, server).coverage(chosen);
    if (!coverage.gaps().isEmpty()) {
      var gap = coverage.gaps().getFirst();
      lines.add(
          "Warning: WAL is missing in the archive from %s to %s (howdah wal show); a target behind it can't be reached, and the Cluster then stays as it is."
              .formatted(gap.from(), gap.to()));
    }
    return lines;
  }

  /// The newest backup from before the target.
  static BackupInfo chosen(List<BackupInfo> done, JsonNode target) {
    String id = target.path("backupID").asText("");
    if (!id.isEmpty()) {
      return done.stream()
          .filter(backup -> backup.id().equals(id) || id.equals(backup.name()))
          .findFirst()
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "there is no backup %s; there are: %s"
                      .formatted(
                          id, String.join(", ", done.stream().map(BackupInfo::id).toList()))));
    }
    Instant moment = TargetTime.parse(target.path("targetTime").asText("")).orElse(null);
    if (moment == null) {
      return done.getLast();
    }
    return done.reversed().stream()
        .filter(backup -> !Objects.requireNonNull(backup.endTime()).isAfter(moment))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "%s lies before the end of the oldest backup, %s (%s); choose a later moment"
                    .formatted(
                        target.path("targetTime").asText(),
                        done.getFirst().id(),
                        Backups.time(done.getFirst().endTime()))));
  }
}
