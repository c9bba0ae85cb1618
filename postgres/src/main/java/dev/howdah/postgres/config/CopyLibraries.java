// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.util.Collection;
import java.util.List;
import java.util.Set;

/// Which preloaded libraries a throw-away copy of a server may load.
///
/// A library that is loaded at the start may start processes that act by themselves: send what is
/// queued, replicate, run jobs, talk to other nodes. In a copy that would happen a second time. So
/// a copy loads only those that are known to do nothing by themselves, or that
/// [JobConfiguration#quiet] keeps from it; the others only if their user says that they may.
public final class CopyLibraries {
  /// They observe, check, or add functions, and start no process of their own.
  private static final Set<String> QUIET =
      Set.of(
          "age",
          "anon",
          "auth_delay",
          "auto_explain",
          "credcheck",
          "orafce",
          "passwordcheck",
          "pg_hint_plan",
          "pg_qualstats",
          "pg_stat_kcache",
          "pg_stat_monitor",
          "pg_stat_statements",
          "pg_store_plans",
          "pgaudit",
          "plpgsql",
          "plpgsql_check",
          "postgis-3",
          "safeupdate",
          "sepgsql",
          "set_user",
          "supautils",
          "vector");

  /// They run jobs, or their user's functions at each connection, and a parameter stops them.
  private static final Set<String> QUIETED = Set.of("pg_cron", "pg_tle", "timescaledb");

  private CopyLibraries() {}

  /// @param loaded names as in `shared_preload_libraries`, or paths
  /// @param allowed names that the user allows besides
  /// @return those that a copy doesn't load, in their order
  public static List<String> leftOut(Collection<String> loaded, Collection<String> allowed) {
    return loaded.stream()
        .filter(library -> !library.isBlank())
        .filter(library -> {
          String name = name(library);
          return !QUIET.contains(name)
              && !QUIETED.contains(name)
              && !allowed.contains(name)
              && !allowed.contains(library);
        })
        .toList();
  }

  /// Of a library that may be given with folder and extension.
  static String name(String library) {
    String file = library.substring(library.lastIndexOf('/') + 1);
    return file.endsWith(".so") ? file.substring(0, file.length() - 3) : file;
  }
}
