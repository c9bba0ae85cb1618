// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import dev.howdah.backup.catalog.FileManifest;
import dev.howdah.core.wal.Lsn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The backup that an incremental one builds on.
///
/// @param manifest of all its files
/// @param since where the WAL stood when it began: pages changed since are not surely in it
/// @param sound whether no page of it was damaged
/// @param summaries of the WAL since; null where the server has none
record Parent(FileManifest manifest, Lsn since, boolean sound, @Nullable WalSummaries summaries) {
  /// The main fork only: of the others not every change is in the WAL, and they are small.
  private static final Pattern MAIN_FORK = Pattern.compile("(.*/[0-9]+)(?:\\.[0-9]+)?");

  Parent with(@Nullable WalSummaries found) {
    return new Parent(manifest, since, sound, found);
  }

  /// The file as the parent has it, if its pages tell what changed since; null if the file has to
  /// be copied whole.
  FileManifest.@Nullable Sum fileBefore(Path file, String path) {
    var matcher = MAIN_FORK.matcher(path);
    boolean isTable = path.startsWith("base/") || path.startsWith("pg_tblspc/");
    if (!isTable || !matcher.matches()) {
      return null;
    }
    var before = manifest.files().get(path);
    if (before == null || before.size() % PageChecksum.PAGE != 0) {
      return null;
    }
    // of unlogged relations nothing is in the WAL
    var relation = file.getFileName().toString().replaceFirst("\\..*", "");
    return Files.exists(file.resolveSibling(relation + "_init")) ? null : before;
  }

  /// Which pages of a file may have changed since; null where all may have. A damaged parent is
  /// looked into, since its child would pass the damage on unseen.
  WalSummaries.@Nullable Pages candidates(String path) {
    return sound && summaries != null ? summaries.of(path) : null;
  }

  /// Whether a file wasn't written to since the parent read it, and so needs no look at its pages:
  /// it has the same size, and to the nanosecond the same time of its last write. The manifest
  /// knows that time so finely only where it lay well before the parent began, so that no write
  /// during the parent's copy hides in the same tick of a coarse clock ([FileSums#settledBefore]).
  /// A damaged parent is looked into, since its child would pass the damage on unseen.
  boolean isUntouched(FileManifest.Sum before, long size, Instant modified) {
    return sound && before.size() == size && modified.equals(before.modified());
  }
}
