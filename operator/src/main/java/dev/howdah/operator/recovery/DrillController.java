// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.recovery.RestoreDrillSpec;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cache.Mirror;
import dev.howdah.operator.tree.Tree;
import dev.howdah.operator.work.Key;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Restores the newest backup of a Cluster when a RestoreDrill is due, has it checked, writes down
/// how it went, and takes everything away again.
final class DrillController {
  /// On the temporary Cluster: what its instance checks.
  static final String CHECKS = "howdah.dev/drillChecks";

  /// On the instance's pod: what it found.
  static final String REPORT = "howdah.dev/drillReport";

  private static final Logger LOG = LoggerFactory.getLogger(DrillController.class);
  private static final Duration STALE = Duration.ofMillis(100);

  private final KubeClient client;
  private final Mirror<ObjectNode> drills;
  private final TemporaryClusters temporaries;
  private final EventRecorder events;
  private final InstantSource clock;
  private final BooleanSupplier leads;

  DrillController(
      KubeClient client,
      Mirror<ObjectNode> drills,
      EventRecorder events,
      InstantSource clock,
      BooleanSupplier leads) {
    this.client = client;
    this.drills = drills;
    this.temporaries = new TemporaryClusters(client);
    this.events = events;
    this.clock = clock;
    this.leads = leads;
  }

  /// One pass over a RestoreDrill.
  ///
  /// @return when to look again
  @Nullable Duration reconcile(Key key) {
    Optional<ObjectNode> found = drills.find(key.namespace(), key.name());
    if (found.isEmpty()
        || !leads.getAsBoolean()
        || found.get().path("metadata").has("deletionTimestamp")) {
      return null;
    }
    ObjectNode drill = found.get();
    try {
      return pass(drill);
    } catch (IllegalArgumentException e) {
      String why = String.valueOf(e.getMessage());
      if (!drill.path("status").path("message").asText("").equals(why)) {
        write(drill, Json.object().put("message", why));
        events.warning(drill, "InvalidSchedule", why);
      }
      return null;
    } catch (KubeException e) {
      if (e.isConflict() || e.isNotFound()) {
        return STALE;
      }
      throw e;
    }
  }

  private @Nullable Duration pass(ObjectNode drill) {
    JsonNode current = drill.path("status").path("current");
    String name = current.path("name").asText("");
    temporaries.cleanUp(drill, name);
    DrillSource source = DrillSource.of(drill, this::cluster);
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    DrillDecision decision = DrillDecision.of(drill, observe(drill, name), source.trouble(), now);
    switch (decision) {
      case DrillDecision.Wait(var again) -> {
        return again;
      }
      case DrillDecision.Note(var checked, var next) -> write(drill, looked(checked, next));
      case DrillDecision.Begin(var checked, var next, var answered) ->
          begin(drill, looked(checked, next).put("answeredRequest", answered), now);
      case DrillDecision.Create() -> create(drill, source.cluster(), current, now);
      case DrillDecision.Recovered() -> {
        ObjectNode fields = Json.object().put("phase", "Checking");
        fields.putObject("current").put("recoveredAt", now.toString());
        write(drill, fields);
      }
      case DrillDecision.Finish(var failure, var report) ->
          finish(drill, current, failure, report, now);
    }
    return STALE;
  }

  private Optional<ObjectNode> cluster(ObjectNode drill, String name) {
    return client.find(Resource.CLUSTERS, Json.namespace(drill), name);
  }

  private DrillDecision.Temporary observe(ObjectNode drill, String name) {
    ObjectNode cluster = temporaries.find(drill, name).orElse(null);
    if (cluster == null) {
      return new DrillDecision.Temporary(false, false, "", MissingNode.getInstance());
    }
    ObjectNode pod = temporaries.readyPod(cluster).orElse(null);
    return new DrillDecision.Temporary(
        true,
        pod != null,
        TemporaryClusters.failure(cluster),
        pod == null ? MissingNode.getInstance() : report(pod));
  }

  private static JsonNode report(ObjectNode pod) {
    String text = Json.annotation(pod, REPORT);
    try {
      return text.isEmpty() ? MissingNode.getInstance() : Json.parse(text);
    } catch (IOException e) {
      return Tree.map(
          "checks",
          Tree.list(Tree.map("name", "report", "passed", false, "message", "unreadable: " + text)));
    }
  }

  private static ObjectNode looked(Instant checked, @Nullable Instant next) {
    ObjectNode fields = Json.object().put("lastCheckTime", checked.toString());
    if (next == null) {
      fields.putNull("nextScheduleTime");
    } else {
      fields.put("nextScheduleTime", next.toString());
    }
    return fields;
  }

  private void begin(ObjectNode drill, ObjectNode fields, Instant now) {
    String name = TemporaryCluster.name("drill", drill, now);
    fields.put("phase", "Restoring").putNull("message");
    fields.putObject("current").put("name", name).put("startedAt", now.toString());
    write(drill, fields);
    events.normal(drill, "DrillStarted", "Restoring the newest backup into Cluster " + name);
  }

  private void create(
      ObjectNode drill, @Nullable ObjectNode source, JsonNode current, Instant now) {
    if (source == null) {
      return;
    }
    String name = current.path("name").asText("");
    JsonNode spec = drill.path("spec");
    ObjectNode manifest =
        TemporaryCluster.manifest(
            Resource.RESTORE_DRILLS,
            drill,
            name,
            source,
            MissingNode.getInstance(),
            spec.path("storage"));
    JsonNode checks = spec.path("checks");
    manifest
        .withObject("/metadata/annotations")
        .put(CHECKS, checks.isObject() ? checks.toString() : "{}");
    String why = temporaries.create(drill, manifest);
    if (!why.isEmpty()) {
      finish(drill, current, why, MissingNode.getInstance(), now);
      return;
    }
    ObjectNode fields = Json.object();
    fields.putObject("current").put("created", true);
    write(drill, fields);
  }

  private void finish(
      ObjectNode drill, JsonNode current, String failure, JsonNode report, Instant now) {
    ObjectNode run = run(current, failure, report, now);
    ArrayNode history = Json.mapper().createArrayNode().add(run);
    int limit = drill.path("spec").path("historyLimit").asInt(RestoreDrillSpec.HISTORY);
    for (JsonNode old : drill.path("status").path("history")) {
      if (history.size() < Math.max(1, limit)) {
        history.add(old);
      }
    }
    ObjectNode fields = Json.object().put("phase", "Waiting").putNull("current");
    fields.set("history", history);
    fields.put("lastResult", run.path("result").asText(""));
    String count = failure.isEmpty() ? "succeeded" : "failed";
    fields.put(count, drill.path("status").path(count).asInt(0) + 1);
    if (failure.isEmpty()) {
      fields.put("lastSuccessTime", now.toString()).putNull("message");
    } else {
      fields.put("message", failure);
    }
    write(drill, fields);
    LOG.atInfo()
        .addKeyValue("drill", Json.namespace(drill) + "/" + Json.name(drill))
        .addKeyValue("result", run.path("result").asText(""))
        .addKeyValue("recovery_seconds", run.path("recoverySeconds").asLong(-1))
        .addKeyValue("recovery_point_seconds", run.path("recoveryPointSeconds").asLong(-1))
        .log("drill over");
    if (!failure.isEmpty()) {
      events.warning(drill, "DrillFailed", failure);
    } else if (DrillSummary.provesLittle(run)) {
      events.warning(drill, "DrillSucceeded", DrillSummary.text(run));
    } else {
      events.normal(drill, "DrillSucceeded", DrillSummary.text(run));
    }
  }

  /// The entry of the history.
  static ObjectNode run(JsonNode current, String failure, JsonNode report, Instant now) {
    ObjectNode run = Json.object();
    run.put("name", current.path("name").asText(""));
    run.put("result", failure.isEmpty() ? "Succeeded" : "Failed");
    if (!failure.isEmpty()) {
      run.put("message", failure);
    }
    Optional<Instant> began = DrillDecision.time(current.path("startedAt"));
    began.ifPresent(at -> run.put("startedAt", at.toString()));
    run.put("endedAt", now.toString());
    Optional<Instant> recovered = DrillDecision.time(current.path("recoveredAt"));
    if (report.isObject() && recovered.isEmpty()) {
      recovered = Optional.of(now);
    }
    recovered.ifPresent(at -> {
      run.put("recoveredAt", at.toString());
      began.ifPresent(start -> run.put("recoverySeconds", Duration.between(start, at).toSeconds()));
    });
    for (String field : List.of("backupId", "bytes", "walFiles", "newestCommit", "checks")) {
      if (report.hasNonNull(field)) {
        run.set(field, report.get(field));
      }
    }
    Optional<Instant> commit = DrillDecision.time(report.path("newestCommit"));
    if (commit.isPresent() && began.isPresent()) {
      long age = Duration.between(commit.get(), began.get()).toSeconds();
      run.put("recoveryPointSeconds", Math.max(0, age));
    }
    return run;
  }

  private void write(ObjectNode drill, ObjectNode fields) {
    if (!leads.getAsBoolean()) {
      return;
    }
    drills.wrote(client.mergeStatusOfSeen(Resource.RESTORE_DRILLS, drill, fields));
  }
}
