// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.metrics.Metrics;
import dev.howdah.instance.cluster.ClusterFields;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;

/// What the Cluster itself says, as metrics.
final class ClusterFigures {
  private static final String WAITS = "Waiting for user action";

  private ClusterFigures() {}

  static void add(Metrics metrics, JsonNode cluster, String pod) {
    JsonNode spec = cluster.path("spec");
    JsonNode status = cluster.path("status");
    var fields = new ClusterFields(cluster);
    boolean fenced = fields.fenced().contains(pod) || fields.fenced().contains("*");
    JsonNode number = spec.path("postgresql").path("synchronous").path("number");
    metrics
        .add(
            CollectorMetrics.MANUAL_SWITCHOVER,
            truth(status.path("phase").asText("").equals(WAITS)))
        .add(CollectorMetrics.REPLICA_MODE, truth(fields.isReplica()))
        .add(CollectorMetrics.FENCING, truth(fenced))
        .add(
            CollectorMetrics.SYNC_REPLICAS,
            number.asInt(spec.path("minSyncReplicas").asInt(0)),
            "min")
        .add(
            CollectorMetrics.SYNC_REPLICAS,
            number.asInt(spec.path("maxSyncReplicas").asInt(0)),
            "max")
        .add(CollectorMetrics.FIRST_RECOVERABILITY, seconds(status, "firstRecoverabilityPoint"))
        .add(CollectorMetrics.LAST_BACKUP, seconds(status, "lastSuccessfulBackup"))
        .add(CollectorMetrics.LAST_FAILED_BACKUP, seconds(status, "lastFailedBackup"));
    JsonNode topology = status.path("topology");
    metrics.add(
        CollectorMetrics.NODES,
        topology.path("successfullyExtracted").asBoolean(false)
            ? topology.path("nodesUsed").asInt(-1)
            : -1);
    incident(metrics, status.path("incidents"));
  }

  private static void incident(Metrics metrics, JsonNode incidents) {
    JsonNode last = newest(incidents);
    String kind = last.path("kind").asText("");
    if (kind.isEmpty()) {
      return;
    }
    Instant begun = moment(last.path("detectedAt").asText(""));
    Instant written = moment(last.path("firstWriteAt").asText(""));
    boolean known = !begun.equals(Instant.EPOCH) && !written.equals(Instant.EPOCH);
    metrics
        .add(CollectorMetrics.INCIDENT, begun.getEpochSecond(), kind)
        .add(
            CollectorMetrics.INCIDENT_GAP,
            known ? Duration.between(begun, written).toMillis() / 1000.0 : Double.NaN)
        .add(CollectorMetrics.INCIDENT_LOSS, last.path("lostBytes").asDouble(Double.NaN));
  }

  private static JsonNode newest(JsonNode incidents) {
    JsonNode newest = incidents.path(0);
    for (JsonNode one : incidents) {
      if (one.path("detectedAt").asText("").compareTo(newest.path("detectedAt").asText("")) > 0) {
        newest = one;
      }
    }
    return newest;
  }

  private static double seconds(JsonNode status, String field) {
    return moment(status.path(field).asText("")).getEpochSecond();
  }

  private static Instant moment(String text) {
    try {
      return text.isEmpty() ? Instant.EPOCH : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      return Instant.EPOCH;
    }
  }

  private static double truth(boolean is) {
    return is ? 1 : 0;
  }
}
