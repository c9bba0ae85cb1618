// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.basebackup.BackupSession;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.instance.archive.Stores;
import dev.howdah.kube.Attempts;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.command.ControlData;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A Backup resource, as the instance that takes it sees and writes it.
final class BackupObject {
  private static final Logger LOG = LoggerFactory.getLogger(BackupObject.class);

  /// As the operator has it for pods that end.
  private static final int MOST_ATTEMPTS = 3;

  private static final int ATTEMPTS = 20;
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final List<String> PLACE =
      List.of(
          "destinationPath",
          "endpointURL",
          "endpointCA",
          "s3Credentials",
          "azureCredentials",
          "googleCredentials");

  private final KubeClient kube;
  private final String namespace;
  private final ObjectNode object;
  private final String session;
  private boolean begun;

  /// @param session the run of an instance manager that writes; what another one has taken
  ///   meanwhile stays as it is
  BackupObject(KubeClient kube, String namespace, ObjectNode object, String session) {
    this.kube = kube;
    this.namespace = namespace;
    this.object = object;
    this.session = session;
    this.begun = session.equals(taker(object));
  }

  /// Reads a resource, and insists for a while: no backup fails, and no outcome is lost, because
  /// the API server was away for seconds.
  static ObjectNode read(KubeClient kube, Resource resource, String namespace, String name)
      throws InterruptedException {
    return Attempts.whileAway(ATTEMPTS, PAUSE, () -> kube.get(resource, namespace, name));
  }

  private static String taker(JsonNode backup) {
    return backup.at("/status/instanceID/sessionID").asText("");
  }

  String name() {
    return Json.name(object);
  }

  JsonNode spec() {
    return object.path("spec");
  }

  String annotation(String key) {
    return Json.annotation(object, key);
  }

  String phase() {
    return object.path("status").path("phase").asText("");
  }

  static boolean isOver(String phase) {
    return phase.equals("completed") || phase.equals("failed");
  }

  boolean isSnapshot() {
    return spec().path("method").asText("").equals("volumeSnapshot");
  }

  String uid() {
    return Json.uid(object);
  }

  /// That this run sees to it.
  ///
  /// @return false if it is no longer ours to take
  boolean snapshotTaken() throws InterruptedException {
    ObjectNode fields = Json.object().putNull("error");
    fields.putObject("instanceID").put("sessionID", session);
    begun = write(fields);
    return begun;
  }

  /// Whether the server goes on while its volumes are cut; the operator has decided it.
  boolean isOnline() {
    return object.path("status").path("online").asBoolean(true);
  }

  /// That volumes may be cut.
  ///
  /// @param control what is known of the data, for those who look at a snapshot
  void snapshotStarted(Instant now, Lsn lsn, String wal, int major, ControlData control)
      throws InterruptedException {
    ObjectNode fields = Json.object().put("phase", "running");
    fields.put("startedAt", time(now)).put("majorVersion", major);
    fields.put("beginLSN", lsn.toString()).put("beginWal", wal);
    var text = new StringBuilder();
    control.raw().forEach((name, value) -> text.append(name + ": " + value + "\n"));
    fields.putObject("pluginMetadata").put("howdah.dev/pgControldata", text.toString());
    write(fields);
  }

  /// That the volumes of a server that doesn't run were cut, and it may run again.
  ///
  /// @param stopped as it was found after it had stopped
  void snapshotStopped(Instant now, ControlData stopped) throws InterruptedException {
    ObjectNode fields = Json.object().put("phase", "finalizing").put("stoppedAt", time(now));
    Lsn reached = stopped.checkpoint();
    if (stopped.minimumRecovery().compareTo(reached) > 0) {
      reached = stopped.minimumRecovery(); // a standby has replayed more than its last checkpoint
    }
    int timeline = Math.max(stopped.timeline(), stopped.minimumRecoveryTimeline());
    fields.put("endLSN", reached.toString());
    fields.put(
        "endWal",
        WalSegment.containing(new Timeline(timeline), reached, stopped.walSegmentBytes()).name());
    write(fields);
  }

  /// That the server goes on as ever, and what a recovery begins with.
  void snapshotStopped(BackupSession.Stopped end) throws InterruptedException {
    ObjectNode fields = Json.object().put("phase", "finalizing");
    fields.put("stoppedAt", time(end.point().time()));
    fields.put("endLSN", end.point().lsn().toString()).put("endWal", end.point().wal());
    fields.put("backupLabelFile", base64(end.backupLabel()));
    if (!end.tablespaceMap().isEmpty()) {
      fields.put("tablespaceMapFile", base64(end.tablespaceMap()));
    }
    write(fields);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /// That it runs, and where it will be.
  ///
  /// @return false if it is no longer ours to take
  boolean running(Stores.Opened store, String backupName, Instant now) throws InterruptedException {
    ObjectNode fields = place(store);
    fields.put("phase", "running").put("startedAt", time(now)).put("backupName", backupName);
    fields.put("online", true).putNull("error");
    fields.putObject("instanceID").put("sessionID", session);
    begun = write(fields);
    return begun;
  }

  private ObjectNode place(Stores.Opened store) {
    ObjectNode fields = Json.object();
    for (String field : PLACE) {
      JsonNode value = store.spec().tree().path(field);
      if (!value.isMissingNode()) {
        fields.set(field, value);
      }
    }
    fields.put("serverName", store.spec().serverName());
    String method = spec().path("method").asText("");
    fields.put("method", method.isEmpty() ? "barmanObjectStore" : method);
    String encryption = store.configuration().data().encryption();
    if (!encryption.isEmpty()) {
      fields.put("encryption", encryption);
    }
    String key = store.configuration().keys().active();
    if (!key.isEmpty()) {
      fields.withObject("/pluginMetadata").put("howdah.dev/encryptionKey", key);
    }
    return fields;
  }

  /// How much will be copied, for those who want to see progress.
  void expected(long bytes) throws InterruptedException {
    if (bytes > 0) {
      ObjectNode fields = Json.object();
      fields.putObject("pluginMetadata").put("howdah.dev/totalBytes", Long.toString(bytes));
      write(fields);
    }
  }

  /// How much was copied so far.
  void progress(long bytes) throws InterruptedException {
    ObjectNode fields = Json.object();
    fields.putObject("pluginMetadata").put("howdah.dev/copiedBytes", Long.toString(bytes));
    write(fields);
  }

  void completed(BackupInfo info, long bytes) throws InterruptedException {
    ObjectNode fields = Json.object().put("phase", "completed").put("backupId", info.id());
    fields.put("beginWal", info.beginWal()).put("endWal", info.endWal());
    fields.put("beginLSN", String.valueOf(info.beginLsn()));
    fields.put("endLSN", String.valueOf(info.endLsn()));
    fields.put("startedAt", time(Objects.requireNonNull(info.beginTime())));
    fields.put("stoppedAt", time(Objects.requireNonNull(info.endTime())));
    fields.put("majorVersion", info.major());
    fields.put("reconciliationTerminatedAt", time(Instant.now()));
    fields.putNull("error");
    ObjectNode ours = fields.putObject("pluginMetadata");
    ours.put("howdah.dev/copiedBytes", Long.toString(bytes));
    if (!info.parent().isEmpty()) {
      ours.put("howdah.dev/parent", info.parent());
    }
    write(fields);
  }

  void failed(String why) throws InterruptedException {
    ObjectNode fields = Json.object().put("phase", "failed").put("error", why);
    fields.put("stoppedAt", time(Instant.now()));
    fields.put("reconciliationTerminatedAt", time(Instant.now()));
    write(fields);
  }

  /// That it is to be begun anew, or has failed if that was tried often enough.
  void givenBack(String why) throws InterruptedException {
    if (isSnapshot()) {
      failed(why + " while its volumes were cut; take another backup");
      return;
    }
    int attempts =
        object.path("status").path("pluginMetadata").path("howdah.dev/attempts").asInt(1);
    if (attempts >= MOST_ATTEMPTS) {
      failed("%s, after %d attempts".formatted(why, attempts));
    } else {
      write(Json.object().put("phase", "pending").putNull("instanceID"));
    }
  }

  private static String time(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /// Insists for a while: what became of a backup must not be lost in an outage of seconds. Only
  /// while it is ours and not over, and never into an object of the same name that is another one:
  /// the version that was looked at is the one that is changed.
  ///
  /// @return false if it is not ours to write any more
  private boolean write(ObjectNode fields) throws InterruptedException {
    for (int i = 1; ; i++) {
      try {
        ObjectNode now = kube.get(Resource.BACKUPS, namespace, name());
        if (!isOurs(now)) {
          LOG.atInfo()
              .addKeyValue("backup", name())
              .addKeyValue("phase", now.path("status").path("phase").asText(""))
              .log("another run has this backup, or it is over; nothing written");
          return false;
        }
        ObjectNode patch = Json.object();
        patch
            .putObject("metadata")
            .put("uid", Json.uid(object))
            .put("resourceVersion", Json.resourceVersion(now));
        patch.set("status", fields);
        kube.patchStatus(Resource.BACKUPS, namespace, name(), new Patch.Merge(patch));
        return true;
      } catch (KubeException e) {
        if (i == ATTEMPTS || !(e.isTransient() || e.isConflict())) {
          throw e;
        }
        if (!e.isConflict()) {
          Thread.sleep(PAUSE);
        }
      }
    }
  }

  private boolean isOurs(ObjectNode now) {
    String phase = now.path("status").path("phase").asText("");
    if (!Json.uid(now).equals(Json.uid(object)) || isOver(phase)) {
      return false;
    }
    String taker = taker(now);
    return taker.equals(session) || (!begun && taker.isEmpty() && phase.equals("started"));
  }
}
