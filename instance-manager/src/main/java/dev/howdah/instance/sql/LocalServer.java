// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.sql;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The own server as a partner for SQL: where its socket is, one kept session for frequent short
/// questions, fresh ones for the rest.
public final class LocalServer implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final Path folder;
  private final int port;
  private @Nullable LocalSession kept;

  public LocalServer(Path socketFolder, int port) {
    this.folder = socketFolder;
    this.port = port;
  }

  /// What a server says to a newcomer.
  public enum Ping {
    ACCEPTING,
    /// It runs, but starts, stops or recovers.
    REJECTING,
    NO_ANSWER
  }

  /// Asks for a connection, as `pg_isready` does.
  public Ping ping(Duration deadline) {
    try (LocalSession _ = LocalSession.open(folder, port, "postgres", deadline)) {
      return Ping.ACCEPTING;
    } catch (SqlFailure e) {
      if (e.isRejecting()) {
        return Ping.REJECTING;
      }
      boolean answered =
          !e.state().equals(SqlFailure.UNREACHABLE) && !e.state().equals(SqlFailure.DEADLINE);
      return answered ? Ping.ACCEPTING : Ping.NO_ANSWER;
    }
  }

  /// A session of its own, to be closed by the caller.
  public LocalSession open(String database) throws SqlFailure {
    return LocalSession.open(folder, port, database, CONNECT);
  }

  /// Asks on the kept session, which is made anew when it broke. A query that waits keeps others
  /// waiting.
  public synchronized Rows query(String sql, Duration deadline) throws SqlFailure {
    LocalSession session = kept;
    if (session == null || !session.isOpen()) {
      session = LocalSession.open(folder, port, "postgres", deadline);
      kept = session;
    }
    return session.query(sql, deadline);
  }

  /// Closes the kept session: the server is about to end.
  @Override
  public void close() {
    LocalSession session = kept;
    if (session != null) {
      session.close();
    }
  }
}
