// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.postgres.PostgresException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/// What `pg_controldata` tells of a data directory.
///
/// @param timeline of the latest checkpoint; a standby's recovery may be further
/// @param minimumRecovery how far recovery must come before the directory is consistent; zero if it
///   is
/// @param backupStart not zero while the directory is a base backup that has not been made
///   consistent
/// @param hotStandby the parameters that a standby must not have lower
/// @param raw all fields by their names, for logs
public record ControlData(
    long systemIdentifier,
    State state,
    int majorOfCatalog,
    int timeline,
    Lsn checkpoint,
    Lsn redo,
    String redoSegment,
    String checkpointTime,
    Lsn minimumRecovery,
    int minimumRecoveryTimeline,
    Lsn backupStart,
    boolean endOfBackupRequired,
    String walLevel,
    boolean walLogHints,
    boolean dataChecksums,
    long walSegmentBytes,
    Map<String, Integer> hotStandby,
    Map<String, String> raw) {

  /// The state of the database cluster when its control file was last written.
  public enum State {
    STARTING_UP("starting up"),
    SHUT_DOWN("shut down"),
    SHUT_DOWN_IN_RECOVERY("shut down in recovery"),
    SHUTTING_DOWN("shutting down"),
    IN_CRASH_RECOVERY("in crash recovery"),
    IN_ARCHIVE_RECOVERY("in archive recovery"),
    IN_PRODUCTION("in production"),
    UNKNOWN("unrecognized status code");

    private final String text;

    State(String text) {
      this.text = text;
    }

    static State of(String text) {
      for (State state : values()) {
        if (state.text.equals(text)) {
          return state;
        }
      }
      return UNKNOWN;
    }

    /// Whether a server stopped in order here.
    public boolean isClean() {
      return this == SHUT_DOWN || this == SHUT_DOWN_IN_RECOVERY;
    }
  }

  public ControlData {
    hotStandby = Map.copyOf(hotStandby);
    raw = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(raw));
  }

  /// The timeline that recovery begins on.
  public Timeline recoveryTimeline() {
    return new Timeline(Math.max(timeline, minimumRecoveryTimeline));
  }

  /// Reads the program's output.
  ///
  /// @throws PostgresException if a field that we rely on is missing
  public static ControlData parse(String output) {
    var fields = new LinkedHashMap<String, String>();
    for (String line : output.split("\n", -1)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
      }
    }
    return new Reader(fields).read();
  }

  private record Reader(Map<String, String> fields) {
    ControlData read() {
      var hotStandby = new TreeMap<String, Integer>();
      hotStandby.put("max_connections", integer("max_connections setting"));
      hotStandby.put("max_worker_processes", integer("max_worker_processes setting"));
      hotStandby.put("max_wal_senders", integer("max_wal_senders setting"));
      hotStandby.put("max_prepared_transactions", integer("max_prepared_xacts setting"));
      hotStandby.put("max_locks_per_transaction", integer("max_locks_per_xact setting"));
      return new ControlData(
          Long.parseUnsignedLong(text("Database system identifier")),
          State.of(text("Database cluster state")),
          integer("pg_control version number") / 100,
          integer("Latest checkpoint's TimeLineID"),
          lsn("Latest checkpoint location"),
          lsn("Latest checkpoint's REDO location"),
          text("Latest checkpoint's REDO WAL file"),
          text("Time of latest checkpoint"),
          lsn("Minimum recovery ending location"),
          integer("Min recovery ending loc's timeline"),
          lsn("Backup start location"),
          text("End-of-backup record required").equals("yes"),
          text("wal_level setting"),
          text("wal_log_hints setting").equals("on"),
          integer("Data page checksum version") != 0,
          Long.parseLong(text("Bytes per WAL segment")),
          hotStandby,
          fields);
    }

    private String text(String name) {
      String value = fields.get(name);
      if (value == null) {
        throw new PostgresException(
            "pg_controldata did not print \"" + name + "\"; is this PostgreSQL 14 to 18?");
      }
      return value;
    }

    private int integer(String name) {
      return Integer.parseInt(text(name));
    }

    private Lsn lsn(String name) {
      return Lsn.parse(text(name));
    }
  }
}
