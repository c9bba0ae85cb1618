// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import dev.howdah.backup.catalog.BackupInfo.Tablespace;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.wire.PgConnection;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The one session that a base backup is taken in: PostgreSQL ends the backup when it closes
/// (PostgreSQL manual, "Making a Base Backup Using the Low Level API").
public final class BackupSession {
  private static final Duration QUICK = Duration.ofSeconds(30);

  /// Start waits for a checkpoint, stop for the archive.
  private static final Duration LONG = Duration.ofHours(12);

  private static final long FIRST_PAUSE_MILLIS = 20;
  private static final long LONGEST_PAUSE_MILLIS = 1000;

  private final PgConnection connection;
  private Server server;

  /// What doesn't change during the backup.
  ///
  /// @param tablespaces as of its start
  public record Server(
      int versionNumber,
      String systemId,
      long segmentBytes,
      String dataDirectory,
      String configFile,
      String hbaFile,
      String identFile,
      boolean inRecovery,
      boolean checksums,
      List<Tablespace> tablespaces) {
    Server with(List<Tablespace> now) {
      return new Server(
          versionNumber,
          systemId,
          segmentBytes,
          dataDirectory,
          configFile,
          hbaFile,
          identFile,
          inRecovery,
          checksums,
          now);
    }
  }

  /// A moment of the backup, in every form that `backup.info` wants.
  public record Point(Lsn lsn, int timeline, Instant time, String wal, long offset) {}

  /// The end, and the text that recovery starts from. The tablespaces' map is left to the restore
  /// where that knows the locations.
  public record Stopped(Point point, String backupLabel, String tablespaceMap) {}

  /// @param connection nobody else uses it until the backup has ended
  public BackupSession(PgConnection connection) {
    this.connection = connection;
    connection.script(QUICK, "SET search_path = pg_catalog; SET statement_timeout = 0");
    this.server = read();
    if (server.versionNumber >= 140_000) {
      connection.script(QUICK, "SET idle_session_timeout = 0");
    }
  }

  public Server server() {
    return server;
  }

  private Server read() {
    var row =
        connection
            .query(
                QUICK,
                """
                SELECT current_setting('server_version_num') AS version,
                       (SELECT system_identifier::text FROM pg_control_system()) AS system,
                       (SELECT setting FROM pg_settings WHERE name = 'wal_segment_size') AS segment,
                       current_setting('data_directory') AS data,
                       current_setting('config_file') AS config,
                       current_setting('hba_file') AS hba,
                       current_setting('ident_file') AS ident,
                       current_setting('data_checksums') = 'on' AS checksums,
                       pg_is_in_recovery() AS recovery
                """)
            .single();
    return new Server(
        (int) row.number("version"),
        row.text("system"),
        row.number("segment"),
        row.text("data"),
        row.text("config"),
        row.text("hba"),
        row.text("ident"),
        row.flag("recovery"),
        row.flag("checksums"),
        List.of());
  }

  private List<Tablespace> tablespaces() {
    var all = new ArrayList<Tablespace>();
    for (var row :
        connection.query(
            QUICK,
            """
            SELECT spcname, oid::bigint, pg_tablespace_location(oid) AS location FROM pg_tablespace
            WHERE pg_tablespace_location(oid) <> '' ORDER BY oid
            """)) {
      all.add(new Tablespace(row.text("spcname"), row.number("oid"), row.text("location")));
    }
    return all;
  }

  /// Begins the backup at a checkpoint: spread over the server's usual time, or at once. Which
  /// tablespaces there are is read behind it: recovery makes only those that are made later.
  public Point start(String label, boolean immediateCheckpoint) {
    var call =
        server.versionNumber >= 150_000
            ? "SELECT pg_backup_start($1, $2::boolean) AS lsn"
            : "SELECT pg_start_backup($1, $2::boolean, false) AS lsn";
    var row = connection.query(LONG, call, label, Boolean.toString(immediateCheckpoint)).single();
    server = server.with(tablespaces());
    var lsn = Lsn.parse(row.text("lsn"));
    return point(lsn, lsn, "timeline_id FROM pg_control_checkpoint()");
  }

  /// What the server noted of the WAL from a position on to where this backup began; null where it
  /// noted nothing, or not all.
  @Nullable WalSummaries summaries(Lsn since, Point begin) throws InterruptedIOException {
    return WalSummaries.find(
        connection, server.versionNumber, begin.timeline(), since, begin.lsn());
  }

  /// Ends the backup; waits until the server has archived what it needs. A standby mostly archives
  /// nothing: there it doesn't wait.
  ///
  /// @throws InterruptedIOException if this thread is interrupted meanwhile
  Stopped stop() throws InterruptedIOException {
    var stopped = stopAtOnce();
    var mode = connection.query(QUICK, "SELECT current_setting('archive_mode') AS mode").single();
    if (mode.text("mode").equals("always")
        || mode.text("mode").equals("on") && !server.inRecovery) {
      awaitArchived(stopped.point().wal());
    }
    return stopped;
  }

  /// Waits for the server's word, as `pg_backup_stop` does, which looks for it once a second only.
  private void awaitArchived(String segment) throws InterruptedIOException {
    long begin = System.nanoTime();
    long pause = FIRST_PAUSE_MILLIS;
    while (!isArchived(segment)) {
      if (System.nanoTime() - begin > LONG.toNanos()) {
        throw new PostgresException(
            "the server has not archived %s within %d hours; look at its log for what archive_command says"
                .formatted(segment, LONG.toHours()));
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("cancelled");
      }
      pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
    }
  }

  /// A segment that isn't there any more was archived before it was removed (PostgreSQL's
  /// `XLogArchiveIsBusy`).
  private boolean isArchived(String segment) {
    return connection
        .query(
            QUICK,
            """
            SELECT (pg_stat_file('pg_wal/archive_status/' || $1 || '.done', true)).size IS NOT NULL
                OR (pg_stat_file('pg_wal/' || $1, true)).size IS NULL AS archived
            """,
            segment)
        .single()
        .flag("archived");
  }

  /// Ends the backup, without waiting for the archive.
  public Stopped stopAtOnce() {
    var call =
        "SELECT lsn, labelfile, coalesce(spcmapfile, '') AS map FROM "
            + (server.versionNumber >= 150_000
                ? "pg_backup_stop(false)"
                : "pg_stop_backup(false, false)");
    var row = connection.query(LONG, call).single();
    var timeline =
        server.inRecovery
            ? "min_recovery_end_timeline FROM pg_control_recovery()"
            : "timeline_id FROM pg_control_checkpoint()";
    var lsn = Lsn.parse(row.text("lsn"));
    // where it is the beginning of a segment, all that is needed lies before that, as on a standby
    // whose primary ended the last one and wrote nothing since
    return new Stopped(point(lsn, lsn.plus(-1), timeline), row.text("labelfile"), row.text("map"));
  }

  /// @param in what the segment holds
  private Point point(Lsn lsn, Lsn in, String timelineSource) {
    var row =
        connection
            .query(
                QUICK,
                "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros, "
                    + timelineSource.replaceFirst(" FROM", " AS timeline FROM"))
            .single();
    int timeline = (int) row.number("timeline");
    long micros = row.number("micros");
    var time = Instant.ofEpochSecond(micros / 1_000_000, micros % 1_000_000 * 1_000);
    var segment = WalSegment.containing(new Timeline(timeline), in, server.segmentBytes);
    long offset = Long.remainderUnsigned(lsn.value(), server.segmentBytes);
    return new Point(lsn, timeline, time, segment.name(), offset);
  }
}
