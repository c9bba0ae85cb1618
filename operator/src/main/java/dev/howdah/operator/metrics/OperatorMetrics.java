// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.metrics;

import static dev.howdah.core.metrics.MetricName.counter;
import static dev.howdah.core.metrics.MetricName.gauge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.metrics.MetricName;
import dev.howdah.core.metrics.Metrics;
import dev.howdah.operator.work.WorkQueue;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;

/// The operator's metrics, and how they are made from what it knows anyway.
public final class OperatorMetrics {
  static final MetricName LEADING =
      gauge("howdah_operator_leading", "Whether this replica leads and acts");
  static final MetricName PASSES =
      counter("howdah_operator_passes_total", "Passes over objects", "queue");
  static final MetricName FAILED =
      counter(
          "howdah_operator_passes_failed_total", "Passes that failed and are repeated", "queue");
  static final MetricName WORKED =
      counter("howdah_operator_passes_seconds_total", "Seconds spent in passes", "queue");
  static final MetricName RUNNING =
      gauge("howdah_operator_passes_running", "Passes that run now", "queue");
  static final MetricName WAITING =
      gauge("howdah_operator_passes_waiting", "Objects that wait for their pass", "queue");
  static final MetricName WEBHOOK_END =
      gauge(
          "howdah_operator_webhook_certificate_end_timestamp",
          "When the webhooks' certificate ends, in seconds since 1970");

  static final MetricName CLUSTER_PHASE =
      gauge(
          "howdah_cluster_phase",
          "1, with the phase of each Cluster",
          "namespace",
          "cluster",
          "phase");
  static final MetricName CLUSTER_READY =
      gauge(
          "howdah_cluster_ready",
          "Whether the Cluster's condition Ready holds",
          "namespace",
          "cluster");
  static final MetricName CLUSTER_INSTANCES =
      gauge("howdah_cluster_instances", "Instances asked for", "namespace", "cluster");
  static final MetricName CLUSTER_READY_INSTANCES =
      gauge("howdah_cluster_ready_instances", "Instances ready", "namespace", "cluster");

  static final MetricName BACKUPS =
      gauge("howdah_backups", "Backups by phase", "namespace", "cluster", "phase");
  static final MetricName BACKUP_DURATION =
      gauge(
          "howdah_last_backup_duration_seconds",
          "Seconds that the last completed Backup took",
          "namespace",
          "cluster");
  static final MetricName BACKUP_END =
      gauge(
          "howdah_last_backup_end_timestamp",
          "When the last completed Backup ended, in seconds since 1970",
          "namespace",
          "cluster");

  static final MetricName DRILL_RESULT =
      gauge(
          "howdah_restore_drill_success",
          "Whether the last restore drill succeeded",
          "namespace",
          "cluster",
          "drill");
  static final MetricName DRILL_END =
      gauge(
          "howdah_restore_drill_end_timestamp",
          "When the last restore drill ended, in seconds since 1970",
          "namespace",
          "cluster",
          "drill");
  static final MetricName DRILL_SUCCESS =
      gauge(
          "howdah_restore_drill_last_success_timestamp",
          "When a restore drill last succeeded, in seconds since 1970; 0: never",
          "namespace",
          "cluster",
          "drill");
  static final MetricName DRILL_TIME =
      gauge(
          "howdah_restore_drill_recovery_seconds",
          "Seconds until the restored server took sessions (recovery time); NaN: it didn't",
          "namespace",
          "cluster",
          "drill");
  static final MetricName DRILL_POINT =
      gauge(
          "howdah_restore_drill_recovery_point_seconds",
          "Age of the newest commit that came back, when the drill began (recovery point); NaN: unknown",
          "namespace",
          "cluster",
          "drill");

  private OperatorMetrics() {}

  /// All of them, for the manual.
  public static List<MetricName> all() {
    return List.of(
        LEADING,
        PASSES,
        FAILED,
        WORKED,
        RUNNING,
        WAITING,
        WEBHOOK_END,
        CLUSTER_PHASE,
        CLUSTER_READY,
        CLUSTER_INSTANCES,
        CLUSTER_READY_INSTANCES,
        BACKUPS,
        BACKUP_DURATION,
        BACKUP_END,
        DRILL_RESULT,
        DRILL_END,
        DRILL_SUCCESS,
        DRILL_TIME,
        DRILL_POINT);
  }

  /// Whether this replica leads.
  public static void leading(Metrics metrics, boolean leads) {
    metrics.add(LEADING, leads ? 1 : 0);
  }

  /// @param end of the certificate that webhooks show
  public static void webhooks(Metrics metrics, Instant end) {
    metrics.add(WEBHOOK_END, end.getEpochSecond());
  }

  /// The work of a queue.
  public static void queue(Metrics metrics, WorkQueue.Figures figures) {
    metrics
        .add(PASSES, figures.passes(), figures.name())
        .add(FAILED, figures.failed(), figures.name())
        .add(WORKED, figures.worked().toMillis() / 1000.0, figures.name())
        .add(RUNNING, figures.running(), figures.name())
        .add(WAITING, figures.waiting(), figures.name());
  }

  /// A Cluster, by its spec and status.
  ///
  /// @param ready its condition Ready
  public static void cluster(
      Metrics metrics,
      String namespace,
      String name,
      JsonNode spec,
      JsonNode status,
      boolean ready) {
    metrics
        .add(CLUSTER_PHASE, 1, namespace, name, status.path("phase").asText(""))
        .add(CLUSTER_READY, ready ? 1 : 0, namespace, name)
        .add(CLUSTER_INSTANCES, spec.path("instances").asInt(1), namespace, name)
        .add(CLUSTER_READY_INSTANCES, status.path("readyInstances").asInt(0), namespace, name);
  }

  /// The Backups of one Cluster that are in one phase.
  public static void backups(
      Metrics metrics, String namespace, String cluster, String phase, int count) {
    metrics.add(BACKUPS, count, namespace, cluster, phase.isEmpty() ? "new" : phase);
  }

  /// The last completed Backup of a Cluster.
  public static void backup(Metrics metrics, String namespace, String cluster, JsonNode status) {
    double begun = seconds(status.path("startedAt"));
    double ended = seconds(status.path("stoppedAt"));
    metrics
        .add(BACKUP_DURATION, ended - begun, namespace, cluster)
        .add(BACKUP_END, ended, namespace, cluster);
  }

  /// A RestoreDrill; nothing before its first drill has ended.
  public static void drill(Metrics metrics, String namespace, String name, JsonNode drill) {
    JsonNode status = drill.path("status");
    JsonNode last = status.path("history").path(0);
    if (last.isMissingNode()) {
      return;
    }
    String cluster = drill.path("spec").path("cluster").path("name").asText("");
    metrics
        .add(
            DRILL_RESULT,
            last.path("result").asText("").equals("Succeeded") ? 1 : 0,
            namespace,
            cluster,
            name)
        .add(DRILL_END, seconds(last.path("endedAt")), namespace, cluster, name)
        .add(DRILL_SUCCESS, seconds(status.path("lastSuccessTime")), namespace, cluster, name)
        .add(
            DRILL_TIME, last.path("recoverySeconds").asDouble(Double.NaN), namespace, cluster, name)
        .add(
            DRILL_POINT,
            last.path("recoveryPointSeconds").asDouble(Double.NaN),
            namespace,
            cluster,
            name);
  }

  private static double seconds(JsonNode moment) {
    try {
      String text = moment.asText("");
      return text.isEmpty() ? 0 : OffsetDateTime.parse(text).toEpochSecond();
    } catch (DateTimeException e) {
      return 0;
    }
  }
}
