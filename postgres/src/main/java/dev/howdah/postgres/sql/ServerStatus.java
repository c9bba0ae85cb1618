// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.sql;

import dev.howdah.core.wal.Lsn;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All that an instance reports about its running server.
///
/// @param timeline of the WAL that a primary writes, or that a standby receives; what the control
///   file says where neither is known
/// @param writeLsn the end of what a primary has flushed; zero on a standby
/// @param receivedLsn the end of what a standby has flushed, from wherever; zero on a primary
/// @param replayedLsn the end of what a standby has replayed; zero on a primary
/// @param settings a few parameters in force
public record ServerStatus(
    long systemIdentifier,
    boolean primary,
    int timeline,
    Lsn writeLsn,
    Lsn receivedLsn,
    Lsn replayedLsn,
    boolean replayPaused,
    @Nullable Receiver receiver,
    String currentWal,
    Archiver archiver,
    List<PendingRestart> pendingRestarts,
    List<Standby> standbys,
    List<Slot> slots,
    Map<String, String> settings,
    String version,
    Instant startTime) {

  public ServerStatus {
    pendingRestarts = List.copyOf(pendingRestarts);
    standbys = List.copyOf(standbys);
    slots = List.copyOf(slots);
    settings = Map.copyOf(settings);
  }

  /// A standby's WAL receiver.
  ///
  /// @param latestEnd the end of the WAL on the primary, when it last said so
  public record Receiver(
      String status,
      int timeline,
      Lsn flushed,
      Lsn latestEnd,
      String senderHost,
      int senderPort,
      String slot,
      String conninfo) {}

  /// How archiving goes.
  public record Archiver(
      String lastArchived,
      @Nullable Instant lastArchivedTime,
      String lastFailed,
      @Nullable Instant lastFailedTime,
      long archivedCount,
      long failedCount) {
    /// Whether the last attempt succeeded.
    public boolean isWorking() {
      return lastArchivedTime != null
          && (lastFailedTime == null || lastArchivedTime.isAfter(lastFailedTime));
    }
  }

  /// A parameter whose value in the files waits for a restart.
  ///
  /// @param wanted the value in the files; empty if it was removed from them
  public record PendingRestart(String name, String now, String wanted) {
    /// Whether it is one that standbys must not have lower than the primary, and shrinks.
    public boolean isDecreaseForStandbys() {
      return dev.howdah.postgres.config.FixedParameters.isHotStandbySensitive(name)
          && number(wanted) < number(now);
    }

    private static long number(String text) {
      try {
        return Long.parseLong(text);
      } catch (NumberFormatException e) {
        return Long.MAX_VALUE;
      }
    }
  }

  /// A standby that streams from this server.
  ///
  /// @param syncState `async`, `potential`, `sync` or `quorum`
  public record Standby(
      String name,
      String user,
      String address,
      String state,
      Lsn sent,
      Lsn written,
      Lsn flushed,
      Lsn replayed,
      double writeLagSeconds,
      double flushLagSeconds,
      double replayLagSeconds,
      String syncState,
      int syncPriority,
      String backendStart) {}

  /// A replication slot.
  ///
  /// @param restartLsn the oldest WAL it needs; zero while it reserves none
  public record Slot(
      String name,
      boolean physical,
      boolean temporary,
      boolean active,
      Lsn restartLsn,
      boolean holdsXmin,
      String walStatus,
      String database) {}

  /// The end of what is safely on this instance's disk.
  public Lsn position() {
    return primary ? writeLsn : receivedLsn;
  }

  /// The configuration in force, as {@link
  /// dev.howdah.postgres.config.ServerConfiguration#configHash}.
  public String configHash() {
    return settings.getOrDefault("cnpg.config_sha256", "");
  }
}
