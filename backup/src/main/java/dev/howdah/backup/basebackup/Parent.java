// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import dev.howdah.backup.catalog.FileManifest;
import dev.howdah.core.wal.Lsn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The backup that an incremental one builds on.
///
/// @param manifest of all its files
/// @param since where the WAL stood when it began: pages changed since are not surely in it
record Parent(FileManifest manifest, Lsn since) {
  /// The main fork only: of the others not every change is in the WAL, and they are small.
  private static final Pattern MAIN_FORK = Pattern.compile("(.*/[0-9]+)(?:\\.[0-9]+)?");

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
}
