// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.sync.Enforcement;
import dev.howdah.core.sync.Enforcement.Step;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.postgres.sql.PgServer;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has the running primary wait for other standbys, and returns when all of it is known to; see
/// [Enforcement].
final class SyncRule {
  private static final Logger LOG = LoggerFactory.getLogger(SyncRule.class);

  /// For each step. What takes longer is begun again by the protocol.
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  private static final Duration POLL = Duration.ofMillis(5);

  private static final String BEHIND =
      """
      SELECT count(*) AS behind FROM (
        SELECT sync_priority,
          coalesce(array_position(string_to_array(lower($1), ','), lower(application_name)), 0) AS at
        FROM pg_stat_replication WHERE state IN ('streaming', 'catchup')) AS senders
      WHERE sync_priority <> CASE WHEN $2 = 'FIRST' THEN at ELSE least(at, 1) END\
      """;

  private final Server server;
  private final ServerFiles files;
  private final PgServer sql;

  SyncRule(Server server) {
    this.server = server;
    files = server.files();
    sql = server.sql();
  }

  void apply(SyncConfig config) throws IOException, InterruptedException {
    SyncConfig before = files.enforcement().written();
    var probe = new CommitProbe(sql);
    boolean done = false;
    try {
      for (Step step : files.enforcement().towards(config)) {
        LOG.atDebug().addKeyValue("step", step).log("synchronous standbys");
        take(step, probe);
      }
      done = true;
    } finally {
      if (!done) {
        goBack(before);
      }
      probe.end();
    }
  }

  private void take(Step step, CommitProbe probe) throws IOException, InterruptedException {
    switch (step) {
      case Step.Use(SyncConfig config) -> {
        files.synchronous(config);
        files.write();
        server.reloadAndWait();
      }
      case Step.SeeSenders(SyncConfig config) -> {
        awaitSenders(config);
        files.learned(step);
      }
      case Step.SeeWaiting _ -> {
        probe.awaitWaiting(DEADLINE);
        files.learned(step);
      }
      case Step.SeePassing _ -> {
        probe.awaitPassing(DEADLINE);
        files.learned(step);
      }
    }
  }

  /// Nobody is left to wait for nobody while this is tried again.
  private void goBack(SyncConfig before) throws IOException {
    if (files.enforcement().written().equals(Enforcement.NOBODY)) {
      files.synchronous(before);
      files.write();
      server.process().reload();
    }
  }

  private void awaitSenders(SyncConfig config) throws IOException, InterruptedException {
    String names = String.join(",", config.names());
    String method = config.method().name();
    long end = System.nanoTime() + DEADLINE.toNanos();
    while (sql.query(BEHIND, names, method).single().number("behind") > 0) {
      if (System.nanoTime() > end) {
        throw new IOException("WAL senders did not take the new synchronous standbys");
      }
      Thread.sleep(POLL);
    }
  }
}
