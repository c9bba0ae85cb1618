// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.backup;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.backup.basebackup.BackupSession;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.archive.StoreSpec;
import dev.howdah.instance.archive.Stores;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.command.ControlData;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.PgConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an instance does for snapshots of its volumes, which the operator has cut: it keeps its
/// server in backup mode meanwhile, or sees to it that it doesn't run.
///
/// Online, a temporary replication slot keeps the WAL since the checkpoint that the backup begins
/// at, so that the snapshots hold all of it even where there is no archive. Offline, the operator
/// fences the instance, and the server's control file is the witness: it says that it stopped in
/// order, and the same after the cut as before.
final class SnapshotBackup {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotBackup.class);
  private static final Duration CALL = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration WAL_PATIENCE = Duration.ofMinutes(10);

  /// The operator fails the Backup earlier; this is for when there is no operator.
  private static final Duration LONGEST = Duration.ofHours(2);

  private static final Duration STOP = Duration.ofMinutes(10);

  private final PodEnvironment pod;
  private final KubeClient kube;
  private final InstantSource clock;
  private final Runnable switchWal;

  /// What has to be true until the volumes are cut.
  private interface Hold {
    void check() throws IOException, InterruptedException;
  }

  /// @param switchWal asks the primary to end its segment, so that it is archived
  SnapshotBackup(PodEnvironment pod, KubeClient kube, InstantSource clock, Runnable switchWal) {
    this.pod = pod;
    this.kube = kube;
    this.clock = clock;
    this.switchWal = switchWal;
  }

  /// Begins, waits for the operator's word, ends.
  ///
  /// @throws IOException saying why there is no backup
  void take(BackupObject object, JsonNode cluster, Stores stores)
      throws IOException, InterruptedException {
    if (!object.snapshotTaken()) {
      return;
    }
    ServerContext context =
        ServerContext.of(
            pod, line -> LOG.atInfo().addKeyValue("line", line).log("PostgreSQL's program said"));
    if (object.isOnline()) {
      online(object, cluster, stores, context);
    } else {
      offline(object, context);
    }
  }

  private void online(BackupObject object, JsonNode cluster, Stores stores, ServerContext context)
      throws IOException, InterruptedException {
    JsonNode standard =
        cluster.path("spec").path("backup").path("volumeSnapshot").path("onlineConfiguration");
    JsonNode own = object.spec().path("onlineConfiguration");
    boolean immediate =
        own.path("immediateCheckpoint")
            .asBoolean(standard.path("immediateCheckpoint").asBoolean(false));
    Optional<StoreSpec> archive =
        own.path("waitForArchive").asBoolean(standard.path("waitForArchive").asBoolean(true))
            ? StoreSpec.own(cluster, stores)
            : Optional.empty();
    try (PgServer sql = PgServer.local(LocalServer.await(pod));
        PgConnection connection = sql.open("postgres")) {
      var backup = new BackupSession(connection);
      String slot = "howdah_snapshot_" + ProcessHandle.current().pid();
      connection.query(
          CALL, "SELECT pg_create_physical_replication_slot($1, true, true)::text", slot);
      var begin = backup.start("Howdah snapshot " + object.name(), immediate);
      object.snapshotStarted(
          begin.time(),
          begin.lsn(),
          begin.wal(),
          backup.server().versionNumber() / 10_000,
          context.programs().controlData(context.data().path()));
      LOG.atInfo().addKeyValue("lsn", begin.lsn()).log("in backup mode, volumes may be cut");
      awaitCut(object, () -> connection.query(CALL, "SELECT 1"));
      requireWal(connection, slot);
      var end = backup.stopAtOnce(); // a standby doesn't wait for the archive, a primary too long
      LOG.atInfo().addKeyValue("lsn", end.point().lsn()).log("backup mode ended");
      if (archive.isPresent()) {
        long segment = backup.server().segmentBytes();
        CompleteWal.awaitWal(
            stores.open(archive.get()).archive(segment),
            CompleteWal.segment(begin.wal(), segment),
            CompleteWal.segment(end.point().wal(), segment),
            switchWal,
            WAL_PATIENCE);
      }
      object.snapshotStopped(end);
    } catch (PostgresException e) {
      throw new IOException(
          "the session that held the backup open failed (%s); take another backup"
              .formatted(e.getMessage()),
          e);
    }
  }

  private void offline(BackupObject object, ServerContext context)
      throws IOException, InterruptedException {
    ControlData stopped = awaitStop(object, context);
    LOG.atInfo().addKeyValue("state", stopped.state()).log("stopped, volumes may be cut");
    object.snapshotStarted(
        clock.instant(), stopped.checkpoint(), stopped.redoSegment(), context.major(), stopped);
    awaitCut(object, () -> requireStopped(context, stopped));
    requireStopped(context, stopped);
    object.snapshotStopped(clock.instant(), stopped);
    LOG.atInfo().log("the volumes were cut, the server may run again");
  }

  private ControlData awaitStop(BackupObject object, ServerContext context)
      throws IOException, InterruptedException {
    long end = clock.millis() + STOP.toMillis();
    while (true) {
      if (!isLocked(context)) {
        ControlData control = context.programs().controlData(context.data().path());
        if (control.state().isClean() && !isLocked(context)) {
          return control;
        }
      }
      if (clock.millis() > end) {
        throw new IOException(
            "the server of %s did not stop in order within %d minutes of being fenced; look at its log"
                .formatted(pod.pod(), STOP.toMinutes()));
      }
      Thread.sleep(POLL);
      status(object);
    }
  }

  private static boolean isLocked(ServerContext context) {
    return Files.exists(context.data().path().resolve("postmaster.pid"));
  }

  private void requireStopped(ServerContext context, ControlData stopped)
      throws IOException, InterruptedException {
    if (isLocked(context)
        || !context.programs().controlData(context.data().path()).raw().equals(stopped.raw())) {
      throw new IOException(
          "the server of %s was started while its volumes were cut; leave its fence alone, and take another backup"
              .formatted(pod.pod()));
    }
  }

  private void awaitCut(BackupObject object, Hold hold) throws IOException, InterruptedException {
    long end = clock.millis() + LONGEST.toMillis();
    while (clock.millis() < end) {
      Thread.sleep(POLL);
      hold.check();
      if (status(object)
          .map(s -> !s.at("/snapshotBackupStatus/elements").isEmpty())
          .orElse(false)) {
        return;
      }
    }
    throw new IOException(
        "the volumes were not cut within %d h; look whether the operator runs"
            .formatted(LONGEST.toHours()));
  }

  /// What the Backup says now; empty if that can't be read just now.
  ///
  /// @throws IOException if it is over
  private Optional<JsonNode> status(BackupObject object) throws IOException {
    JsonNode found;
    try {
      found = kube.find(Resource.BACKUPS, pod.namespace(), object.name()).orElse(null);
    } catch (KubeException e) {
      if (!e.isTransient()) {
        throw e;
      }
      return Optional.empty();
    }
    if (found == null
        || !Json.uid(found).equals(object.uid())
        || found.path("metadata").has("deletionTimestamp")) {
      throw new IOException("the Backup was deleted");
    }
    JsonNode status = found.path("status");
    if (BackupObject.isOver(status.path("phase").asText(""))) {
      throw new IOException(status.path("error").asText("it is over"));
    }
    return Optional.of(status);
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
