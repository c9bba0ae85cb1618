// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import dev.howdah.backup.archive.WalFile;
import dev.howdah.core.wal.Lsn;
import dev.howdah.postgres.command.Postmaster;
import dev.howdah.postgres.sql.PgServer;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A recovery that doesn't end: that of a Cluster which follows another one. It stays on the other
/// one's timeline, and is far enough once the archive has nothing more and the data is consistent;
/// the instance goes on from there.
final class Following {
  private static final Duration STALLED = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(200);

  private final @Nullable Lsn least;
  private volatile boolean archiveEnded;

  /// @param least where the data is consistent, if the server doesn't know it by itself
  Following(@Nullable Lsn least) {
    this.least = least;
  }

  /// The archive has no such file.
  void absent(String file) {
    if (WalFile.named(file).filter(f -> f.kind() == WalFile.Kind.SEGMENT).isPresent()) {
      archiveEnded = true;
    }
  }

  /// Waits in a server that takes sessions.
  void await(Postmaster server, PgServer sql, Duration longest)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + longest.toNanos();
    long moved = System.nanoTime();
    Lsn before = null;
    while (System.nanoTime() < end && server.isAlive()) {
      var replayed = replayed(sql);
      if (archiveEnded && (least == null || replayed.compareTo(least) >= 0)) {
        return;
      }
      if (!replayed.equals(before)) {
        before = replayed;
        moved = System.nanoTime();
      } else if (archiveEnded && System.nanoTime() - moved > STALLED.toNanos()) {
        throw new IOException(
            "the archive ends at %s, before the end of the snapshot's backup (%s); wait until the WAL up to it is archived, or choose an earlier snapshot"
                .formatted(replayed, least));
      }
      Thread.sleep(POLL);
    }
    throw new IOException("PostgreSQL ended while it recovered; its log says why");
  }

  private static Lsn replayed(PgServer sql) {
    return Lsn.parse(
        sql.query("SELECT coalesce(pg_last_wal_replay_lsn(), '0/0')::text AS lsn")
            .single()
            .text("lsn"));
  }
}
