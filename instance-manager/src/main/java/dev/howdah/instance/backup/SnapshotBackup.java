// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.backup;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.backup.basebackup.BackupSession;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.ServerAddress;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the server in backup mode while the operator has its volumes cut.
///
/// A temporary replication slot keeps the WAL since the checkpoint that the backup begins at, so
/// that the snapshots hold all of it even where there is no archive.
final class SnapshotBackup {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotBackup.class);
  private static final int PORT = 5432;
  private static final Duration CALL = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofSeconds(1);

  /// The operator fails the Backup earlier; this is for when there is no operator.
  private static final Duration LONGEST = Duration.ofHours(2);

  private final PodEnvironment pod;
  private final KubeClient kube;
  private final InstantSource clock;

  SnapshotBackup(PodEnvironment pod, KubeClient kube, InstantSource clock) {
    this.pod = pod;
    this.kube = kube;
    this.clock = clock;
  }

  /// Begins, waits for the operator's word, ends.
  ///
  /// @throws IOException saying why there is no backup
  void take(BackupObject object, JsonNode cluster) throws IOException, InterruptedException {
    JsonNode standard =
        cluster.path("spec").path("backup").path("volumeSnapshot").path("onlineConfiguration");
    JsonNode own = object.spec().path("onlineConfiguration");
    boolean immediate =
        own.path("immediateCheckpoint")
            .asBoolean(standard.path("immediateCheckpoint").asBoolean(false));
    boolean archived =
        own.path("waitForArchive").asBoolean(standard.path("waitForArchive").asBoolean(true))
            && isArchiving(cluster);
    if (!object.snapshotTaken()) {
      return;
    }
    try (PgServer sql =
            PgServer.local(new ServerAddress.Local(pod.paths().socketDirectory(), PORT));
        PgConnection connection = sql.open("postgres")) {
      var backup = new BackupSession(connection);
      String slot = "howdah_snapshot_" + ProcessHandle.current().pid();
      connection.query(
          CALL, "SELECT pg_create_physical_replication_slot($1, true, true)::text", slot);
      var begin = backup.start("Howdah snapshot " + object.name(), immediate);
      object.snapshotStarted(begin, backup.server().versionNumber() / 10_000);
      LOG.atInfo().addKeyValue("lsn", begin.lsn()).log("in backup mode, volumes may be cut");
      awaitCut(object, connection);
      requireWal(connection, slot);
      var end = backup.stop(archived);
      object.snapshotStopped(end);
      LOG.atInfo().addKeyValue("lsn", end.point().lsn()).log("backup mode ended");
    } catch (PostgresException e) {
      throw new IOException(
          "the session that held the backup open failed (%s); take another backup"
              .formatted(e.getMessage()),
          e);
    }
  }

  /// Without an archive `pg_backup_stop` would wait for what never comes.
  private static boolean isArchiving(JsonNode cluster) {
    JsonNode spec = cluster.path("spec");
    if (spec.path("backup").path("barmanObjectStore").isObject()) {
      return true;
    }
    for (JsonNode plugin : spec.path("plugins")) {
      if (plugin.path("isWALArchiver").asBoolean(false) && plugin.path("enabled").asBoolean(true)) {
        return true;
      }
    }
    return false;
  }

  private void awaitCut(BackupObject object, PgConnection connection)
      throws IOException, InterruptedException {
    long end = clock.millis() + LONGEST.toMillis();
    while (clock.millis() < end) {
      Thread.sleep(POLL);
      connection.query(CALL, "SELECT 1"); // whether the session is there still
      Optional<? extends JsonNode> found = Optional.empty();
      try {
        found = kube.find(Resource.BACKUPS, pod.namespace(), object.name());
        if (found.isEmpty() || !Json.uid(found.get()).equals(object.uid())) {
          throw new IOException("the Backup was deleted");
        }
      } catch (KubeException e) {
        if (!e.isTransient()) {
          throw e;
        }
        continue;
      }
      JsonNode status = found.get().path("status");
      if (BackupObject.isOver(status.path("phase").asText(""))) {
        throw new IOException(status.path("error").asText("it is over"));
      }
      if (!status.path("snapshotBackupStatus").path("elements").isEmpty()) {
        return;
      }
    }
    throw new IOException(
        "the volumes were not cut within %d h; look whether the operator runs"
            .formatted(LONGEST.toHours()));
  }

  private static void requireWal(PgConnection connection, String slot) throws IOException {
    String state =
        connection
            .query(
                CALL,
                "SELECT coalesce((SELECT wal_status FROM pg_replication_slots WHERE slot_name = $1), 'lost') AS state",
                slot)
            .single()
            .text("state");
    if (state.equals("lost")) {
      throw new IOException(
          "WAL that the snapshots need was removed meanwhile; raise max_slot_wal_keep_size and take another backup");
    }
  }
}
