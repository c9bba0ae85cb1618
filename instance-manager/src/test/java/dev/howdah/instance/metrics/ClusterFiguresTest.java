// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.metrics.Metrics;
import dev.howdah.kube.Json;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ClusterFiguresTest {
  @Test
  void tellsWhatTheClusterSaysOfItself() throws IOException {
    String text =
        text(
            """
            {"metadata": {"name": "c", "annotations": {"cnpg.io/fencedInstances": "[\\"c-1\\"]"}},
             "spec": {"postgresql": {"synchronous": {"method": "any", "number": 1}}},
             "status": {
               "phase": "Waiting for user action",
               "topology": {"successfullyExtracted": true, "nodesUsed": 3},
               "firstRecoverabilityPoint": "2026-11-21T09:00:00Z",
               "lastSuccessfulBackup": "2026-11-21T10:00:00Z",
               "incidents": [
                 {"kind": "Switchover", "detectedAt": "2026-11-20T10:00:00Z"},
                 {"kind": "Failover", "detectedAt": "2026-11-21T10:00:00Z",
                  "firstWriteAt": "2026-11-21T10:00:02.500Z", "lostBytes": 512}]}}
            """);

    assertThat(text)
        .contains(
            "cnpg_collector_manual_switchover_required 1\n",
            "cnpg_collector_fencing_on 1\n",
            "cnpg_collector_replica_mode 0\n",
            "cnpg_collector_sync_replicas{value=\"min\"} 1\n",
            "cnpg_collector_nodes_used 3\n",
            "cnpg_collector_first_recoverability_point 1795251600\n",
            "cnpg_collector_last_available_backup_timestamp 1795255200\n",
            "cnpg_collector_last_failed_backup_timestamp 0\n",
            "howdah_last_incident_timestamp{kind=\"Failover\"} 1795255200\n",
            "howdah_last_incident_write_gap_seconds 2.5\n",
            "howdah_last_incident_lost_wal_bytes 512\n");
  }

  @Test
  void makesDoWithAClusterThatSaysNothing() throws IOException {
    assertThat(text("{\"metadata\": {\"name\": \"c\"}}"))
        .contains("cnpg_collector_nodes_used -1\n", "cnpg_collector_fencing_on 0\n")
        .doesNotContain("incident");
  }

  private static String text(String cluster) throws IOException {
    var metrics = new Metrics();
    ClusterFigures.add(metrics, Json.parse(cluster), "c-1");
    return metrics.text();
  }
}
