// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.WalPosition;
import java.util.List;

/// What happened. The driver feeds events one at a time.
public sealed interface Event {
  /// Time passed. Comes at start, then at [Step#wakeAt()] or earlier.
  record Tick() implements Event {}

  /// Answer to [Effect.ReadLease]; comes for each, at the latest after the retry period.
  record LeaseRead(long request, LeaseAnswer answer) implements Event {}

  /// A watch says that the Lease has this revision. Only a hint to read it: watches can be late.
  record LeaseChanged(String version) implements Event {}

  /// Answer to [Effect.WriteLease]; comes for each, at the latest after the retry period.
  record LeaseWritten(long request, WriteOutcome outcome) implements Event {}

  record Received(PeerMessage message) implements Event {}

  /// PostgreSQL's state changed, or its position did (report that at least twice per retry period).
  record PostgresChanged(PostgresStatus status) implements Event {}

  /// Answer to [Effect.Seal]: no WAL receiver runs, and none will start before [Effect.Follow].
  ///
  /// @param position the end of what was received and flushed, read after the receiver had ended
  record Sealed(String version, WalPosition position) implements Event {}

  record SealFailed(String version, String reason) implements Event {}

  /// The guard killed PostgreSQL, died, or its pipe broke. PostgreSQL is being killed already.
  record GuardLost(String reason) implements Event {}

  /// A new clone replaced this instance's data: what the old data stood for is gone with it.
  ///
  /// @param volume the identity of the new data
  record DataReplaced(String volume) implements Event {}

  /// PostgreSQL, which starts or is being promoted, was seen to get on; feed it at least once in
  /// some seconds while that is so.
  ///
  /// @param doing what it does, or waits for, in words that follow "while it "
  record Progressed(String doing) implements Event {}

  record ClusterRead(ClusterView view) implements Event {}

  /// The instance manager was asked to end (SIGTERM).
  record StopRequested() implements Event {}

  /// `pg_stat_replication` of this primary, read just now. Report it whenever it changed, and at
  /// least once per retry period.
  record ReplicationRead(List<Row> rows) implements Event {
    /// @param flushed `flush_lsn`; the smallest, if a name occurs twice
    public record Row(String name, boolean streaming, Lsn flushed) {}
  }

  /// Answer to [Effect.ApplySync]: every backend uses `config`, shown by the running server.
  ///
  /// @param position `pg_current_wal_insert_lsn()`, read after that
  record SyncApplied(SyncConfig config, Lsn position) implements Event {}

  /// The primary was restarted while it led, with the synchronous standbys that it had, and lets no
  /// client in before [Effect.Open].
  ///
  /// @param end of its log, read after the start
  record RestartedClosed(WalPosition end) implements Event {}

  /// The cluster follows another one, and is about to be promoted where that one stopped.
  record VotersUsedUp() implements Event {}

  /// The wall clock went forward by more than a second against the boot-time clock: the machine was
  /// suspended or moved, for all that is known.
  record ClockJumped(String reason) implements Event {}
}
