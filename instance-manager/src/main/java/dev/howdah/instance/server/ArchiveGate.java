// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.backup.archive.WalFile;
import dev.howdah.core.wal.Timeline;

/// Whether the standby may take WAL from the archive just now, and of which timelines. It is shut
/// while the server is made to follow somebody, sealed, promoted or stopped: then it must neither
/// move nor wait for a store.
public final class ArchiveGate {
  private volatile int newest;

  /// The server's history is known to be part of its upstream's, which is on this timeline.
  public void open(Timeline timeline) {
    newest = timeline.id();
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
