// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.instance.archive.Stores;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;

/// A Backup resource, as the instance that takes it sees and writes it.
final class BackupObject {
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

  BackupObject(KubeClient kube, String namespace, ObjectNode object) {
    this.kube = kube;
    this.namespace = namespace;
    this.object = object;
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

  /// That it runs, and where it will be.
  void running(Stores.Opened store, String backupName, String session, Instant now)
      throws InterruptedException {
    ObjectNode fields = place(store);
    fields.put("phase", "running").put("startedAt", time(now)).put("backupName", backupName);
    fields.put("online", true).putNull("error");
    fields.putObject("instanceID").put("sessionID", session);
    write(fields);
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
  ///
  /// @param session the run that took it; nothing is done if that has changed meanwhile
  void givenBack(String session, String why) throws InterruptedException {
    if (!object.at("/status/instanceID/sessionID").asText("").equals(session)) {
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

  /// Insists for a while: what became of a backup must not be lost in an outage of seconds. Never
  /// into an object of the same name that is another one.
  private void write(ObjectNode fields) throws InterruptedException {
    ObjectNode patch = Json.object();
    patch.putObject("metadata").put("uid", Json.uid(object));
    patch.set("status", fields);
    for (int i = 1; ; i++) {
      try {
        kube.patchStatus(Resource.BACKUPS, namespace, name(), new Patch.Merge(patch));
        return;
      } catch (KubeException e) {
        if (!e.isTransient() || i == ATTEMPTS) {
          throw e;
        }
        Thread.sleep(PAUSE);
      }
    }
  }
}
