// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.api.names.Annotations;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Settings of PostgreSQL as the API treats them: those that every Cluster begins with, those that
/// are not the user's, and how their values read.
final class PostgresParameters {
  /// What every Cluster begins with.
  static final Map<String, String> STANDARD =
      sorted(
          Map.ofEntries(
              Map.entry("archive_timeout", "5min"),
              Map.entry("dynamic_shared_memory_type", "posix"),
              Map.entry("full_page_writes", "on"),
              Map.entry("logging_collector", "on"),
              Map.entry("log_destination", "csvlog"),
              Map.entry("log_directory", "/controller/log"),
              Map.entry("log_filename", "postgres"),
              Map.entry("log_rotation_age", "0"),
              Map.entry("log_rotation_size", "0"),
              Map.entry("log_truncate_on_rotation", "false"),
              Map.entry("max_parallel_workers", "32"),
              Map.entry("max_replication_slots", "32"),
              Map.entry("max_worker_processes", "32"),
              Map.entry("shared_memory_type", "mmap"),
              Map.entry("shared_preload_libraries", ""),
              Map.entry("ssl_max_protocol_version", "TLSv1.3"),
              Map.entry("ssl_min_protocol_version", "TLSv1.3"),
              Map.entry("wal_keep_size", "512MB"),
              Map.entry("wal_level", "logical"),
              Map.entry("wal_log_hints", "on"),
              Map.entry("wal_sender_timeout", "5s"),
              Map.entry("wal_receiver_timeout", "5s")));

  /// What Howdah sets itself.
  static final Set<String> NOT_YOURS =
      Set.copyOf(
          words(
              """
              archive_mode archive_command cluster_name port primary_conninfo primary_slot_name
              recovery_target recovery_target_action recovery_target_inclusive recovery_target_lsn
              recovery_target_name recovery_target_time recovery_target_timeline
              recovery_target_xid restore_command shared_preload_libraries temp_tablespaces
              pg_failover_slots.primary_dsn pg_failover_slots.standby_slot_names ssl ssl_ca_file
              ssl_cert_file ssl_crl_file ssl_dh_params_file ssl_key_file ssl_passphrase_command
              ssl_passphrase_command_supports_reload ssl_prefer_server_ciphers
              synchronous_standby_names synchronized_standby_slots
              allow_system_table_mods archive_cleanup_command bonjour bonjour_name config_file
              data_directory data_sync_retry event_source external_pid_file hba_file hot_standby
              ident_file jit_provider listen_addresses log_destination log_directory log_file_mode
              log_filename log_rotation_age log_rotation_size log_truncate_on_rotation
              logging_collector promote_trigger_file recovery_end_command recovery_min_apply_delay
              restart_after_crash stats_temp_directory syslog_facility syslog_ident
              syslog_sequence_numbers syslog_split_messages unix_socket_directories
              unix_socket_group unix_socket_permissions
              """));

  /// What to use instead of a setting that Howdah keeps to itself.
  static final Map<String, String> INSTEAD =
      Map.of(
          "shared_preload_libraries", "list libraries in spec.postgresql.shared_preload_libraries",
          "synchronous_standby_names", "describe it in spec.postgresql.synchronous",
          "temp_tablespaces", "set temporary: true in spec.tablespaces",
          "recovery_min_apply_delay", "set spec.replica.minApplyDelay",
          "archive_mode",
              "set the annotation cnpg.io/skipWalArchiving: enabled to switch archiving off",
          "archive_command", "describe the archive in spec.backup or spec.plugins",
          "restore_command", "describe the archive in spec.backup or spec.externalClusters",
          "ssl_cert_file", "name a Secret in spec.certificates.serverTLSSecret",
          "ssl_key_file", "name a Secret in spec.certificates.serverTLSSecret",
          "ssl_ca_file", "name a Secret in spec.certificates.clientCASecret");

  private static final Pattern SIZE =
      Pattern.compile("\\s*([0-9]+(?:\\.[0-9]+)?)\\s*(B|kB|MB|GB|TB)?\\s*");
  private static final List<String> TRUE = List.of("on", "true", "yes", "1");
  private static final List<String> FALSE = List.of("off", "false", "no", "0");

  private PostgresParameters() {}

  /// How the archive must be switched for a Cluster.
  static String archiveMode(JsonNode cluster) {
    String skip =
        cluster
            .path("metadata")
            .path("annotations")
            .path(Annotations.SKIP_WAL_ARCHIVING)
            .asText("");
    if (skip.equals(Annotations.ENABLED)) {
      return "off";
    }
    return Replica.isReplica(cluster) ? "always" : "on";
  }

  /// Bytes of a value such as `512MB`; a bare number counts in the unit given.
  static OptionalLong size(String value, long bareUnit) {
    Matcher matcher = SIZE.matcher(value);
    if (!matcher.matches()) {
      return OptionalLong.empty();
    }
    long unit =
        switch (matcher.group(2)) {
          case null -> bareUnit;
          case "B" -> 1L;
          case "kB" -> 1L << 10;
          case "MB" -> 1L << 20;
          case "GB" -> 1L << 30;
          default -> 1L << 40;
        };
    BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit));
    return bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0
        ? OptionalLong.of(Long.MAX_VALUE)
        : OptionalLong.of(bytes.longValue());
  }

  /// Truth as PostgreSQL reads it: any prefix of its words that is unambiguous.
  static Optional<Boolean> truth(String value) {
    String word = value.toLowerCase(Locale.ROOT);
    if (word.isEmpty() || word.equals("o")) {
      return Optional.empty();
    }
    if (TRUE.stream().anyMatch(name -> name.startsWith(word))) {
      return Optional.of(true);
    }
    return FALSE.stream().anyMatch(name -> name.startsWith(word))
        ? Optional.of(false)
        : Optional.empty();
  }

  private static Map<String, String> sorted(Map<String, String> map) {
    return Collections.unmodifiableMap(new TreeMap<>(map));
  }

  private static List<String> words(String text) {
    return Stream.of(text.strip().split("\\s+")).toList();
  }
}
