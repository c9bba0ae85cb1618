// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.PgConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// In the throw-away Cluster of a RestoreDrill: checks the restored data once the server is the
/// primary, and writes what it found onto its own pod, from where the operator takes it.
public final class DrillCheck {
  /// On the Cluster: what to check.
  private static final String CHECKS = "howdah.dev/drillChecks";

  /// On the pod: what was found.
  private static final String REPORT = "howdah.dev/drillReport";

  private static final Logger LOG = LoggerFactory.getLogger(DrillCheck.class);
  private static final Duration CALL = Duration.ofSeconds(5);
  private static final Duration LONG = Duration.ofDays(1);
  private static final int ATTEMPTS = 20;

  private final KubeClient kube;
  private final PodEnvironment pod;
  private final DataDirectory data;
  private final PgServer sql;
  private final AtomicBoolean begun = new AtomicBoolean();

  public DrillCheck(KubeClient kube, PodEnvironment pod, DataDirectory data, PgServer sql) {
    this.kube = kube.deadline(CALL);
    this.pod = pod;
    this.data = data;
    this.sql = sql;
  }

  /// Called when this instance has become the primary; does something in a drill only, and once.
  public void leading(JsonNode cluster) {
    String asked = Json.annotation(cluster, CHECKS);
    if (asked.isEmpty() || !begun.compareAndSet(false, true)) {
      return;
    }
    Thread.ofVirtual()
        .name("drill")
        .start(() -> {
          try {
            tell(report(asked));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private ObjectNode report(String asked) {
    ObjectNode report = Json.object();
    ArrayNode checks = JsonNodeFactory.instance.arrayNode();
    try {
      JsonNode wanted = Json.parse(asked);
      report.setAll(Recovered.of(data));
      report.put("bytes", size());
      new RestoredData(sql).check(wanted, checks);
    } catch (IOException | PostgresException e) {
      RestoredData.add(checks, "server", false, String.valueOf(e.getMessage()));
    }
    report.set("checks", checks);
    return report;
  }

  private long size() {
    try (PgConnection connection = sql.open("postgres")) {
      return connection
          .query(LONG, "select sum(pg_database_size(oid))::bigint as bytes from pg_database")
          .single()
          .number("bytes");
    }
  }

  private void tell(ObjectNode report) throws InterruptedException {
    LOG.atInfo().addKeyValue("report", report).log("drill checked");
    ObjectNode patch = Json.object();
    patch.putObject("metadata").putObject("annotations").put(REPORT, report.toString());
    for (int i = 1; i <= ATTEMPTS; i++) {
      try {
        kube.merge(Resource.PODS, pod.namespace(), pod.pod(), patch);
        return;
      } catch (KubeException e) {
        LOG.atWarn().addKeyValue("error", e.getMessage()).log("drill report not written");
        Thread.sleep(CALL.dividedBy(5));
      }
    }
  }
}
