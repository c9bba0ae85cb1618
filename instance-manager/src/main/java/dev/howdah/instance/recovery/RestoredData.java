// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.Rows;
import dev.howdah.postgres.wire.SqlFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a drill looks at in the restored server. What could not be looked at, or isn't there, is
/// said as well: a check without `passed` was none.
record RestoredData(PgServer sql) {
  private static final Duration LONG = Duration.ofDays(1);
  private static final int FINDINGS = 5;
  private static final String TABLES =
      "select count(*) as tables, count(*) filter (where pg_relation_size(c.oid) > 0) as filled"
          + " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
          + " where c.relkind in ('r', 'm') and c.relpersistence <> 't' and n.nspname !~ '^pg_'"
          + " and n.nspname <> 'information_schema' and not exists (select 1 from pg_depend d where"
          + " d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')";

  /// Checks.
  ///
  /// @param wanted as `spec.checks` of a RestoreDrill
  /// @param checks gets what was found
  void check(JsonNode wanted, ArrayNode checks) {
    contents(checks);
    if (wanted.path("amcheck").asBoolean(true)) {
      amcheck(checks);
    } else {
      unchecked(checks, "amcheck", "spec.checks.amcheck is false");
    }
    JsonNode queries = wanted.path("queries");
    queries.forEach(query -> checks.add(ask(query)));
    if (queries.isEmpty()) {
      unchecked(checks, "queries", "there are none in spec.checks.queries");
    }
  }

  static void add(ArrayNode checks, String name, boolean passed, String message) {
    checks.addObject().put("name", name).put("passed", passed).put("message", message);
  }

  private static void unchecked(ArrayNode checks, String name, String why) {
    checks.addObject().put("name", name).put("message", "not checked: " + why);
  }

  // ---- what there is

  private void contents(ArrayNode checks) {
    List<String> databases = databases("datallowconn and not datistemplate");
    long tables = 0;
    long filled = 0;
    for (String database : databases) {
      try (PgConnection connection = sql.open(database)) {
        var found = connection.query(LONG, TABLES).single();
        tables += found.number("tables");
        filled += found.number("filled");
      } catch (PostgresException e) {
        add(checks, "data " + database, false, String.valueOf(e.getMessage()));
      }
    }
    String found =
        "%d tables in %d databases, %d of them with data"
            .formatted(tables, databases.size(), filled);
    if (filled > 0) {
      add(checks, "data", true, found);
    } else {
      unchecked(
          checks,
          "data",
          found
              + ": no data of yours came back. If there should be some, the backup is of the wrong"
              + " server or moment");
    }
  }

  private List<String> databases(String which) {
    return sql.query("select datname from pg_database where " + which + " order by datname")
        .column();
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
      unchecked(checks, "amcheck", "the extension is not installed in the image");
      return;
    }
    for (String database : databases("not datallowconn and datname <> 'template0'")) {
      unchecked(checks, "amcheck " + database, "it takes no sessions");
    }
    for (String database : databases("datallowconn and datname <> 'template0'")) {
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
}
