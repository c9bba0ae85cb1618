// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.postgres.config.RecoveryTarget;
import dev.howdah.postgres.config.RecoveryTarget.Point;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Decides which base backup a recovery begins with.
final class BackupChoice {
  private BackupChoice() {}

  /// @param done the complete backups, oldest first
  /// @param id the one that was asked for; empty for the best one
  /// @param history of the timeline that recovery is to reach; null for the backup's own
  /// @throws IllegalArgumentException saying what there is and what to change
  static BackupInfo of(
      List<BackupInfo> done, String id, RecoveryTarget target, @Nullable TimelineHistory history) {
    if (done.isEmpty()) {
      throw new IllegalArgumentException(
          "no target backup found: there is no complete base backup; check serverName and"
              + " destinationPath, or take a backup first");
    }
    if (!id.isEmpty()) {
      return done.stream()
          .filter(b -> b.id().equals(id) || id.equals(b.name()))
          .findFirst()
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "no target backup found: there is no backup %s; there are %s"
                      .formatted(id, ids(done))));
    }
    String system = done.getLast().systemId(); // what another server left here counts for nothing
    List<BackupInfo> reachable =
        done.stream()
            .filter(b -> b.systemId().equals(system))
            .filter(b -> history == null || isOnTheWay(b, history))
            .toList();
    if (reachable.isEmpty()) {
      throw new IllegalArgumentException(
          "no target backup found: none of the backups %s is in the history of timeline %s; correct recoveryTarget.targetTLI"
              .formatted(ids(done), history == null ? "" : history.timeline()));
    }
    Predicate<BackupInfo> early =
        switch (target.point()) {
          case Point.Time(Instant time) -> b -> !end(b).isAfter(time);
          case Point.Position(Lsn lsn) -> b -> endLsn(b).compareTo(lsn) < 0;
          case Point.End _, Point.Immediate _, Point.Transaction _, Point.Name _ -> _ -> true;
        };
    return reachable.reversed().stream()
        .filter(early)
        .findFirst()
        .orElseThrow(() -> tooEarly(target, reachable.getFirst()));
  }

  private static IllegalArgumentException tooEarly(RecoveryTarget target, BackupInfo oldest) {
    String wanted =
        switch (target.point()) {
          case Point.Time(Instant time) -> "targetTime " + time;
          case Point.Position(Lsn lsn) -> "targetLSN " + lsn;
          case Point.End _, Point.Immediate _, Point.Transaction _, Point.Name _ -> "the target";
        };
    return new IllegalArgumentException(
        "no target backup found: %s lies before the end of the oldest backup, %s (%s, %s); nothing before that can be recovered, choose a later target"
            .formatted(wanted, oldest.id(), end(oldest), endLsn(oldest)));
  }

  /// A backup of a timeline that was left before the backup ended leads nowhere.
  private static boolean isOnTheWay(BackupInfo backup, TimelineHistory history) {
    var timeline = new Timeline((int) backup.timeline());
    return timeline.equals(history.timeline())
        || history.endOf(timeline).map(end -> endLsn(backup).compareTo(end) <= 0).orElse(false);
  }

  private static Instant end(BackupInfo backup) {
    return Objects.requireNonNull(backup.endTime(), "a complete backup has an end");
  }

  private static Lsn endLsn(BackupInfo backup) {
    Lsn lsn = backup.endLsn();
    return lsn == null ? Lsn.ZERO : lsn;
  }

  private static String ids(List<BackupInfo> backups) {
    return backups.stream().map(BackupInfo::id).collect(Collectors.joining(", "));
  }
}
