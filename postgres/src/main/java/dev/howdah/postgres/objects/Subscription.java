// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.objects;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.postgres.config.ConnInfo;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.Quote;
import dev.howdah.postgres.wire.Rows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The `spec` of a Subscription resource: what a database takes from a publication elsewhere.
public record Subscription(
    String name,
    String database,
    String publication,
    String externalCluster,
    String remoteDatabase,
    Map<String, String> parameters) {
  /// Making one connects to the other side, and copies the first tables' names.
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private static final Set<String> CHANGEABLE =
      Set.of(
          "slot_name",
          "synchronous_commit",
          "binary",
          "streaming",
          "disable_on_error",
          "password_required",
          "run_as_owner",
          "origin",
          "failover");

  public Subscription {
    parameters = Map.copyOf(parameters);
  }

  /// As it is in the server.
  record State(String connection, List<String> publications) {}

  public static Subscription fromJson(JsonNode spec) {
    return new Subscription(
        spec.path("name").asText(""),
        spec.path("dbname").asText(""),
        spec.path("publicationName").asText(""),
        spec.path("externalClusterName").asText(""),
        spec.path("publicationDBName").asText(""),
        Json.textMap(spec.path("parameters")));
  }

  /// The statements that make it, or bring it into shape.
  ///
  /// @param source how to reach the publisher; passwords come from its passfile
  List<String> statements(ConnInfo source, @Nullable State state, int major) {
    String subscription = "subscription " + Quote.identifier(name);
    String connection = Quote.literal(source.toString());
    if (state == null) {
      return List.of(
          "create "
              + subscription
              + " connection "
              + connection
              + " publication "
              + Quote.identifier(publication)
              + (parameters.isEmpty() ? "" : " with (" + Parameters.list(parameters) + ")"));
    }
    var statements = new ArrayList<String>();
    if (!state.publications().equals(List.of(publication))) {
      statements.add("alter " + subscription + " set publication " + Quote.identifier(publication));
    }
    if (!state.connection().equals(source.toString())) {
      statements.add("alter " + subscription + " connection " + connection);
    }
    var changeable = new TreeMap<>(parameters);
    changeable
        .keySet()
        .removeIf(p -> !CHANGEABLE.contains(p) && !(major >= 18 && p.equals("two_phase")));
    if (!changeable.isEmpty()) {
      statements.add("alter " + subscription + " set (" + Parameters.list(changeable) + ")");
    }
    return statements;
  }

  /// Makes it, or brings it into shape.
  public void reconcile(PgServer server, ConnInfo source, int major) {
    try (var connection = server.openForUserSql(database)) {
      Optional<Rows.Row> row =
          connection
              .query(
                  LIMIT,
                  "select subconninfo, pg_catalog.array_to_string(subpublications, chr(1)) as publications"
                      + " from pg_catalog.pg_subscription s join pg_catalog.pg_database d on d.oid = subdbid"
                      + " where subname = $1 and datname = $2",
                  name,
                  database)
              .first();
      State state =
          row.map(r ->
                  new State(
                      r.text("subconninfo"), List.of(r.text("publications").split("\u0001", -1))))
              .orElse(null);
      for (String statement : statements(source, state, major)) {
        connection.query(LIMIT, statement);
      }
    }
  }

  public void drop(PgServer server) {
    try (var connection = server.openForUserSql(database)) {
      connection.query(LIMIT, "drop subscription if exists " + Quote.identifier(name));
    }
  }
}
