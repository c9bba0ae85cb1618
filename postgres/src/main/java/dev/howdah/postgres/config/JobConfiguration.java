// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Configurations of servers that run for the time of a job only: nobody but the job may connect,
/// over the socket.
public final class JobConfiguration {
  private static final String JOB_ONLY =
      "# Written by Howdah for the time of a job.\nlocal all all peer map=local\n";

  private JobConfiguration() {}

  /// For a recovery from the archive: nothing is archived, so that nothing reaches the source's
  /// archive, and the server becomes a primary at the target.
  ///
  /// @param facts with the minimums of the restored directory, below which it would not recover
  public static ServerConfiguration recovery(
      ClusterSettings cluster, int major, ServerFacts facts, RecoveryTarget target) {
    var overrides = closed();
    overrides.put("archive_command", "false");
    overrides.put("hot_standby", "on");
    overrides.put(
        "restore_command", ParameterMerge.managerCommand(facts.paths(), "wal-restore") + " %f %p");
    overrides.putAll(target.parameters());
    return with(cluster, major, facts, overrides);
  }

  /// For a logical import: as fast as possible, since a failed import is begun anew. Write the
  /// files to disk afterwards ({@link dev.howdah.postgres.command.PostgresPrograms#syncToDisk}).
  public static ServerConfiguration logicalImport(
      ClusterSettings cluster, int major, ServerFacts facts) {
    var overrides = closed();
    overrides.put("archive_mode", "off");
    overrides.put("fsync", "off");
    overrides.put("full_page_writes", "off");
    overrides.put("max_wal_senders", "0");
    overrides.put("wal_level", "minimal");
    if (ParameterTable.of(major).find("summarize_wal").isPresent()) {
      overrides.put("summarize_wal", "off");
    }
    return with(cluster, major, facts, overrides);
  }

  /// What keeps the copy of a server from doing by itself what the original does: a subscription
  /// would take the real subscriber's slot, jobs would do their work twice.
  ///
  /// @param libraries that are preloaded
  public static SortedMap<String, String> quiet(Collection<String> libraries) {
    var parameters = new TreeMap<String, String>();
    parameters.put("max_logical_replication_workers", "0");
    var names = libraries.stream().map(CopyLibraries::name).toList();
    if (names.contains("pg_cron")) {
      parameters.put("cron.launch_active_jobs", "off");
    }
    if (names.contains("pg_tle")) { // its workers run functions of the user's, and may refuse ours
      parameters.put("pgtle.enable_clientauth", "off");
      parameters.put("pgtle.enable_password_check", "off");
    }
    if (names.contains("timescaledb")) {
      parameters.put("timescaledb.max_background_workers", "0");
    }
    return parameters;
  }

  /// The same as options of the command line, since `ALTER SYSTEM` in the data that came back has
  /// the last word over files.
  public static List<String> commandLine(ServerConfiguration configuration) {
    var options = new ArrayList<String>();
    String libraries = configuration.parameters().getOrDefault("shared_preload_libraries", "");
    quiet(preloaded(libraries))
        .forEach((name, value) -> options.addAll(List.of("-c", name + "=" + value)));
    return options;
  }

  private static List<String> preloaded(String libraries) {
    return List.of(libraries.split("[\\s,]+"));
  }

  private static TreeMap<String, String> closed() {
    var map = new TreeMap<String, String>();
    map.put("listen_addresses", "");
    map.put("ssl", "off");
    map.put("synchronous_standby_names", "");
    map.put("primary_conninfo", "");
    map.put("primary_slot_name", "");
    return map;
  }

  private static ServerConfiguration with(
      ClusterSettings cluster, int major, ServerFacts facts, Map<String, String> overrides) {
    ServerConfiguration usual = ServerConfiguration.of(cluster, major, facts);
    var sorted = new TreeMap<>(overrides);
    String libraries = usual.parameters().getOrDefault("shared_preload_libraries", "");
    sorted.putAll(quiet(preloaded(libraries)));
    String text = "# Written by Howdah for the time of a job.\n" + ConfText.lines(sorted);
    String filesHash =
        ServerConfiguration.sha256(
            usual.customConf() + "\0" + text + "\0" + JOB_ONLY + "\0" + usual.ident());
    return new ServerConfiguration(
        usual.parameters(),
        sorted,
        usual.customConf(),
        text + ConfText.line(ServerConfiguration.FILES_HASH, filesHash),
        JOB_ONLY,
        usual.ident(),
        usual.configHash(),
        filesHash,
        usual.findings());
  }
}
