// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Which server parameters belong to Howdah, and the defaults it writes for every Cluster.
public final class FixedParameters {
  /// The five parameters that a standby must not have lower than the primary had when it wrote the
  /// WAL.
  public static final Set<String> HOT_STANDBY =
      Set.of(
          "max_connections",
          "max_prepared_transactions",
          "max_wal_senders",
          "max_worker_processes",
          "max_locks_per_transaction");

  private static final Set<String> FIXED =
      Set.of(
          "archive_mode",
          "archive_command",
          "cluster_name",
          "port",
          "primary_conninfo",
          "primary_slot_name",
          "recovery_target",
          "recovery_target_action",
          "recovery_target_inclusive",
          "recovery_target_lsn",
          "recovery_target_name",
          "recovery_target_time",
          "recovery_target_timeline",
          "recovery_target_xid",
          "restore_command",
          "shared_preload_libraries",
          "temp_tablespaces",
          "pg_failover_slots.primary_dsn",
          "pg_failover_slots.standby_slot_names",
          "ssl",
          "ssl_ca_file",
          "ssl_cert_file",
          "ssl_crl_file",
          "ssl_dh_params_file",
          "ssl_key_file",
          "ssl_passphrase_command",
          "ssl_passphrase_command_supports_reload",
          "ssl_prefer_server_ciphers",
          "synchronous_standby_names",
          "synchronized_standby_slots");

  private static final Set<String> BLOCKED =
      Set.of(
          "allow_system_table_mods",
          "archive_cleanup_command",
          "bonjour",
          "bonjour_name",
          "config_file",
          "data_directory",
          "data_sync_retry",
          "event_source",
          "external_pid_file",
          "hba_file",
          "hot_standby",
          "ident_file",
          "jit_provider",
          "listen_addresses",
          "log_destination",
          "log_directory",
          "log_file_mode",
          "log_filename",
          "log_rotation_age",
          "log_rotation_size",
          "log_truncate_on_rotation",
          "logging_collector",
          "promote_trigger_file",
          "recovery_end_command",
          "recovery_min_apply_delay",
          "restart_after_crash",
          "stats_temp_directory",
          "syslog_facility",
          "syslog_ident",
          "syslog_sequence_numbers",
          "syslog_split_messages",
          "unix_socket_directories",
          "unix_socket_group",
          "unix_socket_permissions");

  /// Beyond the API's own list: an archive library would take archiving away from Howdah, and the
  /// other belongs to `postgresql.enableAlterSystem`.
  private static final Set<String> OURS =
      Set.of("archive_library", "allow_alter_system", "db_user_namespace");

  /// Not the user's to change with `ALTER SYSTEM` even where it is allowed, on top of all that is
  /// fixed.
  private static final Set<String> DURABILITY =
      Set.of("fsync", "full_page_writes", "wal_level", "wal_log_hints");

  private static final Map<String, String> DEFAULTS = defaults();

  private FixedParameters() {}

  /// Whether a user's value of this parameter is refused (unless it equals the default).
  public static boolean isFixed(String name) {
    String key = ParameterTable.key(name);
    return FIXED.contains(key)
        || BLOCKED.contains(key)
        || OURS.contains(key)
        || key.startsWith("cnpg.")
        || key.startsWith("howdah.");
  }

  /// Whether `ALTER SYSTEM` may never decide about this parameter.
  public static boolean isOutOfReachOfAlterSystem(String name) {
    return isFixed(name) || DURABILITY.contains(ParameterTable.key(name));
  }

  /// Whether a standby needs at least the primary's value.
  public static boolean isHotStandbySensitive(String name) {
    return HOT_STANDBY.contains(ParameterTable.key(name));
  }

  /// The values written for every Cluster unless the user gives another one.
  public static Map<String, String> defaultValues() {
    return DEFAULTS;
  }

  private static Map<String, String> defaults() {
    var map = new TreeMap<String, String>();
    map.put("archive_mode", "on");
    map.put("archive_timeout", "5min");
    map.put("dynamic_shared_memory_type", "posix");
    map.put("full_page_writes", "on");
    map.put("log_destination", "csvlog");
    map.put("log_directory", "/controller/log");
    map.put("log_filename", "postgres");
    map.put("log_rotation_age", "0");
    map.put("log_rotation_size", "0");
    map.put("log_truncate_on_rotation", "false");
    map.put("logging_collector", "on");
    map.put("max_parallel_workers", "32");
    map.put("max_replication_slots", "32");
    map.put("max_worker_processes", "32");
    map.put("shared_memory_type", "mmap");
    map.put("shared_preload_libraries", "");
    map.put("ssl_max_protocol_version", "TLSv1.3");
    map.put("ssl_min_protocol_version", "TLSv1.3");
    map.put("wal_keep_size", "512MB");
    map.put("wal_level", "logical");
    map.put("wal_log_hints", "on");
    map.put("wal_receiver_timeout", "5s");
    map.put("wal_sender_timeout", "5s");
    return Map.copyOf(map);
  }
}
