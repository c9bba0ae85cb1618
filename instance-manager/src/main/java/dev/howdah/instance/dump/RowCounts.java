// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.dump;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.PgConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Whether every table has come with all its rows: counted on both sides, of which the temporary
/// one stands still.
record RowCounts(Source source, PgServer sql) {
  private static final int AT_ONCE = 50;
  private static final Duration LONG = Duration.ofHours(6);

  /// Counts and compares.
  ///
  /// @param tables as schema.table; none for all
  /// @throws IOException with what differs
  void compare(String into, List<String> tables) throws IOException, InterruptedException {
    List<String> counts = new ArrayList<>();
    for (ObjectNode table : source.rows(listing(tables))) {
      String name = table.path("name").asText();
      counts.add(
          "select json_build_object('name', %s, 'rows', (select count(*) from %s %s))"
              .formatted(Place.literal(name), table.path("only").asBoolean() ? "only" : "", name));
    }
    for (int i = 0; i < counts.size(); i += AT_ONCE) {
      String query =
          String.join(" union all ", counts.subList(i, Math.min(counts.size(), i + AT_ONCE)));
      same(numbers(source.rows(query)), here(into, query));
    }
  }

  private static String listing(List<String> tables) {
    String which =
        tables.isEmpty()
            ? "c.relkind = 'r'"
            : "c.relkind in ('r', 'p') and n.nspname || '.' || c.relname in (%s)"
                .formatted(String.join(", ", tables.stream().map(Place::literal).toList()));
    return "select json_build_object('name', format('%I.%I', n.nspname, c.relname),"
        + " 'only', c.relkind = 'r') from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        + " where c.relpersistence = 'p' and n.nspname !~ '^pg_'"
        + " and n.nspname <> 'information_schema' and not exists (select 1 from pg_depend d where"
        + " d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') and "
        + which;
  }

  private Map<String, Long> here(String into, String query) throws IOException {
    try (PgConnection connection = sql.open(into)) {
      var rows = new ArrayList<ObjectNode>();
      for (String row : connection.query(LONG, query).column()) {
        rows.add(Json.parse(row));
      }
      return numbers(rows);
    } catch (PostgresException e) {
      throw new IOException("not every table came: " + e.getMessage(), e);
    }
  }

  private static Map<String, Long> numbers(List<ObjectNode> rows) {
    var numbers = new TreeMap<String, Long>();
    rows.forEach(row -> numbers.put(row.path("name").asText(), row.path("rows").asLong()));
    return numbers;
  }

  static void same(Map<String, Long> there, Map<String, Long> here) throws IOException {
    for (var table : there.entrySet()) {
      long came = here.getOrDefault(table.getKey(), 0L);
      if (came != table.getValue()) {
        throw new IOException(
            "of table %s %d of %d rows came; make a new DatabaseRestore"
                .formatted(table.getKey(), came, table.getValue()));
      }
    }
  }
}
