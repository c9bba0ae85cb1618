// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.objects;

import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.config.ClusterSettings.TablespaceSettings;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.Quote;
import dev.howdah.postgres.wire.Rows;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Makes the tablespaces of a primary, once the volumes for them are there.
public final class Tablespaces {
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final PgServer server;

  public Tablespaces(PgServer server) {
    this.server = server;
  }

  /// What came of one, in the words of `status.tablespacesStatus`.
  ///
  /// @param error empty if all is well or still to come
  public record Result(String name, String owner, boolean reconciled, String error) {}

  /// The statement that makes a tablespace what is wanted; null if it is.
  ///
  /// @param ownerNow null if there is no such tablespace
  static @Nullable String statement(
      TablespaceSettings wanted, @Nullable String ownerNow, Path location) {
    String name = Quote.identifier(wanted.name());
    if (ownerNow == null) {
      return "create tablespace "
          + name
          + " owner "
          + Quote.identifier(wanted.owner())
          + " location "
          + Quote.literal(location.toString());
    }
    return ownerNow.equals(wanted.owner())
        ? null
        : "alter tablespace " + name + " owner to " + Quote.identifier(wanted.owner());
  }

  /// Makes what is missing. A tablespace whose volume is not ready on all instances waits: standbys
  /// would stop at the WAL record of its making.
  ///
  /// @param location where the tablespace goes; null while its volumes are not ready
  public List<Result> reconcile(
      List<TablespaceSettings> wanted, Function<String, @Nullable Path> location) {
    Map<String, String> owners = new TreeMap<>();
    for (Rows.Row row :
        server.query(
            "select spcname, pg_get_userbyid(spcowner) as owner from pg_tablespace"
                + " where spcname !~ '^pg_'")) {
      owners.put(row.text("spcname"), row.text("owner"));
    }
    var results = new ArrayList<Result>();
    for (TablespaceSettings tablespace : wanted) {
      results.add(reconcile(tablespace, owners.get(tablespace.name()), location));
    }
    return results;
  }

  private Result reconcile(
      TablespaceSettings wanted,
      @Nullable String ownerNow,
      Function<String, @Nullable Path> location) {
    Path path = location.apply(wanted.name());
    if (ownerNow == null && path == null) {
      return new Result(wanted.name(), wanted.owner(), false, "");
    }
    try {
      String statement = statement(wanted, ownerNow, path == null ? Path.of("/") : path);
      if (statement != null) {
        try (var connection = server.open("postgres")) {
          connection.query(LIMIT, statement);
        }
      }
      return new Result(wanted.name(), wanted.owner(), true, "");
    } catch (PostgresException | IllegalArgumentException e) {
      return new Result(wanted.name(), wanted.owner(), false, String.valueOf(e.getMessage()));
    }
  }
}
