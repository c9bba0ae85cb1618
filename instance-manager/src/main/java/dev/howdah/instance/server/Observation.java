// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;

/// What a look at the server brought.
///
/// @param replayed how far a standby has applied the log
/// @param latestEnd the end of the sender's log as the WAL receiver last heard of it
/// @param streaming a WAL receiver is connected and streams
/// @param atEnd a standby has applied all that it has on disk, so its position is exact
/// @param waiting a standby's startup process waits for WAL: it has applied all that there is
/// @param newestCommit when the last transaction that was replayed was committed; empty for none
public record Observation(
    PostgresStatus status,
    Lsn replayed,
    Lsn latestEnd,
    boolean streaming,
    boolean atEnd,
    boolean waiting,
    String newestCommit) {
  static Observation of(PostgresStatus status) {
    return new Observation(status, Lsn.ZERO, Lsn.ZERO, false, false, false, "");
  }

  public Timeline timeline() {
    return status.position().timeline();
  }

  /// Where the log really ends: what was received after the last whole record was never written,
  /// and who is elected with the same bytes begins its timeline before them.
  public WalPosition applied() {
    return waiting && !replayed.isZero()
        ? new WalPosition(timeline(), replayed)
        : status.position();
  }
}
