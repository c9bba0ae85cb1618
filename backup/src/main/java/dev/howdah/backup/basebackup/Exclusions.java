// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import java.util.Set;
import java.util.regex.Pattern;

/// What of a data directory a base backup leaves out (PostgreSQL manual, "Making a Base Backup
/// Using the Low Level API"; the set is barman-cloud's).
final class Exclusions {
  private static final Set<String> EMPTIED =
      Set.of(
          "log",
          "pg_log",
          "pg_wal",
          "pg_xlog",
          "pg_dynshmem",
          "pg_notify",
          "pg_replslot",
          "pg_serial",
          "pg_stat_tmp",
          "pg_snapshots",
          "pg_subtrans");
  private static final Set<String> FILES =
      Set.of(
          "postgresql.auto.conf.tmp",
          "current_logfiles.tmp",
          "postmaster.pid",
          "postmaster.opts",
          "recovery.conf",
          "standby.signal");
  private static final Pattern TEMPORARY_RELATION =
      Pattern.compile("(^|.*/)[0-9]+/t[0-9]+_[0-9]+(_[a-z]+)?(\\.[0-9]+)?");

  private Exclusions() {}

  /// Whether a folder is stored without what is in it.
  static boolean isEmptied(String path) {
    return EMPTIED.contains(path);
  }

  /// @param path relative to the data directory or to the tablespace's version folder
  static boolean isLeftOut(String path) {
    var name = path.substring(path.lastIndexOf('/') + 1);
    return FILES.contains(path)
        || name.startsWith("pgsql_tmp")
        || name.startsWith("pg_internal.init")
        || path.startsWith("pg_tblspc/")
        || TEMPORARY_RELATION.matcher(path).matches();
  }
}
