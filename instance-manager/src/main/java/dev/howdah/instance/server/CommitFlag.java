// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.sync.Enforcement;
import dev.howdah.postgres.PostgresException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether the commits of a standby will wait for others as soon as it is promoted, which its
/// checkpointer decides: see [Enforcement]. Nobody can commit there to look. But the checkpointer
/// reads its files between two checkpoints, and one that was begun after it was told to shows that
/// it has.
final class CommitFlag {
  private static final Logger LOG = LoggerFactory.getLogger(CommitFlag.class);
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  private final Server server;
  private final AtomicBoolean looking = new AtomicBoolean();

  CommitFlag(Server server) {
    this.server = server;
  }

  /// Returns when it is so; to be called when the server was seen to have its files.
  ///
  /// @throws PostgresException if the checkpointer doesn't get to it in that time
  void see(Duration patience) {
    Enforcement known = server.files().enforcement();
    if (known.isFlagInDoubt()) {
      server.sql().checkpoint(patience);
      server.files().flagSeen(known);
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
