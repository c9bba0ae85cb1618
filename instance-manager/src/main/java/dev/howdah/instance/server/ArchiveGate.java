// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.backup.archive.WalFile;
import dev.howdah.core.wal.TimelineHistory;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Whether the standby may take WAL from the archive just now, from which one, and of which
/// timelines. It is shut while the server is made to follow somebody, sealed, promoted or stopped:
/// then it must neither move nor wait for a store.
public final class ArchiveGate {
  private static final Open SHUT = new Open(0, null);

  private volatile Open open = SHUT;
  private volatile long openedAt;
  private volatile Help help = _ -> false;

  /// @param newest timeline that is let through
  /// @param way the upstream's history; null if shut, or to the archive of the cluster that this
  ///   one follows
  private record Open(int newest, @Nullable TimelineHistory way) {}

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

  /// The server's history is known to be part of its upstream's; or is its own, for a rewind.
  public void open(TimelineHistory upstream) {
    if (!isOpen()) {
      openedAt = System.nanoTime();
    }
    open = new Open(upstream.timeline().id(), upstream);
  }

  /// The server follows another cluster, wherever that goes.
  void openToSource() {
    open = new Open(Integer.MAX_VALUE, null);
  }

  /// Whether the Cluster has an archive.
  public boolean hasArchive() {
    return help.came(Duration.ZERO);
  }

  /// Whether WAL that the upstream no longer has may still come from the archive: then the standby
  /// need not be copied anew.
  public boolean mayHelp(Duration patience) {
    boolean fresh = isOpen() && System.nanoTime() - openedAt < patience.toNanos();
    return help.came(fresh ? Duration.ZERO : patience);
  }

  public void shut() {
    open = SHUT;
  }

  public boolean isOpen() {
    return open.newest > 0;
  }

  /// Whether it leads to the archive of the cluster that this one follows.
  public boolean isToSource() {
    Open now = open;
    return now.newest > 0 && now.way == null;
  }

  /// The upstream's history, if it is known.
  public Optional<TimelineHistory> way() {
    return Optional.ofNullable(open.way);
  }

  /// A timeline that the upstream isn't on is not one to follow, whatever the archive has.
  public boolean allows(WalFile file) {
    return file.timeline() <= open.newest;
  }
}
