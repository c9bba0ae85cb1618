// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import static dev.howdah.core.metrics.MetricName.counter;
import static dev.howdah.core.metrics.MetricName.gauge;

import dev.howdah.core.metrics.MetricName;
import java.util.List;

/// What an instance tells of itself beside the results of queries.
public final class CollectorMetrics {
  static final MetricName UP =
      gauge("cnpg_collector_up", "Whether PostgreSQL answers the exporter", "cluster");
  static final MetricName VERSION =
      gauge(
          "cnpg_collector_postgres_version",
          "PostgreSQL's version as a number, such as 15.12",
          "full",
          "cluster");
  static final MetricName COLLECTIONS =
      counter("cnpg_collector_collections_total", "Requests for metrics");
  static final MetricName COLLECTION_ERRORS =
      counter(
          "cnpg_collector_collection_errors_total",
          "Requests that were answered incompletely",
          "collector");
  static final MetricName LAST_COLLECTION_ERROR =
      gauge("cnpg_collector_last_collection_error", "Whether the last request met with an error");
  static final MetricName COLLECTION_DURATION =
      gauge(
          "cnpg_collector_collection_duration_seconds",
          "Seconds that collecting took this time",
          "collector");
  static final MetricName MANUAL_SWITCHOVER =
      gauge(
          "cnpg_collector_manual_switchover_required",
          "Whether a rollout waits for a switchover by hand");
  static final MetricName SYNC_REPLICAS =
      gauge(
          "cnpg_collector_sync_replicas",
          "Synchronous standbys: asked for (min, max), waited for (expected), there (observed)",
          "value");
  static final MetricName REPLICA_MODE =
      gauge("cnpg_collector_replica_mode", "Whether the cluster follows another one");
  static final MetricName PG_WAL =
      gauge(
          "cnpg_collector_pg_wal",
          "The WAL folder: size and volume_size in bytes, everything else in segments; NaN is no"
              + " limit",
          "value");
  static final MetricName FIRST_RECOVERABILITY =
      gauge(
          "cnpg_collector_first_recoverability_point",
          "The first moment that can be recovered, in seconds since 1970; 0: none");
  static final MetricName LAST_BACKUP =
      gauge(
          "cnpg_collector_last_available_backup_timestamp",
          "When the last good backup ended, in seconds since 1970; 0: never");
  static final MetricName LAST_FAILED_BACKUP =
      gauge(
          "cnpg_collector_last_failed_backup_timestamp",
          "When a backup failed last, in seconds since 1970; 0: never");
  static final MetricName FENCING =
      gauge("cnpg_collector_fencing_on", "Whether this instance is fenced");
  static final MetricName NODES =
      gauge("cnpg_collector_nodes_used", "Nodes that the instances are on; -1: unknown");

  static final MetricName ERRORS =
      counter("cnpg_errors_total", "Failures of each query", "errorUserQueries");
  static final MetricName LAST_ERROR =
      gauge("cnpg_last_error", "Whether a query failed when they ran last");
  static final MetricName LAST_UPDATE =
      gauge("cnpg_last_update_timestamp", "When the queries ran last, in seconds since 1970");
  static final MetricName CACHE_HITS =
      gauge("cnpg_cache_hits", "Requests answered with results that were still fresh");
  static final MetricName CACHE_MISS =
      gauge("cnpg_cache_miss", "Requests for which the queries were run");
  static final MetricName QUERY_ERROR =
      gauge(
          "howdah_query_last_error",
          "1 for each query that failed when it ran last, with SQLSTATE or what kind of failure it"
              + " was; the instance's log has the message",
          "query",
          "database",
          "error");

  static final MetricName LEADING =
      gauge("howdah_leading", "Whether this instance holds the Lease and leads the cluster");
  static final MetricName TERM =
      gauge("howdah_lease_term", "How often the leadership was taken, as this instance knows it");
  static final MetricName INCIDENT =
      gauge(
          "howdah_last_incident_timestamp",
          "When the primary last changed or restarted, in seconds since 1970; 0: never",
          "kind");
  static final MetricName INCIDENT_GAP =
      gauge(
          "howdah_last_incident_write_gap_seconds",
          "Seconds from noticing the last incident to the first write after it; NaN: unknown");
  static final MetricName INCIDENT_LOSS =
      gauge(
          "howdah_last_incident_lost_wal_bytes",
          "Bytes of WAL that the last incident may have lost at most; NaN: unknown");
  static final MetricName VOLUME_SIZE =
      gauge("howdah_volume_size_bytes", "Size of a volume's file system", "volume");
  static final MetricName VOLUME_FREE =
      gauge("howdah_volume_available_bytes", "Room left in a volume's file system", "volume");
  static final MetricName MEMORY =
      gauge(
          "process_resident_memory_bytes", "Memory of the instance manager, without PostgreSQL's");
  static final MetricName CPU =
      counter("process_cpu_seconds_total", "CPU time of the instance manager");
  static final MetricName START =
      gauge("process_start_time_seconds", "When the instance manager began, in seconds since 1970");

  private CollectorMetrics() {}

  /// All of them, for the manual.
  public static List<MetricName> all() {
    return List.of(
        UP,
        VERSION,
        COLLECTIONS,
        COLLECTION_ERRORS,
        LAST_COLLECTION_ERROR,
        COLLECTION_DURATION,
        MANUAL_SWITCHOVER,
        SYNC_REPLICAS,
        REPLICA_MODE,
        PG_WAL,
        FIRST_RECOVERABILITY,
        LAST_BACKUP,
        LAST_FAILED_BACKUP,
        FENCING,
        NODES,
        ERRORS,
        LAST_ERROR,
        LAST_UPDATE,
        CACHE_HITS,
        CACHE_MISS,
        QUERY_ERROR,
        LEADING,
        TERM,
        INCIDENT,
        INCIDENT_GAP,
        INCIDENT_LOSS,
        VOLUME_SIZE,
        VOLUME_FREE,
        MEMORY,
        CPU,
        START);
  }
}
