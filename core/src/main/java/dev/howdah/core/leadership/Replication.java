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
/// @param rows read after `applied` took effect
/// @param streams when each standby was last seen to stream
/// @param openAt clients may connect once the voters confirmed this position; null: they may
record Replication(
    @Nullable Applied applied,
    @Nullable SyncConfig sent,
    long sentAt,
    List<Member> seen,
    List<Event.ReplicationRead.Row> rows,
    List<Streamed> streams,
    @Nullable WalPosition openAt) {
  static final Replication NONE =
      new Replication(null, null, 0, List.of(), List.of(), List.of(), null);

  record Streamed(String name, long at) {}

  Lsn flushed(String name) {
    for (var row : rows) {
      if (row.name().equals(name) && row.streaming()) {
        return row.flushed();
      }
    }
    return Lsn.ZERO;
  }
}
