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
import dev.howdah.postgres.wire.Rows;
import dev.howdah.postgres.wire.SqlFailure;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
  private static final int FINDINGS = 5;

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
      if (wanted.path("amcheck").asBoolean(true)) {
        amcheck(checks);
      }
      wanted.path("queries").forEach(query -> checks.add(ask(query)));
    } catch (IOException | PostgresException e) {
      add(checks, "server", false, String.valueOf(e.getMessage()));
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

  private static void add(ArrayNode checks, String name, boolean passed, String message) {
    checks.addObject().put("name", name).put("passed", passed).put("message", message);
  }

  // ---- the user's own

  private ObjectNode ask(JsonNode query) {
    ObjectNode check = Json.object().put("name", query.path("name").asText(""));
    String wanted = query.path("expect").asText("t");
    try (PgConnection connection = sql.openForUserSql(query.path("database").asText("app"))) {
      Rows rows = connection.query(LONG, query.path("query").asText(""));
      String found = rows.first().map(row -> String.valueOf(row.at(0))).orElse("no row");
      boolean passed = found.equals(wanted);
      check.put("passed", passed);
      check.put("message", passed ? found : "is %s, not %s".formatted(found, wanted));
    } catch (PostgresException e) {
      check.put("passed", false).put("message", String.valueOf(e.getMessage()));
    }
    return check;
  }

  // ---- amcheck

  private void amcheck(ArrayNode checks) {
    if (sql.query("select 1 from pg_available_extensions where name = 'amcheck'")
        .first()
        .isEmpty()) {
      add(checks, "amcheck", true, "skipped: the extension is not installed in the image");
      return;
    }
    List<String> databases =
        sql.query("select datname from pg_database where datallowconn and datname <> 'template0'")
            .column();
    for (String database : databases) {
      try (PgConnection connection = sql.open(database)) {
        amcheck(connection, database, checks);
      } catch (PostgresException e) {
        add(checks, "amcheck " + database, false, String.valueOf(e.getMessage()));
      }
    }
  }

  private static void amcheck(PgConnection connection, String database, ArrayNode checks) {
    String schema = extension(connection);
    var findings = new ArrayList<String>();
    List<String> indexes =
        connection
            .query(
                LONG,
                "select c.oid::text from pg_class c join pg_am a on a.oid = c.relam"
                    + " join pg_index i on i.indexrelid = c.oid"
                    + " where c.relkind = 'i' and a.amname = 'btree' and c.relpersistence <> 't'"
                    + " and i.indisvalid and i.indisready")
            .column();
    for (String index : indexes) {
      try {
        connection.query(
            LONG, "select %s.bt_index_check(%s::oid::regclass, true)".formatted(schema, index));
      } catch (SqlFailure e) {
        findings.add(String.valueOf(e.getMessage()));
      }
    }
    int tables = heaps(connection, schema, findings);
    boolean sound = findings.isEmpty();
    add(
        checks,
        "amcheck " + database,
        sound,
        sound
            ? "%d indexes and %d tables are sound".formatted(indexes.size(), tables)
            : "%d findings: %s; restore from an older backup, and look at the disk of the source"
                .formatted(
                    findings.size(),
                    String.join(" | ", findings.subList(0, Math.min(FINDINGS, findings.size())))));
  }

  private static String extension(PgConnection connection) {
    String known =
        "select quote_ident(n.nspname) as schema from pg_extension e"
            + " join pg_namespace n on n.oid = e.extnamespace where extname = 'amcheck'";
    var found = connection.query(LONG, known).first();
    if (found.isEmpty()) {
      connection.query(LONG, "create schema howdah_drill");
      connection.query(LONG, "create extension amcheck schema howdah_drill");
      return "howdah_drill";
    }
    return found.get().text("schema");
  }

  /// Since PostgreSQL 14; nothing before.
  private static int heaps(PgConnection connection, String schema, List<String> findings) {
    boolean can =
        connection
            .query(LONG, "select 1 from pg_proc where proname = 'verify_heapam'")
            .first()
            .isPresent();
    if (!can) {
      return 0;
    }
    List<String> tables =
        connection
            .query(
                LONG,
                "select c.oid::text from pg_class c join pg_am a on a.oid = c.relam"
                    + " where c.relkind in ('r', 'm', 't') and a.amname = 'heap'"
                    + " and c.relpersistence = 'p'")
            .column();
    for (String table : tables) {
      try {
        findings.addAll(
            connection
                .query(
                    LONG,
                    "select %s::oid::regclass || ' block ' || coalesce(blkno::text, '?') || ': ' || msg from %s.verify_heapam(%s::oid::regclass)"
                        .formatted(table, schema, table))
                .column());
      } catch (SqlFailure e) {
        findings.add(String.valueOf(e.getMessage()));
      }
    }
    return tables.size();
  }

  // ---- the report

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
