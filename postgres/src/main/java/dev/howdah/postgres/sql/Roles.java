// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.sql;

import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.Rows;
import dev.howdah.postgres.wire.Scram;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Roles that Howdah makes and repairs.
public final class Roles {
  /// The role of standbys, which log in with a certificate.
  public static final String STREAMING_REPLICA = "streaming_replica";

  /// The role that reads what the metrics report.
  public static final String METRICS = "cnpg_metrics_exporter";

  /// How many it may have: one that is at work, and some that don't end.
  private static final int METRICS_SESSIONS = 5;

  /// What `pg_rewind` calls on the server that it copies from (PostgreSQL manual, `pg_rewind`).
  private static final List<String> REWIND_FUNCTIONS =
      List.of(
          "pg_catalog.pg_ls_dir(text, boolean, boolean)",
          "pg_catalog.pg_stat_file(text, boolean)",
          "pg_catalog.pg_read_binary_file(text)",
          "pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean)");

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final PgServer server;

  public Roles(PgServer server) {
    this.server = server;
  }

  /// Makes the role that standbys and `pg_rewind` use, or brings it back to what it must be.
  ///
  /// @return whether anything had to be changed
  public boolean ensureStreamingReplica() {
    Optional<Rows.Row> role =
        server
            .query(
                "select rolreplication and rolcanlogin and not rolsuper as right from pg_roles"
                    + " where rolname = $1",
                STREAMING_REPLICA)
            .first();
    boolean changed = false;
    String name = Quote.identifier(STREAMING_REPLICA);
    if (role.isEmpty()) {
      server.query("create role " + name + " replication login");
      changed = true;
    } else if (!role.get().flag("right")) {
      server.query("alter role " + name + " nosuperuser replication login");
      changed = true;
    }
    for (String function : REWIND_FUNCTIONS) {
      boolean may =
          server
              .query(
                  "select has_function_privilege($1, $2, 'execute') as may",
                  STREAMING_REPLICA,
                  function)
              .single()
              .flag("may");
      if (!may) {
        server.query("grant execute on function " + function + " to " + name);
        changed = true;
      }
    }
    return changed;
  }

  /// Makes the role of the metrics.
  ///
  /// @return whether anything had to be changed
  public boolean ensureMetrics() {
    if (!exists(METRICS)) {
      server.query("create role " + Quote.identifier(METRICS) + " login");
    }
    if (server
        .query("select 1 from pg_roles where rolname = $1 and rolconnlimit = -1", METRICS)
        .first()
        .isPresent()) {
      server.query(
          "alter role " + Quote.identifier(METRICS) + " connection limit " + METRICS_SESSIONS);
    }
    boolean member =
        server
            .query("select pg_has_role($1, 'pg_monitor', 'member') as member", METRICS)
            .single()
            .flag("member");
    if (!member) {
      server.query("grant pg_monitor to " + Quote.identifier(METRICS));
    }
    return !member;
  }

  public boolean exists(String role) {
    return server.query("select 1 from pg_roles where rolname = $1", role).first().isPresent();
  }

  /// Makes a role that may log in, if there is none of this name.
  ///
  /// @return whether it was made
  public boolean ensureLogin(String role) {
    if (exists(role)) {
      return false;
    }
    server.query("create role " + Quote.identifier(role) + " login");
    return true;
  }

  /// Sets a role's password, unless it has it already. The server sees the SCRAM verifier only, and
  /// writes it into no log; the password itself never leaves this process.
  ///
  /// @param password a password, or a verifier as PostgreSQL stores it
  /// @return whether it had to be set
  public boolean setPassword(String role, String password) {
    Optional<Rows.Row> stored =
        server.query("select rolpassword from pg_authid where rolname = $1", role).first();
    String now = stored.map(row -> row.text("rolpassword")).orElse("");
    if (now.equals(password) || (!Scram.isVerifier(password) && Scram.matches(now, password))) {
      return false;
    }
    String verifier = Scram.isVerifier(password) ? password : Scram.verifier(password);
    quietly("alter role " + Quote.identifier(role) + " password " + Quote.literal(verifier));
    return true;
  }

  /// Takes a role's password away.
  ///
  /// @return whether it had one
  public boolean removePassword(String role) {
    boolean has =
        server
            .query("select 1 from pg_authid where rolname = $1 and rolpassword is not null", role)
            .first()
            .isPresent();
    if (has) {
      quietly("alter role " + Quote.identifier(role) + " password null");
    }
    return has;
  }

  /// The transaction that last changed a role's row, by which the API tells whether somebody else
  /// set the password.
  public long transactionOf(String role) {
    return server
        .query("select xmin::text::bigint as xmin from pg_authid where rolname = $1", role)
        .first()
        .map(row -> row.number("xmin"))
        .orElse(0L);
  }

  /// Runs a statement that holds something confidential so that no log and no statistics keep it.
  private void quietly(String statement) {
    server.with((PgConnection connection) -> {
      String pgaudit =
          connection
                  .query(LIMIT, "select 1 from pg_settings where name = 'pgaudit.log'")
                  .first()
                  .isPresent()
              ? "set local pgaudit.log = 'none'; "
              : "";
      String statements =
          connection
                  .query(LIMIT, "select 1 from pg_settings where name = 'pg_stat_statements.track'")
                  .first()
                  .isPresent()
              ? "set local pg_stat_statements.track = 'none'; "
              : "";
      connection.script(LIMIT, "begin");
      try {
        connection.script(
            LIMIT,
            "set local log_statement = 'none'; set local log_min_duration_statement = -1;"
                + " set local log_min_duration_sample = -1; set local log_min_error_statement = 'panic'; "
                + pgaudit
                + statements);
        connection.script(LIMIT, statement);
        connection.script(LIMIT, "commit");
      } finally {
        if (connection.isOpen() && connection.isInTransaction()) {
          connection.script(LIMIT, "rollback");
        }
      }
      return connection;
    });
  }
}
