// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.operator.tree.Tree;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// What a Cluster's status says of its backups.
///
/// @param holeSince when it was found that WAL is missing (condition `ArchiveComplete`), so that
///   only a base backup that is taken after it makes later moments recoverable again; null if none
///   is missing
/// @param listsSnapshots whether it says from when on snapshots of volumes can be recovered
record ToldOfBackups(@Nullable Instant holeSince, boolean listsSnapshots) {
  static final String CONDITION = "ArchiveComplete";

  /// After a Backup for it that failed.
  static final Duration AGAIN = Duration.ofMinutes(10);

  static ToldOfBackups of(ObjectNode cluster) {
    JsonNode condition = Tree.named(cluster.path("status").path("conditions"), "type", CONDITION);
    boolean hole = condition.path("status").asText("").equals("False");
    boolean snapshots =
        cluster.path("status").path("lastSuccessfulBackupByMethod").has(BackupView.METHOD_SNAPSHOT);
    return new ToldOfBackups(
        hole ? time(condition.path("lastTransitionTime").asText("")) : null, snapshots);
  }

  private static @Nullable Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  /// Whether a Backup has to be made for it: none was since that leads into the archive, and none
  /// failed so lately that the next try has to wait.
  boolean wantsBackup(Collection<BackupView> backups, Instant now) {
    return holeSince != null
        && backups.stream()
            .filter(b -> !b.isSnapshot())
            .noneMatch(b -> {
              Instant made = time(b.object().path("metadata").path("creationTimestamp").asText(""));
              return made != null
                  && !made.isBefore(holeSince)
                  && (!b.hasFailed() || made.isAfter(now.minus(AGAIN)));
            });
  }
}
