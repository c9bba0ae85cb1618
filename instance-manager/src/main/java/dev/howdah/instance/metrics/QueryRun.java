// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import dev.howdah.core.metrics.Metrics;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.Roles;
import dev.howdah.postgres.wire.ConnectionFailure;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.PgConnection.Login;
import dev.howdah.postgres.wire.PgConnection.Most;
import dev.howdah.postgres.wire.Rows;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.postgres.wire.SqlFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Runs queries so that they can't disturb anybody: as a role that may only look, one session at a
/// time, each query in a read-only transaction of its own that is rolled back, with limits on its
/// time, its waits for locks, and the size of its result. The limits are set again for each query,
/// since any statement can change them for its session. A session that outlives its connection, as
/// one whose function goes on when it is cancelled, ends by itself (PostgreSQL 14 and later), or at
/// the next run.
final class QueryRun {
  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration QUICK = Duration.ofSeconds(10);
  private static final Duration GRACE = Duration.ofSeconds(2);
  private static final Most MOST = new Most(5_000, 4 << 20);
  private static final String FALLBACK = "postgres";

  /// Where names are looked up. The owner of a database can put a function of any name into its
  /// schema public, which then runs with this role's rights.
  private static final String CATALOG = "pg_catalog, pg_temp";

  private static final String EVERYTHING = "pg_catalog, public, pg_temp";

  /// What queries may take.
  ///
  /// @param lock what one may wait for a lock
  /// @param all together; those whose turn comes later are left out
  /// @param samples of all together; queries that yield more are left out
  /// @param characters of all samples together
  record Limits(Duration query, Duration lock, Duration all, int samples, int characters) {
    static final Limits STANDARD =
        new Limits(
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            50_000,
            16 << 20);
  }

  private final ServerAddress address;
  private final Limits limits;

  QueryRun(ServerAddress address, Limits limits) {
    this.address = address;
    this.limits = limits;
  }

  /// What a run found.
  ///
  /// @param version PostgreSQL's own name for its version
  record Outcome(int versionNumber, String version, Metrics metrics, List<Failure> failures) {}

  /// Why a query yielded nothing.
  ///
  /// @param kind SQLSTATE, or a word
  /// @param counts false for a definition that doesn't fit its result
  record Failure(String query, String database, String kind, String message, boolean counts) {}

  /// @param wished the default database, if it is there
  /// @throws PostgresException if PostgreSQL can't be asked at all
  Outcome run(Collection<UserQuery> queries, String wished) {
    long end = System.nanoTime() + limits.all().toNanos();
    String standard = wished;
    PgConnection first;
    try {
      first = open(standard);
    } catch (SqlFailure e) {
      if (!e.isUndefined() || standard.equals(FALLBACK)) {
        throw e;
      }
      standard = FALLBACK;
      first = open(standard);
    }
    try (PgConnection connection = first) {
      Rows.Row facts =
          connection
              .query(
                  QUICK,
                  "select current_setting('server_version_num') as number,"
                      + " current_setting('server_version') as name, pg_is_in_recovery() as standby,"
                      + " (select count(pg_terminate_backend(pid)) from pg_stat_activity"
                      + " where usename = current_user and pid <> pg_backend_pid()) as ended")
              .single();
      var run = new Turn(end, (int) facts.number("number"), facts.flag("standby"));
      Map<String, List<UserQuery>> work = run.plan(connection, queries, standard);
      run.inDatabase(standard, connection, work.getOrDefault(standard, List.of()));
      work.remove(standard);
      connection.close(); // at most one session at a time
      work.forEach(run::inDatabase);
      return new Outcome(run.version, facts.text("name"), run.metrics, run.failures);
    }
  }

  private PgConnection open(String database) {
    Login login =
        PgServer.session(Roles.METRICS, database, Roles.METRICS)
            .with("search_path", CATALOG)
            .with("default_transaction_read_only", "on")
            .with("statement_timeout", limits.query().toMillis() + "ms")
            .with("lock_timeout", limits.lock().toMillis() + "ms")
            .with("idle_in_transaction_session_timeout", "15s")
            .with("max_parallel_workers_per_gather", "0")
            .with("jit", "off");
    return PgConnection.open(address, login, CONNECT);
  }

  /// One round through the databases.
  private final class Turn {
    private final long end;
    private final int version;
    private final boolean standby;
    private final Metrics metrics = new Metrics();
    private final List<Failure> failures = new ArrayList<>();

    Turn(long end, int version, boolean standby) {
      this.end = end;
      this.version = version;
      this.standby = standby;
    }

    /// Which query runs where; each database once.
    Map<String, List<UserQuery>> plan(
        PgConnection connection, Collection<UserQuery> queries, String standard) {
      List<String> all =
          queries.stream().anyMatch(query -> !query.databases().isEmpty())
              ? connection
                  .query(
                      QUICK,
                      "select datname from pg_database where datallowconn and not datistemplate"
                          + " order by datname")
                  .column()
              : List.of();
      Map<String, List<UserQuery>> work = new LinkedHashMap<>();
      for (UserQuery query : queries) {
        if (query.servers().contains(version) && !(query.primaryOnly() && standby)) {
          for (String database : NamePattern.choose(query.databases(), standard, all)) {
            work.computeIfAbsent(database, _ -> new ArrayList<>()).add(query);
          }
        }
      }
      return work;
    }

    void inDatabase(String database, List<UserQuery> queries) {
      if (isLate()) {
        queries.forEach(query -> late(query, database));
        return;
      }
      try (PgConnection connection = open(database)) {
        inDatabase(database, connection, queries);
      } catch (PostgresException e) {
        queries.forEach(query -> failed(query, database, e));
      }
    }

    /// A query that costs the session, as one with too large a result does, costs no other query.
    void inDatabase(String database, PgConnection connection, List<UserQuery> queries) {
      for (int i = 0; i < queries.size(); i++) {
        if (!connection.isOpen()) {
          inDatabase(database, queries.subList(i, queries.size()));
          return;
        }
        if (isLate()) {
          late(queries.get(i), database);
        } else {
          one(database, connection, queries.get(i));
        }
      }
    }

    private void one(String database, PgConnection connection, UserQuery query) {
      Duration patience = limits.query().plus(GRACE);
      try {
        connection.script(GRACE, "begin transaction read only; " + limits(query));
        if (query.predicate().isEmpty() || holds(connection, query, patience)) {
          Rows rows = connection.query(patience, MOST, query.sql());
          take(database, query, ResultReader.read(query, rows));
        }
      } catch (PostgresException e) {
        failed(query, database, e);
      } catch (IllegalArgumentException e) {
        failures.add(
            new Failure(
                query.name(), database, "definition", String.valueOf(e.getMessage()), false));
      } catch (RuntimeException e) { // a defect of ours costs this query, not all metrics
        failures.add(new Failure(query.name(), database, "unexpected", e.toString(), true));
      } finally {
        end(connection);
      }
    }

    private void take(String database, UserQuery query, Metrics found) {
      if (metrics.size() + found.size() > limits.samples()
          || metrics.length() + found.length() > limits.characters()) {
        String message =
            "its %d samples are too many beside the %d of the queries before it; all may have %d samples and %d characters together"
                .formatted(found.size(), metrics.size(), limits.samples(), limits.characters());
        failures.add(new Failure(query.name(), database, "size", message, true));
      } else {
        metrics.addAll(found);
      }
    }

    private boolean holds(PgConnection connection, UserQuery query, Duration patience) {
      Rows rows = connection.query(patience, MOST, query.predicate());
      if (rows.names().isEmpty()) {
        throw new IllegalArgumentException(
            "its predicate_query returns no column; it has to return one truth");
      }
      if (!connection.isInTransaction()) {
        throw new IllegalArgumentException("its predicate_query ended the transaction");
      }
      connection.script(GRACE, limits(query));
      return rows.first().map(row -> "t".equals(row.at(0))).orElse(false);
    }

    private String limits(UserQuery query) {
      String all =
          "set local search_path = %s; set local statement_timeout = %d; set local lock_timeout = %d;"
                  .formatted(
                      query.catalogOnly() ? CATALOG : EVERYTHING,
                      limits.query().toMillis(),
                      limits.lock().toMillis())
              + " set local idle_in_transaction_session_timeout = 15000";
      return version < 140000 ? all : all + "; set local client_connection_check_interval = 1000";
    }

    /// A session in which this fails is of no more use; nor is one whose transaction the query has
    /// ended: what it changed in the session stays.
    private void end(PgConnection connection) {
      try {
        if (!connection.isInTransaction()) {
          connection.close();
        } else if (connection.isOpen()) {
          connection.query(GRACE, "rollback");
        }
      } catch (PostgresException e) {
        connection.close();
      }
    }

    private boolean isLate() {
      return System.nanoTime() - end > 0;
    }

    private void late(UserQuery query, String database) {
      String message = "the queries before it took " + limits.all().toSeconds() + " s";
      failures.add(new Failure(query.name(), database, "late", message, true));
    }

    private void failed(UserQuery query, String database, PostgresException e) {
      String kind =
          switch (e) {
            case SqlFailure failure -> failure.sqlState();
            case ConnectionFailure _ -> "session";
            default -> "size";
          };
      failures.add(new Failure(query.name(), database, kind, String.valueOf(e.getMessage()), true));
    }
  }
}
