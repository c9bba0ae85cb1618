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

/// What a Cluster says of missing WAL (condition `ArchiveComplete`): only a base backup that is
/// taken after it makes later moments recoverable again.
///
/// @param since when the hole was found; null if there is none
record ArchiveHole(@Nullable Instant since) {
  static final String CONDITION = "ArchiveComplete";

  /// After a Backup for it that failed.
  static final Duration AGAIN = Duration.ofMinutes(10);

  static ArchiveHole of(ObjectNode cluster) {
    JsonNode condition = Tree.named(cluster.path("status").path("conditions"), "type", CONDITION);
    boolean hole = condition.path("status").asText("").equals("False");
    return new ArchiveHole(hole ? time(condition.path("lastTransitionTime").asText("")) : null);
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
    return since != null
        && backups.stream()
            .filter(b -> !b.isSnapshot())
            .noneMatch(b -> {
              Instant made = time(b.object().path("metadata").path("creationTimestamp").asText(""));
              return made != null
                  && !made.isBefore(since)
                  && (!b.hasFailed() || made.isAfter(now.minus(AGAIN)));
            });
  }
}
