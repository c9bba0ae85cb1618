// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.sync;

import dev.howdah.core.wal.Lsn;

/// One standby as the primary knows it.
///
/// @param member name and data directory, as the standby's own instance manager reports them
/// @param streaming `pg_stat_replication.state = 'streaming'`
/// @param flushed the smaller of `pg_stat_replication.flush_lsn` and of what the standby's instance
///   manager reported together with `member.volume`: a row left over from a lost volume confirms
///   nothing for the new one
public record StandbyStatus(Member member, boolean streaming, Lsn flushed) {}
