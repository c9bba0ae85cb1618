// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.archive;

import dev.howdah.backup.codec.Compression;
import java.util.Optional;
import java.util.regex.Pattern;

/// A file of `pg_wal` that PostgreSQL archives, by its name (PostgreSQL manual, "Continuous
/// Archiving").
///
/// @param name as PostgreSQL has it, without the extension of a compression
public record WalFile(String name, Kind kind) {
  private static final Pattern SEGMENT = Pattern.compile("[0-9A-F]{24}");
  private static final Pattern PARTIAL = Pattern.compile("[0-9A-F]{24}\\.partial");
  private static final Pattern BACKUP = Pattern.compile("[0-9A-F]{24}\\.[0-9A-F]{8}\\.backup");
  private static final Pattern HISTORY = Pattern.compile("[0-9A-F]{8}\\.history");

  /// What the file holds.
  public enum Kind {
    SEGMENT,
    /// The last, unfinished segment of a timeline that ended with a promotion.
    PARTIAL,
    /// Start and end of a base backup.
    BACKUP_HISTORY,
    /// Where a timeline came from.
    TIMELINE_HISTORY
  }

  /// Empty for any other name.
  public static Optional<WalFile> named(String name) {
    if (SEGMENT.matcher(name).matches()) {
      return Optional.of(new WalFile(name, Kind.SEGMENT));
    }
    if (HISTORY.matcher(name).matches()) {
      return Optional.of(new WalFile(name, Kind.TIMELINE_HISTORY));
    }
    if (PARTIAL.matcher(name).matches()) {
      return Optional.of(new WalFile(name, Kind.PARTIAL));
    }
    if (BACKUP.matcher(name).matches()) {
      return Optional.of(new WalFile(name, Kind.BACKUP_HISTORY));
    }
    return Optional.empty();
  }

  /// By the last part of a key; its compression's extension doesn't count.
  public static Optional<WalFile> ofKey(String key) {
    var last = key.substring(key.lastIndexOf('/') + 1);
    return named(Compression.plainKey(last));
  }

  /// The timeline it belongs to.
  public long timeline() {
    return Long.parseLong(name.substring(0, 8), 16);
  }

  /// Below the archive's `wals/`, without the compression's extension: history files lie there
  /// directly, all others in a folder named after timeline and high half of the position.
  public String path() {
    return kind == Kind.TIMELINE_HISTORY ? name : name.substring(0, 16) + "/" + name;
  }
}
