// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.sync.Enforcement;
import dev.howdah.postgres.PostgresException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether the commits of a standby will wait for others as soon as it is promoted, which its
/// checkpointer decides: see [Enforcement]. Nobody can commit there to look. But the checkpointer
/// reads its files between two checkpoints, and one that was begun after it was told to shows that
/// it has.
final class CommitFlag {
  private static final Logger LOG = LoggerFactory.getLogger(CommitFlag.class);
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  /// A session that waits for a checkpoint goes on waiting when nobody waits for it any more, so
  /// there is one, for as long as it takes.
  private static final Duration CHECKPOINT = Duration.ofHours(12);

  private final Server server;
  private final AtomicBoolean looking = new AtomicBoolean();
  private @Nullable Attempt last;

  /// @param known what was in the server's files when it began
  private record Attempt(Enforcement known, CompletableFuture<Void> end) {}

  CommitFlag(Server server) {
    this.server = server;
  }

  /// Returns when it is so; to be called when the server was seen to have its files.
  ///
  /// @throws IOException if the checkpointer doesn't get to it in that time
  void see(Duration patience) throws IOException, InterruptedException {
    Enforcement known = server.files().enforcement();
    if (!known.isFlagInDoubt()) {
      return;
    }
    long end = System.nanoTime() + patience.toNanos();
    Attempt attempt = attempt(known);
    while (attempt.known != known) {
      await(attempt, end);
      attempt = attempt(known);
    }
    await(attempt, end);
    server.files().flagSeen(known);
  }

  /// The checkpoint that is under way, or a new one.
  private synchronized Attempt attempt(Enforcement known) {
    Attempt before = last;
    if (before != null && !before.end.isDone()) {
      return before;
    }
    var begun = new Attempt(known, new CompletableFuture<>());
    last = begun;
    Thread.ofVirtual()
        .name("commit flag's checkpoint")
        .start(() -> {
          try {
            server.sql().checkpoint(CHECKPOINT);
            begun.end.complete(null);
          } catch (RuntimeException e) {
            begun.end.completeExceptionally(e);
          }
        });
    return begun;
  }

  private static void await(Attempt attempt, long end) throws IOException, InterruptedException {
    try {
      attempt.end.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new IOException("PostgreSQL's checkpointer did not get to a checkpoint yet", e);
    } catch (ExecutionException e) {
      throw new IOException("checkpoint: " + e.getCause(), e);
    }
  }

  /// The same in the background: long before the standby may have to be promoted.
  void seeSoon() {
    if (server.files().enforcement().isFlagInDoubt() && looking.compareAndSet(false, true)) {
      Thread.ofVirtual().name("commit flag").start(this::seeNow);
    }
  }

  private void seeNow() {
    try {
      server.reloadAndWait();
      see(PATIENCE);
    } catch (IOException | PostgresException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("not known yet whether commits wait");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      looking.set(false);
    }
  }
}
