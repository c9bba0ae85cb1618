// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.sync.SyncSetPlanner.Applied;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.WalPosition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the primary knows about its synchronous standbys.
///
/// @param applied null until the running server confirmed its setting
/// @param sent the setting on its way; null: none
/// @param seen who streamed when it was sent
/// @param rows as last read
/// @param fresh `rows` were read after `applied` took effect: only then they confirm anything
/// @param streams when each standby was last seen to stream
/// @param closed clients may not connect yet
/// @param openAt they may once the voters confirmed this position; null while it is unknown
/// @param office of a standby of another cluster: where its log ended when it was first seen to be
///   one. Whoever has that much has all that was ever acknowledged here; null: not known, or it is
///   a primary
record Replication(
    @Nullable Applied applied,
    @Nullable SyncConfig sent,
    long sentAt,
    List<Member> seen,
    List<Event.ReplicationRead.Row> rows,
    boolean fresh,
    List<Streamed> streams,
    boolean closed,
    @Nullable WalPosition openAt,
    @Nullable WalPosition office) {
  static final Replication NONE =
      new Replication(null, null, 0, List.of(), List.of(), false, List.of(), false, null, null);

  static Replication starting(boolean open) {
    return NONE.closed(!open, null);
  }

  /// No setting is on its way, and clients may connect.
  ///
  /// @param inOffice a standby of another cluster has no such setting
  boolean isQuiet(boolean inOffice) {
    return (applied != null || inOffice) && sent == null && !closed;
  }

  record Streamed(String name, long at) {}

  /// The setting is on its way to the server.
  Replication sending(SyncConfig config, long now, List<Member> streaming) {
    return new Replication(
        null, config, now, streaming, rows, false, streams, closed, openAt, office);
  }

  /// The answer to [#sending] is overdue: as if it hadn't been sent.
  Replication unsent() {
    return new Replication(null, null, 0, List.of(), rows, false, streams, closed, openAt, office);
  }

  Replication applied(Applied now) {
    return new Replication(now, null, 0, List.of(), rows, false, streams, closed, openAt, office);
  }

  Replication read(List<Event.ReplicationRead.Row> now, List<Streamed> streamed) {
    return new Replication(
        applied, sent, sentAt, seen, now, true, streamed, closed, openAt, office);
  }

  Replication closedUntil(WalPosition end) {
    return new Replication(
        applied, sent, sentAt, seen, List.of(), false, streams, true, end, office);
  }

  Replication opened() {
    return closed(false, null);
  }

  /// The primary's log ended there when it was first seen as a standby of another cluster; null: it
  /// is none.
  Replication office(@Nullable WalPosition end) {
    return new Replication(applied, sent, sentAt, seen, rows, fresh, streams, closed, openAt, end);
  }

  private Replication closed(boolean now, @Nullable WalPosition until) {
    return new Replication(applied, sent, sentAt, seen, rows, fresh, streams, now, until, office);
  }

  Lsn flushed(String name) {
    for (var row : rows) {
      if (row.name().equals(name) && row.streaming()) {
        return row.flushed();
      }
    }
    return Lsn.ZERO;
  }
}
