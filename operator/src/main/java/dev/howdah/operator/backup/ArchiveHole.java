// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.operator.tree.Tree;
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

  /// Whether a Backup has to be made for it: none was since.
  boolean wantsBackup(Collection<BackupView> backups) {
    return since != null
        && backups.stream()
            .map(b -> time(b.object().path("metadata").path("creationTimestamp").asText("")))
            .noneMatch(made -> made != null && !made.isBefore(since));
  }
}
