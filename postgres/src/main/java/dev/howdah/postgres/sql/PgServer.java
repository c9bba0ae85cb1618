// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.sql;

import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.wire.ConnectionFailure;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.PgConnection.Login;
import dev.howdah.postgres.wire.Ping;
import dev.howdah.postgres.wire.Rows;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.postgres.wire.SqlFailure;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One server, and what an instance manager asks of it. Keeps one session open and opens another
/// one for what may take long.
///
/// Its sessions see the system's own names only, whatever users put into `public`, and do not wait
/// for synchronous standbys: what they write is made again where it is missing, and without it no
/// standby could connect at all.
public final class PgServer implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final ServerAddress address;
  private final Login login;
  private final Duration limit;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable PgConnection kept;

  /// @param limit for each quick statement
  public PgServer(ServerAddress address, Login login, Duration limit) {
    this.address = address;
    this.login = login;
    this.limit = limit;
  }

  /// The server of this machine, as its superuser over the Unix socket.
  public static PgServer local(ServerAddress.Local address) {
    return new PgServer(address, session("postgres", "postgres", "howdah"), Duration.ofSeconds(10));
  }

  /// How Howdah's own sessions log in: nothing that users set for roles or databases reaches them.
  public static Login session(String user, String database, String applicationName) {
    return Login.of(user, database, applicationName)
        .with("synchronous_commit", "local")
        .with("default_transaction_read_only", "off")
        .with("default_transaction_isolation", "read committed")
        .with("statement_timeout", "0")
        .with("lock_timeout", "0")
        .with("idle_in_transaction_session_timeout", "60s")
        .with("client_min_messages", "warning")
        .with("DateStyle", "ISO")
        .with("IntervalStyle", "postgres")
        .with("TimeZone", "UTC");
  }

  public ServerAddress address() {
    return address;
  }

  /// Whether it takes sessions, without opening one.
  public Ping ping(Duration patience) {
    return Ping.of(address, patience);
  }

  /// Runs a quick statement in the kept session.
  public Rows query(String sql, @Nullable String... values) {
    return with(connection -> connection.query(limit, sql, values));
  }

  /// Runs something in the kept session. If that one broke since the last use, a new one is opened.
  public <T> T with(Function<PgConnection, T> work) {
    lock.lock();
    try {
      PgConnection connection = kept;
      if (connection != null && connection.isOpen()) {
        try {
          connection.query(limit, "select 1");
        } catch (ConnectionFailure | SqlFailure e) {
          connection.close();
        }
      }
      if (connection == null || !connection.isOpen()) {
        connection = PgConnection.open(address, login, CONNECT);
        kept = connection;
      }
      return work.apply(connection);
    } finally {
      lock.unlock();
    }
  }

  /// Opens a session of its own, in one of the databases. The caller closes it.
  public PgConnection open(String database) {
    var other = new Login(login.user(), database, login.password(), login.settings());
    return PgConnection.open(address, other, CONNECT);
  }

  /// Opens a session that looks names up as a user's would, for SQL that users wrote.
  public PgConnection openForUserSql(String database) {
    var settings = new java.util.TreeMap<>(login.settings());
    settings.remove("search_path");
    settings.remove("statement_timeout");
    settings.remove("lock_timeout");
    var other = new Login(login.user(), database, login.password(), settings);
    return PgConnection.open(address, other, CONNECT);
  }

  /// All facts about the server in one round trip.
  public ServerStatus status() {
    return with(connection -> StatusQuery.run(connection, limit));
  }

  /// Makes a standby a primary and waits until it is one.
  ///
  /// @return whether it became one in time; it may still become one later
  public boolean promote(Duration patience) {
    long seconds = Math.clamp(patience.toSeconds(), 1, Integer.MAX_VALUE);
    try (PgConnection connection = open("postgres")) {
      return connection
          .query(patience.plus(CONNECT), "select pg_promote(true, " + seconds + ") as done")
          .single()
          .flag("done");
    }
  }

  /// Tells the server to read its configuration again; {@link #awaitSetting} says when it has.
  public void reload() {
    query("select pg_reload_conf()");
  }

  /// Waits until a setting has a value, as `howdah.files_sha256` does after a reload of these
  /// files.
  ///
  /// @return whether it got there in time
  public boolean awaitSetting(String name, String value, Duration patience)
      throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    Duration pause = Duration.ofMillis(2);
    while (true) {
      String now = query("select current_setting($1, true) as value", name).single().text("value");
      if (now.equals(value)) {
        return true;
      }
      if (System.nanoTime() > end) {
        return false;
      }
      Thread.sleep(pause);
      pause =
          pause.multipliedBy(2).compareTo(Duration.ofMillis(200)) > 0
              ? Duration.ofMillis(200)
              : pause.multipliedBy(2);
    }
  }

  /// What PostgreSQL could not use of the configuration files it has read; empty if all is well.
  public List<String> configurationErrors() {
    return query(
            "select sourcefile || ':' || sourceline || ': ' || name || ': ' || error"
                + " from pg_file_settings where error is not null and name not in"
                + " (select name from pg_settings where pending_restart)"
                + " union all select 'pg_hba.conf:' || line_number || ': ' || error"
                + " from pg_hba_file_rules where error is not null")
        .column();
  }

  /// Writes a checkpoint; on a standby a restartpoint.
  public void checkpoint(Duration patience) {
    try (PgConnection connection = open("postgres")) {
      connection.query(patience, "checkpoint");
    }
  }

  /// Ends the current WAL segment, so that it is archived.
  ///
  /// @return the name of the segment that ended
  public String switchWal() {
    return query("select pg_walfile_name(pg_switch_wal()) as segment").single().text("segment");
  }

  /// Ends the sessions of ordinary clients: not replication, not ours, not PostgreSQL's own
  /// workers.
  ///
  /// @return how many were told to end
  public int terminateClients() {
    return (int)
        query(
                "select count(pg_terminate_backend(pid)) as ended from pg_stat_activity"
                    + " where backend_type = 'client backend' and pid <> pg_backend_pid()"
                    + " and not (usename = 'postgres' and client_addr is null"
                    + " and application_name = 'howdah')")
            .single()
            .number("ended");
  }

  /// Runs SQL that a user wrote, in order, in one session as the superuser. Stops at the first
  /// error.
  ///
  /// @param field where in the Cluster the list is, for the message
  public void runUserSql(
      String database,
      List<String> scripts,
      String field,
      Duration patience,
      Consumer<String> log) {
    if (scripts.isEmpty()) {
      return;
    }
    try (PgConnection connection = openForUserSql(database)) {
      for (int i = 0; i < scripts.size(); i++) {
        try {
          connection.script(patience, scripts.get(i));
          log.accept(field + "[" + i + "] done");
        } catch (SqlFailure e) { // the SQL itself may hold secrets and is not repeated
          throw new PostgresException(
              "%s[%d] failed in database %s: %s".formatted(field, i, database, e.getMessage()), e);
        }
      }
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (kept != null) {
        kept.close();
        kept = null;
      }
    } finally {
      lock.unlock();
    }
  }
}
