// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.kube.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is to happen with the snapshots of a Backup that an instance holds open; a pure function of
/// what was observed.
///
/// The instance says `running` once the server is in backup mode. Then the volume of the data is
/// cut, after it those of the tablespaces, and that of the WAL last: so the WAL holds all that
/// happened to the others since the checkpoint that is on the first one. When all are cut, their
/// names in the status tell the instance to end the backup mode, and it says `finalizing`.
///
/// Offline, `started` has the instance fenced, `running` says that its server has stopped in order,
/// all volumes are cut at once, and `finalizing` that it did not run meanwhile.
sealed interface SnapshotDecision {
  /// On a snapshot: which Backup it is of; a name may have been used before.
  String BACKUP_UID = "howdah.dev/backupUID";

  Duration POLL = Duration.ofSeconds(1);
  Duration SLOW_POLL = Duration.ofSeconds(5);
  Duration LONGEST = Duration.ofHours(24);
  int DEADLINE_MINUTES = 10;

  /// The instance has to go on first, or the storage.
  record Wait(Duration again) implements SnapshotDecision {}

  /// These are to be cut now.
  record Create(List<Part> parts) implements SnapshotDecision {}

  /// All are cut: the backup mode may end.
  record Cut(List<Part> parts) implements SnapshotDecision {}

  /// The instance waits for its server to be stopped.
  record Fence() implements SnapshotDecision {}

  /// All can be restored from.
  record Complete(List<Part> parts) implements SnapshotDecision {}

  /// It can't be had; what was cut is to go.
  record Fail(String why) implements SnapshotDecision {}

  /// A volume of the instance, and the snapshot of it.
  ///
  /// @param role `PG_DATA`, `PG_WAL` or `PG_TABLESPACE`
  /// @param tablespace empty for the others
  record Part(String snapshot, String claim, String role, String tablespace) {}

  /// The volumes of an instance, in the order in which they are cut.
  static List<Part> parts(String backup, Collection<ObjectNode> claims) {
    var parts = new ArrayList<Part>();
    for (ObjectNode claim : claims) {
      String role = Json.label(claim, Labels.PVC_ROLE);
      String tablespace = Json.label(claim, Labels.TABLESPACE_NAME);
      String snapshot =
          switch (role) {
            case Labels.PG_DATA -> backup;
            case Labels.PG_WAL -> ObjectNames.walSnapshot(backup);
            default -> ObjectNames.tablespaceSnapshot(backup, tablespace);
          };
      parts.add(new Part(snapshot, Json.name(claim), role, tablespace));
    }
    parts.sort(Comparator.comparingInt(SnapshotDecision::stage).thenComparing(Part::snapshot));
    return List.copyOf(parts);
  }

  private static int stage(Part part) {
    return switch (part.role()) {
      case Labels.PG_DATA -> 0;
      case Labels.PG_WAL -> 2;
      default -> 1;
    };
  }

  /// @param parts as [#parts] says
  /// @param snapshots those that exist, by name
  /// @param ready whether the instance serves
  static SnapshotDecision of(
      BackupView backup,
      List<Part> parts,
      Map<String, ObjectNode> snapshots,
      boolean ready,
      Instant now) {
    for (ObjectNode snapshot : snapshots.values()) {
      if (!Json.annotation(snapshot, BACKUP_UID).equals(Json.uid(backup.object()))) {
        return new Fail(
            "VolumeSnapshot %s exists already and is not of this Backup; delete it, or give the Backup another name"
                .formatted(Json.name(snapshot)));
      }
    }
    return switch (backup.phase()) {
      case "started" -> started(backup, now);
      case "running" -> running(backup, parts, snapshots, now);
      case "finalizing" -> finalizing(backup, parts, snapshots, ready, now);
      default -> new Wait(SLOW_POLL);
    };
  }

  private static SnapshotDecision started(BackupView backup, Instant now) {
    if (!backup.instance().path("sessionID").asText("").isEmpty()) {
      return backup.isOnline() ? new Wait(SLOW_POLL) : new Fence();
    }
    return late(backup, "reconciliationStartedAt", now)
        ? new Fail(
            "instance %s did not take it within %d minutes; look at the pod's log"
                .formatted(backup.instance().path("podName").asText(""), minutes(backup)))
        : new Wait(SLOW_POLL);
  }

  private static SnapshotDecision running(
      BackupView backup, List<Part> parts, Map<String, ObjectNode> snapshots, Instant now) {
    if (!backup.status().path("snapshotBackupStatus").path("elements").isEmpty()) {
      return new Wait(SLOW_POLL); // the instance ends the backup mode
    }
    if (parts.isEmpty() || stage(parts.getFirst()) != 0) {
      return new Fail(
          "instance %s has no volume of data to cut"
              .formatted(backup.instance().path("podName").asText("")));
    }
    for (int stage = 0; stage <= 2; stage++) {
      int at = stage;
      List<Part> these =
          backup.isOnline() ? parts.stream().filter(part -> stage(part) == at).toList() : parts;
      List<Part> missing =
          these.stream().filter(part -> !snapshots.containsKey(part.snapshot())).toList();
      if (!missing.isEmpty() && backup.isOnline()) {
        Optional<Part> later =
            parts.stream()
                .filter(part -> stage(part) > at && snapshots.containsKey(part.snapshot()))
                .findFirst();
        if (later.isPresent()) { // cut now, the data would be newer than its WAL
          return new Fail(
              "VolumeSnapshot %s was deleted after %s had been cut; take another backup"
                  .formatted(missing.getFirst().snapshot(), later.get().snapshot()));
        }
      }
      if (!missing.isEmpty()) {
        return late(backup, "startedAt", now)
            ? new Fail(tooLate(backup, missing.getFirst(), "was not made"))
            : new Create(missing);
      }
      for (Part part : these) {
        ObjectNode snapshot = snapshots.get(part.snapshot());
        if (snapshot != null && snapshot.path("status").path("creationTime").asText("").isEmpty()) {
          return late(backup, "startedAt", now)
              ? new Fail(tooLate(backup, part, "was not cut" + trouble(snapshot)))
              : new Wait(POLL);
        }
      }
    }
    return new Cut(parts);
  }

  private static SnapshotDecision finalizing(
      BackupView backup,
      List<Part> parts,
      Map<String, ObjectNode> snapshots,
      boolean ready,
      Instant now) {
    var named = new ArrayList<Part>();
    for (JsonNode element : backup.status().path("snapshotBackupStatus").path("elements")) {
      String name = element.path("name").asText("");
      named.add(
          new Part(
              name,
              "",
              element.path("type").asText(""),
              element.path("tablespaceName").asText("")));
    }
    for (Part part : named) {
      ObjectNode snapshot = snapshots.get(part.snapshot());
      if (snapshot == null) {
        return new Fail(
            "VolumeSnapshot %s was deleted before the backup was complete; take another one"
                .formatted(part.snapshot()));
      }
      if (!snapshot.path("status").path("readyToUse").asBoolean(false)) {
        boolean hopeless =
            snapshot.path("status").path("error").isObject()
                ? late(backup, "stoppedAt", now)
                : since(backup, "stoppedAt").plus(LONGEST).isBefore(now);
        return hopeless
            ? new Fail(tooLate(backup, part, "did not get ready" + trouble(snapshot)))
            : new Wait(SLOW_POLL);
      }
    }
    if (!backup.isOnline() && !ready && !late(backup, "stoppedAt", now)) {
      return new Wait(POLL); // the next Backup may want to stop another instance
    }
    return named.isEmpty() && !parts.isEmpty()
        ? new Fail("the snapshots' names are lost; take another backup")
        : new Complete(List.copyOf(named));
  }

  private static Instant since(BackupView backup, String field) {
    String time = backup.status().path(field).asText("");
    return time.isEmpty() ? Instant.MIN : Instant.parse(time);
  }

  private static int minutes(BackupView backup) {
    String asked = Json.annotation(backup.object(), Annotations.VOLUME_SNAPSHOT_DEADLINE);
    return asked.matches("[0-9]{1,6}") ? Integer.parseInt(asked) : DEADLINE_MINUTES;
  }

  private static boolean late(BackupView backup, String field, Instant now) {
    Instant since = since(backup, field);
    return since.equals(Instant.MIN)
        || since.plus(Duration.ofMinutes(minutes(backup))).isBefore(now);
  }

  private static String trouble(JsonNode snapshot) {
    String error = snapshot.path("status").path("error").path("message").asText("");
    return error.isEmpty() ? "" : " (" + error + ")";
  }

  private static String tooLate(BackupView backup, Part part, String what) {
    return "VolumeSnapshot %s %s within %d minutes; look at it with kubectl describe, check its class and the CSI driver's snapshot controller, or allow more time with the annotation %s"
        .formatted(part.snapshot(), what, minutes(backup), Annotations.VOLUME_SNAPSHOT_DEADLINE);
  }
}
