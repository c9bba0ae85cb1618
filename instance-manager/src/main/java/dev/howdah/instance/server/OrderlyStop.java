// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.leadership.Effect.StopReason;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.instance.server.Server.StopLimits;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.command.Postmaster.StopMode;
import dev.howdah.postgres.sql.PgServer;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stops PostgreSQL in order: open sessions are given their time where nobody waits to take over,
/// then they end, and by force at the very last.
final class OrderlyStop {
  private static final Logger LOG = LoggerFactory.getLogger(OrderlyStop.class);
  private static final Duration OWN_SESSIONS = Duration.ofMillis(200);

  /// Where there is less time than this in all, no checkpoint is made before the stop.
  private static final Duration CHECKPOINT = Duration.ofSeconds(5);

  private static final Duration IMMEDIATE = Duration.ofSeconds(5);

  private final ServerProcess process;
  private final PgServer sql;
  private final Observer observer;
  private final Supplier<StopLimits> limits;

  OrderlyStop(ServerProcess process, PgServer sql, Observer observer, Supplier<StopLimits> limits) {
    this.process = process;
    this.sql = sql;
    this.observer = observer;
    this.limits = limits;
  }

  void run(Duration deadline, StopReason reason) throws InterruptedException {
    if (!process.isRunning()) {
      observer.down(observer.last().status());
      return;
    }
    boolean primary = observer.last().status().phase() == Phase.PRIMARY;
    if (primary && limits.get().total().compareTo(CHECKPOINT) > 0) {
      checkpoint(deadline);
    }
    sql.close();
    StopLimits limit = limits.get();
    Duration fast = deadline;
    if (reason == StopReason.END) {
      boolean smart = !(primary && limit.hasPeers()) && limit.smart().compareTo(limit.total()) < 0;
      if (smart && smart()) {
        return;
      }
      fast = smart ? limit.total().minus(limit.smart()) : limit.total();
    }
    if (!process.stop(StopMode.FAST, fast)) {
      LOG.atWarn().addKeyValue("after", fast).log("fast shutdown took too long, stopping at once");
      if (!process.stop(StopMode.IMMEDIATE, IMMEDIATE)) {
        process.fence();
      }
    }
  }

  /// Waits for the sessions of others, and not for our own: one that was opened before the server
  /// took the signal would hold it up for the whole limit. The limit shrinks when the Cluster is
  /// deleted meanwhile.
  private boolean smart() throws InterruptedException {
    process.ask(StopMode.SMART);
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < limits.get().smart().toNanos()) {
      sql.close();
      if (process.awaitEnd(OWN_SESSIONS)) {
        return true;
      }
    }
    return false;
  }

  /// Makes the shutdown's own checkpoint short, while clients still work.
  void checkpoint(Duration deadline) {
    try {
      sql.checkpoint(deadline);
    } catch (PostgresException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("checkpoint before the stop failed");
    }
  }
}
