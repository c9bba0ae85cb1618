// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.objects;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.Quote;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The `spec` of a Publication resource: what a database offers to subscribers.
///
/// @param objects each as in `FOR …`; empty with `allTables`
public record Publication(
    String name,
    String database,
    boolean allTables,
    List<String> objects,
    Map<String, String> parameters) {
  private static final Duration LIMIT = Duration.ofMinutes(5);

  public Publication {
    objects = List.copyOf(objects);
    parameters = Map.copyOf(parameters);
  }

  public static Publication fromJson(JsonNode spec) {
    var objects = new ArrayList<String>();
    for (JsonNode object : spec.path("target").path("objects")) {
      String schema = object.path("tablesInSchema").asText("");
      objects.add(
          schema.isEmpty()
              ? table(object.path("table"))
              : "tables in schema " + Quote.identifier(schema));
    }
    return new Publication(
        spec.path("name").asText(""),
        spec.path("dbname").asText(""),
        spec.path("target").path("allTables").asBoolean(false),
        objects,
        Json.textMap(spec.path("parameters")));
  }

  private static String table(JsonNode table) {
    String schema = table.path("schema").asText("");
    String name = Quote.identifier(table.path("name").asText(""));
    List<String> columns = Json.texts(table.path("columns"));
    return "table "
        + (table.path("only").asBoolean(false) ? "only " : "")
        + (schema.isEmpty() ? name : Quote.identifier(schema) + "." + name)
        + (columns.isEmpty()
            ? ""
            : " (" + String.join(", ", columns.stream().map(Quote::identifier).toList()) + ")");
  }

  /// The statements that make it, or bring it into shape.
  List<String> statements(boolean exists) {
    String publication = "publication " + Quote.identifier(name);
    if (!exists) {
      String target = allTables ? "all tables" : String.join(", ", objects);
      return List.of(
          "create "
              + publication
              + " for "
              + target
              + (parameters.isEmpty() ? "" : " with (" + Parameters.list(parameters) + ")"));
    }
    var statements = new ArrayList<String>();
    if (!parameters.isEmpty()) {
      statements.add("alter " + publication + " set (" + Parameters.list(parameters) + ")");
    }
    if (!allTables) {
      statements.add("alter " + publication + " set " + String.join(", ", objects));
    }
    return statements;
  }

  /// Makes it, or brings it into shape.
  public void reconcile(PgServer server) {
    try (var connection = server.openForUserSql(database)) {
      boolean exists =
          connection
              .query(LIMIT, "select 1 from pg_catalog.pg_publication where pubname = $1", name)
              .first()
              .isPresent();
      for (String statement : statements(exists)) {
        connection.query(LIMIT, statement);
      }
    }
  }

  public void drop(PgServer server) {
    try (var connection = server.openForUserSql(database)) {
      connection.query(LIMIT, "drop publication if exists " + Quote.identifier(name));
    }
  }
}
