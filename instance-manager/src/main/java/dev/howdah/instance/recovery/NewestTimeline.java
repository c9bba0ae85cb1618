// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import dev.howdah.backup.archive.WalFile;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.postgres.config.RecoveryTarget;
import dev.howdah.postgres.config.RecoveryTarget.Point;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;

/// What `latest` means in an archive: the newest timeline of which there is WAL.
///
/// PostgreSQL looks for it from number to number and stops at the first without a `.history` file.
/// Where one is missing in between, it would end on an earlier timeline and look complete.
///
/// @param newest the highest timeline that has WAL
/// @param named those whose histories are there
record NewestTimeline(long newest, Set<Long> named) {
  static NewestTimeline of(Collection<WalFile> files) {
    return new NewestTimeline(
        files.stream()
            .filter(f -> f.kind() != WalFile.Kind.TIMELINE_HISTORY)
            .mapToLong(WalFile::timeline)
            .max()
            .orElse(1),
        files.stream()
            .filter(f -> f.kind() == WalFile.Kind.TIMELINE_HISTORY)
            .map(WalFile::timeline)
            .collect(Collectors.toSet()));
  }

  /// A target that leads there, whatever PostgreSQL would find by itself.
  ///
  /// @param from the timeline of the base backup
  /// @param place of the archive
  /// @throws IllegalArgumentException if the history of the newest timeline is missing: nobody
  ///   knows then which WAL leads to it
  RecoveryTarget target(RecoveryTarget asked, long from, String place) {
    boolean stays = newest <= from || asked.point() instanceof Point.Immediate;
    if (!asked.timeline().equals("latest") || stays) {
      return asked;
    }
    if (!named.contains(newest)) {
      throw new IllegalArgumentException(
          "%s is missing in %s/wals, but WAL of timeline %d is there: a recovery to the latest timeline would end before it. Bring the file back from an instance or a copy of the archive; or give up what was written on that timeline, and name the one to recover to in recoveryTarget.targetTLI (the base backup's is %d)"
              .formatted(
                  TimelineHistory.fileName(new Timeline((int) newest)), place, newest, from));
    }
    long found = from;
    while (named.contains(found + 1)) {
      found++;
    }
    return found >= newest
        ? asked
        : new RecoveryTarget(Long.toString(newest), asked.point(), asked.exclusive());
  }
}
