// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.backup.archive.WalFile;
import dev.howdah.core.wal.Timeline;
import java.time.Duration;

/// Whether the standby may take WAL from the archive just now, and of which timelines. It is shut
/// while the server is made to follow somebody, sealed, promoted or stopped: then it must neither
/// move nor wait for a store.
public final class ArchiveGate {
  private volatile int newest;
  private volatile long openedAt;
  private volatile Help help = _ -> false;

  /// What the archive does for the standby.
  @FunctionalInterface
  public interface Help {
    /// Whether there is an archive, and WAL came from it within this time; zero asks for the
    /// archive only.
    boolean came(Duration time);
  }

  /// @param archive asked whether it still helps
  public void use(Help archive) {
    help = archive;
  }

  /// The server's history is known to be part of its upstream's, which is on this timeline.
  public void open(Timeline timeline) {
    if (newest == 0) {
      openedAt = System.nanoTime();
    }
    newest = timeline.id();
  }

  /// Whether WAL that the upstream no longer has may still come from the archive: then the standby
  /// need not be copied anew.
  public boolean mayHelp(Duration patience) {
    boolean fresh = isOpen() && System.nanoTime() - openedAt < patience.toNanos();
    return help.came(fresh ? Duration.ZERO : patience);
  }

  public void shut() {
    newest = 0;
  }

  public boolean isOpen() {
    return newest > 0;
  }

  /// A timeline that the upstream isn't on is not one to follow, whatever the archive has.
  public boolean allows(WalFile file) {
    return file.timeline() <= newest;
  }
}
