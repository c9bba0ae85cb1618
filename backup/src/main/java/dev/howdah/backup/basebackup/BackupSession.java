// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import dev.howdah.backup.catalog.BackupInfo.Tablespace;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalSegment;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/// The one session that a base backup is taken in: PostgreSQL ends the backup when it closes
/// (PostgreSQL manual, "Making a Base Backup Using the Low Level API").
final class BackupSession {
  private final Connection connection;
  private final Server server;

  /// What doesn't change during the backup.
  record Server(
      int versionNumber,
      String systemId,
      long segmentBytes,
      String dataDirectory,
      String configFile,
      String hbaFile,
      String identFile,
      boolean inRecovery,
      List<Tablespace> tablespaces) {}

  /// A moment of the backup, in every form that `backup.info` wants.
  record Point(Lsn lsn, int timeline, Instant time, String wal, long offset) {}

  /// @param tablespaceMap is left to the restore, which knows the locations
  record Stopped(Point point, String backupLabel) {}

  BackupSession(Connection connection) throws SQLException {
    this.connection = connection;
    try (var statement = connection.createStatement()) {
      statement.execute("SET search_path = pg_catalog");
      statement.execute("SET statement_timeout = 0");
      if (connection.getMetaData().getDatabaseMajorVersion() >= 14) {
        statement.execute("SET idle_session_timeout = 0");
      }
    }
    this.server = read();
  }

  Server server() {
    return server;
  }

  private Server read() throws SQLException {
    try (var statement = connection.createStatement();
        var row =
            statement.executeQuery(
                """
                SELECT current_setting('server_version_num')::int,
                       (SELECT system_identifier::text FROM pg_control_system()),
                       (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size'),
                       current_setting('data_directory'), current_setting('config_file'),
                       current_setting('hba_file'), current_setting('ident_file'),
                       pg_is_in_recovery()
                """)) {
      row.next();
      return new Server(
          row.getInt(1),
          row.getString(2),
          row.getLong(3),
          row.getString(4),
          row.getString(5),
          row.getString(6),
          row.getString(7),
          row.getBoolean(8),
          tablespaces());
    }
  }

  private List<Tablespace> tablespaces() throws SQLException {
    var all = new ArrayList<Tablespace>();
    try (var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                """
                SELECT spcname, oid::bigint, pg_tablespace_location(oid) FROM pg_tablespace
                WHERE pg_tablespace_location(oid) <> '' ORDER BY oid
                """)) {
      while (rows.next()) {
        all.add(new Tablespace(rows.getString(1), rows.getLong(2), rows.getString(3)));
      }
    }
    return all;
  }

  /// Begins the backup at a checkpoint: spread over the server's usual time, or at once.
  Point start(String label, boolean immediateCheckpoint) throws SQLException {
    var call =
        server.versionNumber >= 150_000
            ? "SELECT pg_backup_start(?, ?)"
            : "SELECT pg_start_backup(?, ?, false)";
    Lsn lsn;
    try (var start = connection.prepareStatement(call)) {
      start.setString(1, label);
      start.setBoolean(2, immediateCheckpoint);
      try (var row = start.executeQuery()) {
        row.next();
        lsn = Lsn.parse(row.getString(1));
      }
    }
    return point(lsn, "SELECT timeline_id, now() FROM pg_control_checkpoint()");
  }

  /// Ends the backup; waits until the server has archived what it needs.
  Stopped stop() throws SQLException {
    var call =
        server.versionNumber >= 150_000
            ? "SELECT lsn, labelfile FROM pg_backup_stop()"
            : "SELECT lsn, labelfile FROM pg_stop_backup(false)";
    try (var statement = connection.createStatement();
        var row = statement.executeQuery(call)) {
      row.next();
      var lsn = Lsn.parse(row.getString(1));
      var label = row.getString(2);
      var timeline =
          server.inRecovery
              ? "SELECT min_recovery_end_timeline, now() FROM pg_control_recovery()"
              : "SELECT timeline_id, now() FROM pg_control_checkpoint()";
      return new Stopped(point(lsn, timeline), label);
    }
  }

  private Point point(Lsn lsn, String timelineQuery) throws SQLException {
    try (var statement = connection.createStatement();
        var row = statement.executeQuery(timelineQuery)) {
      row.next();
      int timeline = row.getInt(1);
      var time = row.getObject(2, OffsetDateTime.class).toInstant();
      var segment = WalSegment.containing(new Timeline(timeline), lsn, server.segmentBytes);
      return new Point(
          lsn,
          timeline,
          time,
          segment.name(),
          Long.remainderUnsigned(lsn.value(), server.segmentBytes));
    }
  }
}
