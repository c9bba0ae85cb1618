// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.upkeep;

import static dev.howdah.instance.sql.LocalSession.identifier;
import static dev.howdah.instance.sql.LocalSession.literal;

import dev.howdah.instance.sql.LocalSession;
import dev.howdah.instance.sql.Rows;
import dev.howdah.instance.sql.SqlFailure;
import java.time.Duration;

/// The roles that a cluster needs, and the passwords that come from secrets.
public final class Roles {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /// What `pg_rewind` calls on its source (PostgreSQL manual, "pg_rewind", "Notes").
  private static final String REWIND_FUNCTIONS =
      """
      GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text, boolean, boolean) TO streaming_replica;
      GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_file(text, boolean) TO streaming_replica;
      GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text) TO streaming_replica;
      GRANT EXECUTE ON FUNCTION
        pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean) TO streaming_replica\
      """;

  private static final String METRICS =
      """
      CREATE ROLE cnpg_metrics_exporter LOGIN;
      GRANT pg_monitor TO cnpg_metrics_exporter\
      """;

  private Roles() {}

  /// Creates or repairs the roles that instances and metrics use.
  public static void ensureSystemRoles(LocalSession session) throws SqlFailure {
    Rows.Row replica =
        session
            .query(
                """
                SELECT coalesce(bool_or(rolcanlogin AND rolreplication), false) AS fine,
                  count(*) > 0 AS there,
                  coalesce(bool_and(has_function_privilege(rolname,
                    'pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean)', 'execute')
                    AND has_function_privilege(rolname,
                    'pg_catalog.pg_read_binary_file(text)', 'execute')), false) AS granted
                FROM pg_roles WHERE rolname = 'streaming_replica'\
                """,
                LIMIT)
            .one();
    if (!replica.flag("there")) {
      local(session, "CREATE ROLE streaming_replica LOGIN REPLICATION");
    } else if (!replica.flag("fine")) {
      local(session, "ALTER ROLE streaming_replica LOGIN REPLICATION");
    }
    if (!replica.flag("granted")) {
      local(session, REWIND_FUNCTIONS);
    }
    Rows metrics =
        session.query("SELECT 1 FROM pg_roles WHERE rolname = 'cnpg_metrics_exporter'", LIMIT);
    if (metrics.isEmpty()) {
      local(session, METRICS);
    }
  }

  /// Creates an ordinary role that may log in, unless there is one.
  public static void ensureLogin(LocalSession session, String role) throws SqlFailure {
    String there = "SELECT 1 FROM pg_roles WHERE rolname = " + literal(role);
    if (session.query(there, LIMIT).isEmpty()) {
      local(session, "CREATE ROLE " + identifier(role) + " LOGIN");
    }
  }

  /// Sets a role's password if it has another. False if there is no such role.
  public static boolean ensurePassword(LocalSession session, String role, String password)
      throws SqlFailure {
    Rows rows =
        session.query("SELECT rolpassword FROM pg_authid WHERE rolname = " + literal(role), LIMIT);
    if (rows.isEmpty()) {
      return false;
    }
    if (!Scram.matches(rows.one().text("rolpassword", ""), password)) {
      local(
          session,
          "ALTER ROLE " + identifier(role) + " PASSWORD " + literal(Scram.verifier(password)));
    }
    return true;
  }

  /// Takes a role's password away if it has one.
  public static void removePassword(LocalSession session, String role) throws SqlFailure {
    String there =
        "SELECT 1 FROM pg_authid WHERE rolpassword IS NOT NULL AND rolname = " + literal(role);
    if (!session.query(there, LIMIT).isEmpty()) {
      local(session, "ALTER ROLE " + identifier(role) + " PASSWORD NULL");
    }
  }

  /// Runs a change that must not wait for synchronous standbys, which may need this very role to
  /// connect; and that is not logged.
  private static void local(LocalSession session, String sql) throws SqlFailure {
    session.query(
        "BEGIN; SET LOCAL synchronous_commit = local; SET LOCAL log_statement = 'none';"
            + " SET LOCAL log_min_duration_statement = -1; "
            + sql
            + "; COMMIT",
        LIMIT);
  }
}
