// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import dev.howdah.core.wal.Lsn;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.Rows;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which pages of tables the WAL between two positions has changed, as the server itself noted
/// (PostgreSQL manual, "WAL Summarization", from 17 on, with `summarize_wal`). The others need not
/// be read.
final class WalSummaries {
  private static final Logger LOG = LoggerFactory.getLogger(WalSummaries.class);
  private static final int FIRST_VERSION = 170_000;
  private static final Duration QUICK = Duration.ofSeconds(30);
  private static final Duration LONG = Duration.ofHours(1);

  /// How long the summarizer may lie behind; PostgreSQL's own incremental backup gives up after the
  /// same time without progress.
  private static final Duration LAG = Duration.ofMinutes(1);

  private static final long BLOCKS = Relation.BLOCKS_PER_FILE;
  private static final long PAUSE_MILLIS = 50;
  private static final int AT_ONCE = 20_000;
  private static final long DEFAULT_TABLESPACE = 1663;
  private static final Pattern FILE =
      Pattern.compile("(?:base|pg_tblspc/([0-9]+)/[^/]+)/([0-9]+)/([0-9]+)(?:\\.([0-9]+))?");

  /// @param relation the number of its files
  private record Locator(long tablespace, long database, long relation) {}

  /// The main fork's file number `segment`, from 0.
  private record File(Locator relation, int segment) {}

  private final Map<File, BitSet> changed = new HashMap<>();
  private final Map<Locator, Long> limits = new HashMap<>();
  private final Set<Locator> databases = new HashSet<>();

  private WalSummaries() {}

  /// The summaries of what was written from `since` on and before `begin`.
  ///
  /// @return null where the server has none, or not all of them
  /// @throws InterruptedIOException if this thread is interrupted meanwhile
  static @Nullable WalSummaries find(
      PgConnection connection, int version, int timeline, Lsn since, Lsn begin)
      throws InterruptedIOException {
    if (version < FIRST_VERSION
        || !setting(connection, "summarize_wal").equals("on")
        || !isSummarized(connection, begin)) {
      return null;
    }
    try {
      if (!isCovered(connection, timeline, since, begin)) {
        LOG.info("no WAL summaries for all from {} to {}: all pages are read", since, begin);
        return null;
      }
      var summaries = new WalSummaries();
      summaries.read(connection, timeline, since, begin);
      return summaries;
    } catch (PostgresException e) {
      // one was removed just now, by its age
      LOG.info("the WAL summaries can't be read, so all pages are: {}", e.getMessage());
      return null;
    }
  }

  private static String setting(PgConnection connection, String name) {
    return connection
        .query(QUICK, "SELECT current_setting($1) AS value", name)
        .single()
        .text("value");
  }

  /// Waits until the summarizer is there: it notes each piece of WAL when the checkpoint behind it
  /// begins, such as that of this backup.
  private static boolean isSummarized(PgConnection connection, Lsn begin)
      throws InterruptedIOException {
    long start = System.nanoTime();
    while (true) {
      var reached =
          Lsn.parse(
              connection
                  .query(QUICK, "SELECT summarized_lsn FROM pg_get_wal_summarizer_state()")
                  .single()
                  .text("summarized_lsn"));
      if (reached.compareTo(begin) >= 0) {
        return true;
      }
      if (System.nanoTime() - start > LAG.toNanos()) {
        LOG.warn(
            "the WAL summarizer is at {}, the backup begins at {}: all pages are read",
            reached,
            begin);
        return false;
      }
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("cancelled");
      }
    }
  }

  private static boolean isCovered(PgConnection connection, int timeline, Lsn since, Lsn begin) {
    var rows =
        connection.query(
            QUICK,
            """
            SELECT start_lsn, end_lsn FROM pg_available_wal_summaries()
            WHERE tli = $1::bigint AND end_lsn > $2::pg_lsn AND start_lsn < $3::pg_lsn
            ORDER BY start_lsn
            """,
            Integer.toString(timeline),
            since.toString(),
            begin.toString());
    var covered = since;
    for (var row : rows) {
      if (Lsn.parse(row.text("start_lsn")).compareTo(covered) > 0) {
        return false;
      }
      var end = Lsn.parse(row.text("end_lsn"));
      covered = end.compareTo(covered) > 0 ? end : covered;
    }
    return covered.compareTo(begin) >= 0;
  }

  /// By a cursor: after a busy week there are millions of pages.
  private void read(PgConnection connection, int timeline, Lsn since, Lsn begin) {
    connection.query(
        LONG,
        """
        DECLARE howdah_summaries CURSOR WITH HOLD FOR
        SELECT reltablespace, reldatabase, relfilenode, relblocknumber, is_limit_block
        FROM pg_available_wal_summaries() s,
             pg_wal_summary_contents(s.tli, s.start_lsn, s.end_lsn) c
        WHERE s.tli = %d AND s.end_lsn > '%s' AND s.start_lsn < '%s' AND c.relforknumber = 0
        """
            .formatted(timeline, since, begin));
    Rows rows;
    do {
      rows = connection.query(LONG, "FETCH %d FROM howdah_summaries".formatted(AT_ONCE));
      rows.forEach(this::note);
    } while (!rows.rows().isEmpty());
    connection.query(QUICK, "CLOSE howdah_summaries");
  }

  private void note(Rows.Row row) {
    var relation =
        new Locator(
            row.number("reltablespace"), row.number("reldatabase"), row.number("relfilenode"));
    long block = row.number("relblocknumber");
    if (relation.relation == 0) {
      databases.add(relation); // a database was made or dropped, file by file
    } else if (row.flag("is_limit_block")) {
      limits.merge(relation, block, Math::min);
    } else {
      var file = new File(relation, (int) (block / BLOCKS));
      changed.computeIfAbsent(file, _ -> new BitSet()).set((int) (block % BLOCKS));
    }
  }

  /// The pages of one file that may have changed; null where that isn't known, and all may have.
  ///
  /// @param path below the data directory
  @Nullable Pages of(String path) {
    var matcher = FILE.matcher(path);
    if (!matcher.matches()) {
      return null;
    }
    var tablespace =
        matcher.group(1) == null ? DEFAULT_TABLESPACE : Long.parseLong(matcher.group(1));
    long database = Long.parseLong(matcher.group(2));
    if (databases.contains(new Locator(tablespace, database, 0))) {
      return null;
    }
    var relation = new Locator(tablespace, database, Long.parseLong(matcher.group(3)));
    int segment = matcher.group(4) == null ? 0 : Integer.parseInt(matcher.group(4));
    var blocks = changed.getOrDefault(new File(relation, segment), new BitSet());
    long limit = limits.getOrDefault(relation, Long.MAX_VALUE);
    return new Pages(blocks, Math.clamp(limit - segment * BLOCKS, 0, BLOCKS));
  }

  /// Pages of one file, by their numbers in it.
  ///
  /// @param limit to this size the relation was cut, and maybe written anew behind it
  record Pages(BitSet changed, long limit) {
    /// The first that may have changed, at or behind this one.
    long next(long block) {
      if (block >= limit) {
        return block;
      }
      int next = changed.nextSetBit((int) block);
      return next < 0 ? limit : Math.min(next, limit);
    }
  }
}
