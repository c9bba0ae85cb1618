// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.PgConnection;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Commits something of no meaning, as a client would, to see whether commits wait for standbys.
final class CommitProbe {
  private static final Logger LOG = LoggerFactory.getLogger(CommitProbe.class);
  private static final Duration POLL = Duration.ofMillis(5);
  private static final Duration LIMIT = Duration.ofMinutes(1);

  /// How long a commit that waits is given to find its standbys, before it is told not to wait.
  private static final Duration RELEASE = Duration.ofSeconds(1);

  private static final String COMMIT = "SELECT pg_logical_emit_message(true, 'howdah', '')";
  private static final String WAITS =
      "SELECT count(*) AS waiting FROM pg_stat_activity"
          + " WHERE pid = $1::int AND wait_event = 'SyncRep'";

  private final PgServer sql;
  private @Nullable PgConnection session;
  private String pid = "";
  private @Nullable Thread committing;
  private volatile @Nullable PostgresException failure;

  CommitProbe(PgServer sql) {
    this.sql = sql;
  }

  /// Returns when a commit waits; it goes on waiting.
  void awaitWaiting(Duration patience) throws IOException, InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (System.nanoTime() < end) {
      Thread commit = commit();
      while (commit.isAlive() && System.nanoTime() < end) {
        if (sql.query(WAITS, pid).single().number("waiting") > 0) {
          return;
        }
        commit.join(POLL);
      }
      check();
      Thread.sleep(POLL);
    }
    throw new IOException("commits don't wait for synchronous standbys yet");
  }

  /// Returns when a commit was done without waiting.
  void awaitPassing(Duration patience) throws IOException, InterruptedException {
    Thread commit = commit();
    if (!commit.join(patience)) {
      throw new IOException("commits still wait for synchronous standbys");
    }
    check();
  }

  private Thread commit() throws IOException {
    PgConnection open = session;
    if (open == null) {
      open = sql.open("postgres");
      session = open;
      open.query(LIMIT, "SET synchronous_commit = on");
      pid = open.query(LIMIT, "SELECT pg_backend_pid() AS pid").single().text("pid");
    }
    PgConnection used = open;
    Thread thread =
        Thread.ofVirtual()
            .name("commit probe")
            .start(() -> {
              try {
                used.query(LIMIT, COMMIT);
              } catch (PostgresException e) {
                failure = e;
              }
            });
    committing = thread;
    return thread;
  }

  private void check() throws IOException {
    PostgresException e = failure;
    if (e != null) {
      throw new IOException("the commit that should show whether commits wait failed", e);
    }
  }

  /// Leaves no session behind, nor one that waits; nobody waits for that.
  void end() {
    PgConnection open = session;
    if (open != null) {
      Thread.ofVirtual().name("end of commit probe").start(() -> end(open, committing));
    }
  }

  private void end(PgConnection open, @Nullable Thread commit) {
    try (open) {
      if (commit != null && !commit.join(RELEASE)) {
        sql.query("SELECT pg_cancel_backend($1::int)", pid);
        commit.join(RELEASE);
      }
    } catch (InterruptedException | PostgresException e) {
      LOG.atDebug().addKeyValue("error", e.getMessage()).log("commit probe not cancelled");
    }
  }
}
