// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.postgres.command.Postmaster.StopMode;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/// Stops and starts of the primary while the Lease is held, so that nobody takes over.
public final class Restarts {
  private final Server server;
  private volatile boolean underWay;

  Restarts(Server server) {
    this.server = server;
  }

  /// PostgreSQL is down on purpose, for a moment.
  public boolean isUnderWay() {
    return underWay;
  }

  /// What happens to the stopped server's data before it starts again.
  @FunctionalInterface
  interface Meanwhile {
    void run() throws IOException, InterruptedException;
  }

  /// Restarts the primary.
  public void inPlace() throws IOException, InterruptedException {
    with("restart in place", Duration.ofMinutes(10), () -> {});
  }

  void with(String name, Duration checkpoint, Meanwhile meanwhile)
      throws IOException, InterruptedException {
    long planned = server.process().generation();
    await(
        name,
        () -> {
          restart(planned, checkpoint, meanwhile);
          return true;
        });
  }

  /// Stops the primary; the process ends right after, and its next run goes on with the same data
  /// and the same Lease.
  public void stopToComeBack() throws IOException, InterruptedException {
    await(
        "stop to come back",
        () -> {
          server.checkpoint(Duration.ofSeconds(30));
          server.sql().close();
          underWay = true; // so that the end isn't taken for a failure
          boolean stopped = server.process().stop(StopMode.FAST, server.limits().total());
          underWay = stopped;
          return stopped;
        });
  }

  @FunctionalInterface
  interface Step {
    boolean run() throws IOException, InterruptedException;
  }

  /// Does this in its turn, and waits for the end.
  ///
  /// @throws IOException also if something else came first
  void await(String name, Step step) throws IOException, InterruptedException {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    server
        .orders()
        .append(
            name,
            () -> {
              try {
                done.complete(step.run());
              } catch (IOException | RuntimeException e) {
                done.completeExceptionally(e);
                throw e;
              } finally {
                done.complete(false);
              }
            },
            () -> done.complete(false));
    try {
      if (!done.get()) {
        throw new IOException(name + ": not done, as something else had to come first");
      }
    } catch (ExecutionException e) {
      throw new IOException(name + ": " + e.getMessage(), e);
    }
  }

  /// What no standby has confirmed before the stop is visible now, so the protocol lets clients in.
  private void started(boolean closed) throws IOException, InterruptedException {
    server.awaitPhase(Phase.PRIMARY);
    if (closed) {
      server.tell(new Event.RestartedClosed(server.observer().last().status().position()));
    } else {
      server.hooks().leading();
    }
  }

  private void restart(long planned, Duration checkpoint, Meanwhile meanwhile)
      throws IOException, InterruptedException {
    server.checkpoint(checkpoint);
    server.sql().close();
    if (!server.process().isRunning()) {
      throw new IOException("PostgreSQL has ended by itself: the protocol says what comes next");
    }
    underWay = true;
    try {
      boolean stopped =
          server.process().stop(StopMode.FAST, server.limits().total())
              || server.process().stop(StopMode.IMMEDIATE, Duration.ofSeconds(5));
      if (!stopped) {
        throw new IOException("PostgreSQL can't be stopped");
      }
      server.observer().restarted();
      try {
        meanwhile.run();
      } finally {
        boolean closed = server.files().closeToClients();
        server.start(planned);
        underWay = false;
        server.orders().append("started again", () -> started(closed));
      }
      server.awaitPhase(Phase.PRIMARY);
    } finally {
      underWay = false;
      if (!server.process().isRunning()) {
        server.foundDown(true, WalPosition.NONE);
      }
    }
  }
}
