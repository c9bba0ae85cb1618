// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.Phases;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cache.Mirror;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a Backup whenever a ScheduledBackup is due. Runs never overlap, and what was missed counts
/// as one.
///
/// A Backup's name tells what it was due for, so that a pass that comes again, since what it did
/// was not noted, finds it made.
final class ScheduledBackupController {
  private static final Logger LOG = LoggerFactory.getLogger(ScheduledBackupController.class);
  private static final Duration BUSY = Duration.ofMinutes(1);
  private static final Duration EARLY = Duration.ofSeconds(5);
  private static final Duration STALE = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final String INCREMENTAL = "howdah.dev/incremental";
  private static final DateTimeFormatter SLOT =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss").withZone(ZoneOffset.UTC);
  private static final List<String> PASSED_ON =
      List.of(
          "cluster", "target", "method", "pluginConfiguration", "online", "onlineConfiguration");

  private final KubeClient client;
  private final Mirror<ObjectNode> scheduled;
  private final Mirror<BackupView> backups;
  private final Mirror<ToldOfBackups> holes;
  private final EventRecorder events;
  private final InstantSource clock;
  private final BooleanSupplier leads;

  ScheduledBackupController(
      KubeClient client,
      Mirror<ObjectNode> scheduled,
      Mirror<BackupView> backups,
      Mirror<ToldOfBackups> holes,
      EventRecorder events,
      InstantSource clock,
      BooleanSupplier leads) {
    this.client = client;
    this.scheduled = scheduled;
    this.backups = backups;
    this.holes = holes;
    this.events = events;
    this.clock = clock;
    this.leads = leads;
  }

  /// What is due.
  ///
  /// @param slot the time that the backup is for; null: nothing is due. An immediate one is for the
  ///   moment at which the ScheduledBackup was made, however often it is looked at until that is
  ///   noted
  /// @param checked the time up to which slots were looked at
  record Due(@Nullable Instant slot, boolean immediate, Instant checked, @Nullable Instant next) {}

  /// Decides; a pure function. A time in the future, noted while a clock was wrong, would end the
  /// schedule until then: slots count from now on again. What was made for one of them already is
  /// found by its name.
  ///
  /// @param made when the ScheduledBackup was
  /// @param noted up to when slots were looked at; null for a new ScheduledBackup
  static Due due(
      Schedule schedule, boolean immediate, Instant made, @Nullable Instant noted, Instant now) {
    if (noted == null) {
      return new Due(immediate ? made : null, immediate, now, schedule.after(now).orElse(null));
    }
    Instant checked = noted.isAfter(now) ? now : noted;
    Instant slot = schedule.after(checked).orElse(null);
    boolean isDue = slot != null && !slot.isAfter(now);
    return new Due(
        isDue ? slot : null,
        false,
        isDue ? now : checked,
        isDue ? schedule.after(now).orElse(null) : slot);
  }

  /// One pass over a ScheduledBackup.
  ///
  /// @return when to look again
  @Nullable Duration reconcile(Key key) {
    Optional<ObjectNode> found = scheduled.find(key.namespace(), key.name());
    if (found.isEmpty() || !leads.getAsBoolean()) {
      return null;
    }
    ObjectNode object = found.get();
    JsonNode spec = object.path("spec");
    if (spec.path("suspend").asBoolean(false) || object.path("metadata").has("deletionTimestamp")) {
      return null;
    }
    try {
      Schedule schedule = Schedule.parse(spec.path("schedule").asText(""));
      return pass(object, schedule);
    } catch (IllegalArgumentException e) {
      String why = String.valueOf(e.getMessage());
      if (!object.path("status").path("error").asText("").equals(why)) {
        write(object, Json.object().put("error", why));
        events.warning(object, "InvalidSchedule", why);
      }
      return null;
    } catch (KubeException e) {
      if (e.isConflict() || e.isNotFound()) {
        return STALE;
      }
      throw e;
    }
  }

  private Duration pass(ObjectNode object, Schedule schedule) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Duration longest = backUpBehindHole(object, now) ? ToldOfBackups.AGAIN : LONGEST;
    JsonNode status = object.path("status");
    Instant made = time(object.path("metadata").path("creationTimestamp"));
    Due due =
        due(
            schedule,
            object.path("spec").path("immediate").asBoolean(false),
            made == null ? now : made,
            time(status.path("lastCheckTime")),
            now);
    if (due.slot() != null && isBusy(object, name(object, due.slot()))) {
      return BUSY;
    }
    if (due.immediate() && isEarly(object)) {
      return EARLY;
    }
    ObjectNode fields = Json.object().put("lastCheckTime", due.checked().toString());
    if (due.slot() != null) {
      create(object, due.slot(), due.immediate());
      fields.put("lastScheduleTime", (due.immediate() ? now : due.slot()).toString());
    }
    if (due.next() == null) {
      fields.putNull("nextScheduleTime");
    } else {
      fields.put("nextScheduleTime", due.next().toString());
    }
    fields.putNull("error");
    if (!status.path("lastCheckTime").asText("").equals(due.checked().toString())
        || !status
            .path("nextScheduleTime")
            .asText("")
            .equals(fields.path("nextScheduleTime").asText(""))
        || status.has("error")) {
      write(object, fields);
    }
    Duration wait = due.next() == null ? longest : Duration.between(clock.instant(), due.next());
    return wait.compareTo(longest) > 0 ? longest : wait.isNegative() ? STALE : wait.plusMillis(20);
  }

  /// Outside of the schedule: with a hole in the archive each hour without a new base backup is one
  /// that can't be recovered.
  ///
  /// @return whether to look again soon
  private boolean backUpBehindHole(ObjectNode object, Instant now) {
    String cluster = object.path("spec").path("cluster").path("name").asText("");
    String method = object.path("spec").path("method").asText("");
    var key = new Key(Json.namespace(object), cluster);
    Optional<ToldOfBackups> hole = holes.find(key.namespace(), key.name());
    if (hole.isEmpty()
        || hole.get().holeSince() == null
        || method.equals(BackupView.METHOD_SNAPSHOT)) {
      return false;
    }
    if (hole.get().wantsBackup(backups.of(key), now)) {
      events.normal(
          object,
          "BackupBehindHole",
          "WAL is missing in the archive of Cluster %s; a base backup is taken now"
              .formatted(cluster));
      create(object, now, false);
    }
    return true;
  }

  private static @Nullable Instant time(JsonNode text) {
    try {
      return text.asText("").isEmpty() ? null : Instant.parse(text.asText());
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  private static String name(ObjectNode object, Instant slot) {
    return Json.name(object) + "-" + SLOT.format(slot);
  }

  /// Whether a Backup is under way, other than the one that is due: that is not made twice.
  private boolean isBusy(ObjectNode object, String due) {
    String cluster = object.path("spec").path("cluster").path("name").asText("");
    return backups.of(new Key(Json.namespace(object), cluster)).stream()
        .anyMatch(backup ->
            Json.label(backup.object(), Labels.SCHEDULED_BACKUP).equals(Json.name(object))
                && !backup.isOver()
                && !backup.name().equals(due));
  }

  /// The first snapshots are taken of a Cluster that is complete.
  private boolean isEarly(ObjectNode object) {
    JsonNode spec = object.path("spec");
    return spec.path("method").asText("").equals(BackupView.METHOD_SNAPSHOT)
        && !client
            .find(
                Resource.CLUSTERS,
                Json.namespace(object),
                spec.path("cluster").path("name").asText(""))
            .map(cluster -> cluster.path("status").path("phase").asText(""))
            .orElse("")
            .equals(Phases.HEALTHY);
  }

  private void create(ObjectNode object, Instant slot, boolean immediate) {
    JsonNode spec = object.path("spec");
    String cluster = spec.path("cluster").path("name").asText("");
    String name = name(object, slot);
    ObjectNode backup = Json.object(Resource.BACKUPS, Json.namespace(object), name);
    ObjectNode labels = backup.withObject("/metadata/labels");
    labels.put(Labels.CLUSTER, cluster);
    labels.put(Labels.IMMEDIATE_BACKUP, Boolean.toString(immediate));
    labels.put(Labels.SCHEDULED_BACKUP, Json.name(object));
    String incremental = Json.annotation(object, INCREMENTAL);
    if (!incremental.isEmpty()) {
      backup.withObject("/metadata").putObject("annotations").put(INCREMENTAL, incremental);
    }
    owner(object, cluster)
        .ifPresent(owner -> backup.withObject("/metadata").putArray("ownerReferences").add(owner));
    ObjectNode wanted = backup.putObject("spec");
    for (String field : PASSED_ON) {
      if (spec.has(field)) {
        wanted.set(field, spec.path(field));
      }
    }
    try {
      backups.wrote(client.create(Resource.BACKUPS, backup));
      events.normal(object, "BackupSchedule", "Scheduled backup " + name);
      LOG.atInfo().addKeyValue("backup", Json.namespace(object) + "/" + name).log("backup is due");
    } catch (KubeException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
    }
  }

  private Optional<ObjectNode> owner(ObjectNode object, String cluster) {
    return switch (object.path("spec").path("backupOwnerReference").asText("none")) {
      case "self" -> Optional.of(reference(Resource.SCHEDULED_BACKUPS, object));
      case "cluster" ->
          client
              .find(Resource.CLUSTERS, Json.namespace(object), cluster)
              .map(found -> reference(Resource.CLUSTERS, found));
      default -> Optional.empty();
    };
  }

  private static ObjectNode reference(Resource resource, ObjectNode owner) {
    return Json.object()
        .put("apiVersion", resource.apiVersion())
        .put("kind", resource.kind())
        .put("name", Json.name(owner))
        .put("uid", Json.uid(owner))
        .put("controller", true);
  }

  private void write(ObjectNode object, ObjectNode fields) {
    scheduled.wrote(client.mergeStatusOfSeen(Resource.SCHEDULED_BACKUPS, object, fields));
  }
}
