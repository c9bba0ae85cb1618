// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.wal.WalPosition;

/// What the instance manager knows about its PostgreSQL.
///
/// @param position the end of what is safely on disk here: flushed (a primary), received and
///   flushed (a standby), or the end of the log found by inspection (stopped). Its timeline is the
///   one the last record belongs to. [WalPosition#NONE] when unknown
/// @param receiving a WAL receiver process exists
/// @param exit why it is down; [Exit#NONE] while it isn't
public record PostgresStatus(
    Phase phase, Data data, WalPosition position, boolean receiving, Exit exit) {
  /// What the server does.
  public enum Phase {
    /// No process has the data directory open.
    DOWN,
    /// Started, not yet accepting connections.
    STARTING,
    STANDBY,
    PRIMARY,
    /// It runs and doesn't answer.
    HUNG
  }

  /// What is in the data directory.
  public enum Data {
    /// Without `standby.signal`: was a primary.
    PRIMARY,
    STANDBY,
    /// Absent, being cloned or rewound, or suspected of corruption.
    UNUSABLE
  }

  /// How the last server process ended.
  public enum Exit {
    NONE,
    /// A shutdown checkpoint is the last record.
    CLEAN,
    CRASH,
    /// The storage failed: not to be restarted here while another copy exists.
    STORAGE
  }

  public static PostgresStatus down(Data data, WalPosition position, Exit exit) {
    return new PostgresStatus(Phase.DOWN, data, position, false, exit);
  }

  public static PostgresStatus standby(WalPosition position, boolean receiving) {
    return new PostgresStatus(Phase.STANDBY, Data.STANDBY, position, receiving, Exit.NONE);
  }

  public static PostgresStatus primary(WalPosition position) {
    return new PostgresStatus(Phase.PRIMARY, Data.PRIMARY, position, false, Exit.NONE);
  }
}
