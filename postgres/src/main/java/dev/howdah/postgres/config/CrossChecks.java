// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/// Removes user parameters that are fine each but with which, together, PostgreSQL would not start;
/// and reports those that make committed data less safe.
final class CrossChecks {
  private static final List<String> TLS = List.of("tlsv1", "tlsv1.1", "tlsv1.2", "tlsv1.3");
  private static final Set<String> RISKY_WHEN_ON =
      Set.of(
          "zero_damaged_pages",
          "ignore_invalid_pages",
          "ignore_checksum_failure",
          "ignore_system_indexes");

  private final ClusterSettings cluster;
  private final ParameterTable table;
  private final SortedMap<String, String> user;
  private final List<Finding> findings;

  CrossChecks(
      ClusterSettings cluster,
      ParameterTable table,
      SortedMap<String, String> user,
      List<Finding> findings) {
    this.cluster = cluster;
    this.table = table;
    this.user = user;
    this.findings = findings;
  }

  void apply() {
    walLevel();
    reservedConnections();
    tlsVersions();
    statementStatistics();
    bufferSizes();
    walSize();
    emptyTexts();
    messages();
    durability();
  }

  /// Texts that are never empty, though their type would allow it.
  private void emptyTexts() {
    for (String name :
        List.of(
            "TimeZone",
            "log_timezone",
            "lc_messages",
            "timezone_abbreviations",
            "default_text_search_config",
            "default_table_access_method",
            "client_encoding")) {
      if (user.getOrDefault(name, "x").isBlank()) {
        drop(name, "is empty; remove it to get PostgreSQL's default");
      }
    }
  }

  private void messages() {
    if (!lower("lc_messages", "C").matches("c|c[.].*|posix|en|en[_.@].*")) {
      findings.add(
          new Finding(
              Finding.Kind.UNWISE,
              field("lc_messages"),
              "makes PostgreSQL's log one that Howdah can't read: a standby that needs WAL which its"
                  + " primary has removed isn't copied anew by itself, a replica cluster doesn't say"
                  + " that it has diverged, and storage that failed isn't noticed; leave it out, and"
                  + " set it for the roles that want it (ALTER ROLE)"));
    }
  }

  private void walLevel() {
    boolean minimal = choice("wal_level", "logical").equals("minimal");
    boolean alone =
        cluster.instances() <= 1 && !cluster.walArchiving() && !cluster.replica().enabled();
    if (minimal && !alone) {
      drop(
          "wal_level",
          "minimal leaves nothing to replicate or archive; it needs one instance and the annotation"
              + " cnpg.io/skipWalArchiving: enabled");
    } else if (minimal && number("max_wal_senders", 10) > 0) {
      drop("wal_level", "minimal needs max_wal_senders: \"0\"");
    } else if (minimal && isOn("summarize_wal", false)) {
      drop("summarize_wal", "needs wal_level replica or logical");
    }
    if (!isOn("wal_log_hints", true) && cluster.instances() > 1) {
      drop("wal_log_hints", "must be on with more than one instance: pg_rewind needs it");
    }
    boolean stillMinimal = choice("wal_level", "logical").equals("minimal");
    if (!stillMinimal && cluster.instances() > 1 && number("max_wal_senders", 10) < 2) {
      drop("max_wal_senders", "leaves no connection for standbys to follow; write 2 or more");
    }
  }

  private void reservedConnections() {
    long reserved = number("superuser_reserved_connections", 3);
    if (table.find("reserved_connections").isPresent()) {
      reserved += number("reserved_connections", 0);
    }
    if (reserved < number("max_connections", 100)) {
      return;
    }
    String problem = "leaves no connection to ordinary users; raise max_connections";
    drop("reserved_connections", problem);
    drop("superuser_reserved_connections", problem);
    if (number("max_connections", 100) <= 3) {
      drop("max_connections", "is below the 4 that PostgreSQL needs at least");
    }
  }

  private void tlsVersions() {
    int lowest = TLS.indexOf(lower("ssl_min_protocol_version", "tlsv1.3"));
    String highest = lower("ssl_max_protocol_version", "tlsv1.3");
    if (!highest.isEmpty() && TLS.indexOf(highest) < lowest) {
      drop("ssl_min_protocol_version", "is above ssl_max_protocol_version");
      drop("ssl_max_protocol_version", "is below ssl_min_protocol_version");
    }
  }

  /// `log_statement_stats` excludes the three others.
  private void statementStatistics() {
    if (isOn("log_statement_stats", false)) {
      for (String other : List.of("log_parser_stats", "log_planner_stats", "log_executor_stats")) {
        if (isOn(other, false)) {
          drop(other, "cannot be on together with log_statement_stats");
        }
      }
    }
  }

  /// The sizes of the caches for transaction status come in whole banks.
  private void bufferSizes() {
    for (String name :
        List.of(
            "commit_timestamp_buffers",
            "multixact_member_buffers",
            "multixact_offset_buffers",
            "notify_buffers",
            "serializable_buffers",
            "subtransaction_buffers",
            "transaction_buffers")) {
      if (number(name, 0) % 16 != 0) {
        drop(name, "must be a multiple of 16 pages (128kB)");
      }
    }
    long ring = number("vacuum_buffer_usage_limit", 0);
    if (ring > 0 && ring < 128) {
      drop("vacuum_buffer_usage_limit", "must be 0 or at least 128kB");
    }
  }

  /// Each must hold two segments, whose size is fixed when the cluster is born.
  private void walSize() {
    int least = 2 * cluster.walSegmentMegabytes();
    for (String name : List.of("min_wal_size", "max_wal_size")) {
      if (number(name, Integer.MAX_VALUE) < least) {
        drop(name, "must hold at least two WAL segments, " + least + "MB");
      }
    }
    if (number("min_wal_size", 80) > number("max_wal_size", 1024)) {
      findings.add(
          new Finding(
              Finding.Kind.UNWISE,
              field("min_wal_size"),
              "is above max_wal_size, which then rules"));
    }
  }

  private void durability() {
    for (String name : List.of("fsync", "full_page_writes")) {
      if (!isOn(name, true)) {
        reduced(name, "is off: a crash of the machine can destroy the whole database");
      }
    }
    for (String name : RISKY_WHEN_ON) {
      if (isOn(name, false)) {
        reduced(name, "is on: damaged data is passed over in silence; use it for a rescue only");
      }
    }
    if (choice("synchronous_commit", "on").equals("off")) {
      reduced("synchronous_commit", "is off: a crash loses commits that were acknowledged");
    }
  }

  private void reduced(String name, String message) {
    findings.add(new Finding(Finding.Kind.DURABILITY_REDUCED, field(name), message));
  }

  private void drop(String name, String problem) {
    if (user.remove(name) != null) {
      findings.add(new Finding(Finding.Kind.REFUSED, field(name), problem));
    }
  }

  private static String field(String name) {
    return "spec.postgresql.parameters." + name;
  }

  private boolean isOn(String name, boolean byDefault) {
    String value = user.get(name);
    return value == null ? byDefault : Parameter.bool(value).orElse(byDefault);
  }

  private String lower(String name, String byDefault) {
    return ParameterTable.key(user.getOrDefault(name, byDefault));
  }

  private String choice(String name, String byDefault) {
    String value = user.get(name);
    return value == null
        ? byDefault
        : table.find(name).map(parameter -> parameter.canonical(value)).orElse(value);
  }

  private long number(String name, long byDefault) {
    String value = user.get(name);
    return value == null
        ? byDefault
        : table
            .find(name)
            .flatMap(parameter -> parameter.number(value))
            .map(BigDecimal::longValue)
            .orElse(byDefault);
  }
}
