// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.catalog;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.objectstore.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Where the newest timeline of an archive came from. After a restore in place, backups that were
/// taken behind the branch lie on a way that was abandoned: no moment of the present is reached
/// from them.
///
/// @param history null where the archive tells of none, so that every backup counts
public record Lineage(@Nullable TimelineHistory history) {
  /// Reads the history of the newest timeline.
  public static Lineage of(ObjectStore store, String serverName) {
    String newest = "";
    String name = "";
    for (var object : store.level(serverName + "/wals/").objects()) {
      var file = WalFile.ofKey(object.key()).orElse(null);
      if (file != null
          && file.kind() == WalFile.Kind.TIMELINE_HISTORY
          && file.name().compareTo(name) > 0) {
        name = file.name();
        newest = object.key();
      }
    }
    if (newest.isEmpty()) {
      return new Lineage(null);
    }
    var timeline = new Timeline(Integer.parseInt(name.substring(0, 8), 16));
    var text = new String(WalArchive.read(store, newest), StandardCharsets.UTF_8);
    return new Lineage(TimelineHistory.parse(timeline, text));
  }

  /// Whether the newest timeline of the archive is this one.
  public boolean endsIn(Timeline timeline) {
    return history != null && history.timeline().equals(timeline);
  }

  /// Whether recovery from this backup can reach the present. What isn't known counts as yes.
  public boolean has(BackupInfo info) {
    Lsn end = info.endLsn();
    if (history == null || end == null || info.timeline() >= history.timeline().id()) {
      return true;
    }
    Lsn last = end;
    return Objects.requireNonNull(history)
        .endOf(new Timeline((int) info.timeline()))
        .map(left -> last.compareTo(left) <= 0)
        .orElse(false);
  }
}
