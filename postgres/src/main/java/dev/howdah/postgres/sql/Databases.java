// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.sql;

import dev.howdah.postgres.wire.SqlFailure;
import java.time.Duration;
import java.util.List;

/// Databases that Howdah makes.
public final class Databases {
  private static final Duration COPYING_TEMPLATE = Duration.ofMinutes(30);

  private final PgServer server;

  public Databases(PgServer server) {
    this.server = server;
  }

  public boolean exists(String name) {
    return server.query("select 1 from pg_database where datname = $1", name).first().isPresent();
  }

  /// Makes a database, if there is none of this name.
  ///
  /// @return whether it was made
  public boolean ensure(String name, String owner) {
    if (exists(name)) {
      return false;
    }
    try (var connection = server.open("postgres")) {
      connection.query(
          COPYING_TEMPLATE,
          "create database " + Quote.identifier(name) + " owner " + Quote.identifier(owner));
      return true;
    } catch (SqlFailure e) {
      if (e.isDuplicate()) {
        return false;
      }
      throw e;
    }
  }

  /// The databases that take connections, templates included where they do.
  public List<String> connectable() {
    return server
        .query("select datname from pg_database where datallowconn order by datname")
        .column();
  }

  /// Makes an extension in a database, or drops it.
  ///
  /// @return whether anything had to be done
  public boolean ensureExtension(String database, String extension, boolean present) {
    // The extension's objects go where the database's own search path says.
    try (var connection = server.openForUserSql(database)) {
      var limit = Duration.ofMinutes(5);
      boolean is =
          connection
              .query(limit, "select 1 from pg_catalog.pg_extension where extname = $1", extension)
              .first()
              .isPresent();
      if (is == present) {
        return false;
      }
      String name = Quote.identifier(extension);
      connection.query(
          limit,
          present ? "create extension if not exists " + name : "drop extension if exists " + name);
      return true;
    }
  }
}
