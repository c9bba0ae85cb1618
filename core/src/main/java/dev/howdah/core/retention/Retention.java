// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.retention;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/// Decides what retention deletes. It keeps too much rather than too little: the newest complete
/// backup always stays, and WAL goes only when no backup that stays, of any timeline, can need it.
public final class Retention {
  private Retention() {}

  /// A complete base backup.
  ///
  /// @param beginWal the name of the first segment that it needs, 24 hexadecimal digits
  /// @param endWal the name of the last one that makes it consistent
  /// @param keep exempt by hand, with all WAL since
  /// @param keepAlone exempt by hand, with the WAL from `beginWal` to `endWal` only
  /// @param parent the id of the backup that this one builds on; empty for a full one
  /// @param abandoned whether it lies on a branch that the present did not come from, as after a
  ///   restore in place: no moment of the present is reached from it
  public record Backup(
      String id,
      Instant endTime,
      String beginWal,
      String endWal,
      boolean keep,
      boolean keepAlone,
      String parent,
      boolean abandoned) {
    long timeline() {
      return Long.parseLong(beginWal.substring(0, 8), 16);
    }
  }

  /// A backup that doesn't lie in the archive but in snapshots of volumes: to reach a moment after
  /// it takes the archive's WAL from its beginning on.
  ///
  /// @param beginWal the name of the first segment that it needs, 24 hexadecimal digits
  public record Snapshot(String name, Instant endTime, String beginWal) {}

  /// What to delete, with the reason for each backup that stays or goes.
  ///
  /// @param wal names of segments, partial segments and backup history files; never timeline
  ///   history
  public record Plan(List<String> backups, List<String> wal, List<String> reasons) {
    public Plan {
      backups = List.copyOf(backups);
      wal = List.copyOf(wal);
      reasons = List.copyOf(reasons);
    }

    public boolean isEmpty() {
      return backups.isEmpty() && wal.isEmpty();
    }
  }

  /// Decides. Without any backup nothing is deleted. Abandoned backups cover nothing and don't
  /// count, but go no sooner than others of their age.
  ///
  /// @param backups the complete ones only
  /// @param wal the names of all files in the WAL archive
  public static Plan decide(
      RetentionPolicy policy, Instant now, Collection<Backup> backups, Collection<String> wal) {
    var newestFirst = new ArrayList<>(backups);
    newestFirst.sort(Comparator.comparing(Backup::id).reversed());
    var reasons = new ArrayList<String>();
    var stays = new ArrayList<Backup>();
    boolean covered = false;
    boolean reachesPresent = false;
    int counted = 0;
    for (var backup : newestFirst) {
      String why = "";
      if (stays.isEmpty() || !reachesPresent && !backup.abandoned) {
        why = "is the newest";
      } else if (backup.keep || backup.keepAlone) {
        why = "is kept by hand";
      } else {
        why =
            switch (policy) {
              case RetentionPolicy.Count(var count) ->
                  counted < count ? "is among the newest " + count : "";
              case RetentionPolicy.Window _ -> covered ? "" : "is needed for the recovery window";
            };
      }
      reachesPresent |= !backup.abandoned;
      if (policy instanceof RetentionPolicy.Window(var window)
          && !backup.keepAlone
          && !backup.abandoned) {
        // the first that ended before the window began makes the whole window reachable
        covered |= backup.endTime.isBefore(now.minus(window));
      }
      if (!why.isEmpty()) {
        stays.add(backup);
        counted += backup.abandoned ? 0 : 1;
        reasons.add(backup.id + " stays: it " + why);
      }
    }
    addParents(newestFirst, stays, reasons);
    var goes = newestFirst.stream().filter(b -> !stays.contains(b)).map(Backup::id).toList();
    goes.forEach(id -> reasons.add(id + " goes: newer ones cover the policy"));
    return new Plan(
        goes.reversed(), wal.stream().filter(uselessWal(stays)).sorted().toList(), reasons);
  }

  private static void addParents(List<Backup> all, List<Backup> stays, List<String> reasons) {
    for (int i = 0; i < stays.size(); i++) {
      var child = stays.get(i);
      for (var backup : all) {
        if (backup.id.equals(child.parent) && !stays.contains(backup)) {
          stays.add(backup);
          reasons.add(backup.id + " stays: " + child.id + " builds on it");
        }
      }
    }
  }

  /// The snapshots whose WAL stays. With a window: those of the window, and the newest before it
  /// unless a base backup that stays makes the whole window reachable already. They neither count
  /// nor cover for base backups, since anybody may delete a snapshot at any time.
  ///
  /// @param stays the base backups that stay
  public static List<Snapshot> snapshotsThatStay(
      RetentionPolicy policy,
      Instant now,
      Collection<Backup> stays,
      Collection<Snapshot> snapshots) {
    var newestFirst = new ArrayList<>(snapshots);
    newestFirst.sort(Comparator.comparing(Snapshot::endTime).reversed());
    switch (policy) {
      case RetentionPolicy.Count(var count) -> {
        return List.copyOf(newestFirst.subList(0, Math.min(count, newestFirst.size())));
      }
      case RetentionPolicy.Window(var window) -> {
        var begin = now.minus(window);
        boolean covered =
            stays.stream().anyMatch(b -> !b.keepAlone && !b.abandoned && b.endTime.isBefore(begin));
        var needed = new ArrayList<Snapshot>();
        for (var snapshot : newestFirst) {
          if (!snapshot.endTime.isBefore(begin) || !covered) {
            needed.add(snapshot);
          }
          covered |= snapshot.endTime.isBefore(begin);
        }
        return List.copyOf(needed);
      }
    }
  }

  /// Says by its name of a file of the archive, of any timeline, whether no backup that stays can
  /// need it, in the archive or in snapshots.
  public static Predicate<String> uselessWal(
      Collection<Backup> stays, Collection<Snapshot> snapshots) {
    var begin = snapshots.stream().map(s -> s.beginWal.substring(8)).min(String::compareTo);
    var ofStays = uselessWal(stays);
    return begin.isEmpty()
        ? ofStays
        : name -> ofStays.test(name) && name.substring(8, 24).compareTo(begin.get()) < 0;
  }

  /// Says by its name of a file of the archive, of any timeline, whether no backup that stays can
  /// need it.
  public static Predicate<String> uselessWal(Collection<Backup> stays) {
    var list = List.copyOf(stays);
    if (list.isEmpty()) {
      return _ -> false;
    }
    var newest = Collections.max(list, Comparator.comparing(Backup::id));
    return name -> isUseless(name, list, newest);
  }

  /// A file is useless if it lies before the beginning of every backup that stays. A segment of one
  /// timeline can be part of a later one's past, so positions count, whatever the timeline; a
  /// backup kept alone claims only its own range, but nothing behind the newest backup goes: one
  /// that is being taken may need it.
  private static boolean isUseless(String file, List<Backup> stays, Backup newest) {
    if (file.length() < 24 || file.endsWith(".history")) {
      return false;
    }
    var position = file.substring(8, 24);
    if (position.compareTo(newest.endWal.substring(8)) > 0) {
      return false;
    }
    for (var backup : stays) {
      boolean after = position.compareTo(backup.beginWal.substring(8)) >= 0;
      boolean within = after && position.compareTo(backup.endWal.substring(8)) <= 0;
      if (backup.keepAlone ? within : after) {
        return false;
      }
    }
    return true;
  }
}
