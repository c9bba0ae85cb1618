// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.backup;

import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.core.retention.RetentionPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Decides which backup an incremental one builds on.
final class ParentChoice {
  /// Of a Backup or ScheduledBackup: `true`, or how old the full backup at the bottom may be, such
  /// as `7d`; beyond that a full one is taken.
  static final String ANNOTATION = "howdah.dev/incremental";

  private ParentChoice() {}

  /// @param asked the annotation's value; empty or `false` for a full backup
  /// @param done the complete backups, oldest first
  /// @return empty if a full one is to be taken
  /// @throws IllegalArgumentException for a value that is none
  static Optional<BackupInfo> of(String asked, List<BackupInfo> done, Instant now) {
    if (asked.isEmpty() || asked.equals("false") || done.isEmpty()) {
      return Optional.empty();
    }
    BackupInfo newest = done.getLast();
    Instant bottom = bottom(newest, done);
    boolean young = bottom != null && !bottom.isBefore(now.minus(longest(asked)));
    return young ? Optional.of(newest) : Optional.empty();
  }

  private static Duration longest(String asked) {
    if (asked.equals("true")) {
      return Duration.ofDays(36_500);
    }
    try {
      if (RetentionPolicy.parse(asked) instanceof RetentionPolicy.Window(var window)) {
        return window;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new IllegalArgumentException(
        "annotation %s: \"%s\" is not valid; write true, or the age from which a full backup is due, such as 7d"
            .formatted(ANNOTATION, asked));
  }

  /// When the full backup ended that a chain begins with; null where the chain is broken.
  private static @org.jspecify.annotations.Nullable Instant bottom(
      BackupInfo backup, List<BackupInfo> done) {
    BackupInfo at = backup;
    while (!at.parent().isEmpty()) {
      String parent = at.parent();
      Optional<BackupInfo> found = done.stream().filter(b -> b.id().equals(parent)).findFirst();
      if (found.isEmpty()) {
        return null;
      }
      at = found.get();
    }
    return at.endTime();
  }
}
