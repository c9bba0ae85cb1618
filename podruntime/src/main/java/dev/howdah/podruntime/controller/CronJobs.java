// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.controller;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.podruntime.objects.Events;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.objects.Mirrors;
import dev.howdah.podruntime.objects.Reconciler;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;

/// Makes Jobs when their time has come.
public final class CronJobs {
  private static final String SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";
  private static final int MOST_MISSED = 100;

  private final KubeClient client;
  private final Mirrors mirrors;
  private final Events.Reporter events;
  private final InstantSource clock;

  public CronJobs(KubeClient client, Mirrors mirrors, Events.Reporter events, InstantSource clock) {
    this.client = client;
    this.mirrors = mirrors;
    this.events = events;
    this.clock = clock;
  }

  /// One pass over one CronJob.
  public Duration reconcile(Key key) {
    Optional<ObjectNode> found = mirrors.cronJobs.find(key);
    if (found.isEmpty() || Owned.isLeaving(found.get())) {
      return Reconciler.DONE;
    }
    ObjectNode cronJob = found.get();
    List<ObjectNode> jobs = Owned.by(cronJob, mirrors.jobs);
    forget(cronJob, jobs, "Complete", "successfulJobsHistoryLimit", 3);
    forget(cronJob, jobs, "Failed", "failedJobsHistoryLimit", 1);
    Instant last = lastScheduled(cronJob);
    Duration again = Reconciler.DONE;
    if (!cronJob.path("spec").path("suspend").asBoolean()) {
      try {
        var cron = Cron.parse(cronJob.path("spec").path("schedule").asText());
        String name = cronJob.path("spec").path("timeZone").asText("");
        ZoneId zone = name.isEmpty() ? ZoneId.systemDefault() : ZoneId.of(name);
        Optional<Instant> due = due(cron, zone, last);
        if (due.isPresent() && starts(cronJob, jobs, due.get())) {
          last = due.get();
          jobs = Owned.by(cronJob, mirrors.jobs);
        }
        ZonedDateTime now = clock.instant().atZone(zone);
        again = cron.after(now).map(next -> Duration.between(now, next)).orElse(again);
      } catch (IllegalArgumentException | DateTimeException e) {
        events.warning(cronJob, "InvalidSchedule", String.valueOf(e.getMessage()));
      }
    }
    report(cronJob, jobs, last);
    return again;
  }

  private static Instant lastScheduled(JsonNode cronJob) {
    String last = cronJob.path("status").path("lastScheduleTime").asText("");
    return Instant.parse(last.isEmpty() ? Owned.created(cronJob) : last);
  }

  /// The latest time that has come since the last one; missed ones before it are left out.
  private Optional<Instant> due(Cron cron, ZoneId zone, Instant last) {
    Instant now = clock.instant();
    Optional<Instant> due = Optional.empty();
    Optional<ZonedDateTime> next = cron.after(last.atZone(zone));
    for (int i = 0; i < MOST_MISSED && next.isPresent(); i++) {
      if (next.get().toInstant().isAfter(now)) {
        return due;
      }
      due = next.map(ZonedDateTime::toInstant);
      next = cron.after(next.get());
    }
    // Far too many were missed: begin anew with the next one.
    return next.isPresent() ? Optional.empty() : due;
  }

  private boolean starts(ObjectNode cronJob, List<ObjectNode> jobs, Instant due) {
    JsonNode spec = cronJob.path("spec");
    JsonNode deadline = spec.path("startingDeadlineSeconds");
    if (deadline.isNumber() && due.plusSeconds(deadline.asLong()).isBefore(clock.instant())) {
      events.warning(cronJob, "MissSchedule", "Missed scheduled time to start a job: " + due);
      return true;
    }
    List<ObjectNode> active = jobs.stream().filter(job -> !isFinished(job)).toList();
    String policy = spec.path("concurrencyPolicy").asText("Allow");
    if (!active.isEmpty() && policy.equals("Forbid")) {
      events.normal(
          cronJob, "JobAlreadyActive", "Not starting job because prior execution is running");
      return false;
    }
    if (policy.equals("Replace")) {
      active.forEach(job -> Owned.delete(client, Resource.JOBS, job));
    }
    create(cronJob, due);
    return true;
  }

  private void create(ObjectNode cronJob, Instant due) {
    JsonNode template = cronJob.path("spec").path("jobTemplate");
    String name = Json.name(cronJob) + "-" + due.getEpochSecond() / 60;
    ObjectNode job = Json.object(Resource.JOBS, Json.namespace(cronJob), name);
    ObjectNode metadata = job.withObject("/metadata");
    for (String field : List.of("labels", "annotations")) {
      if (template.path("metadata").has(field)) {
        metadata.set(field, template.path("metadata").path(field).deepCopy());
      }
    }
    metadata.withObject("/annotations").put(SCHEDULED, due.toString());
    Owned.take(cronJob, job);
    job.set("spec", template.path("spec").deepCopy());
    try {
      mirrors.jobs.wrote(client.create(Resource.JOBS, job));
      events.normal(cronJob, "SuccessfulCreate", "Created job " + name);
    } catch (KubeException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
    }
  }

  private void forget(
      ObjectNode cronJob, List<ObjectNode> jobs, String condition, String field, int standard) {
    int keep = cronJob.path("spec").path(field).asInt(standard);
    List<ObjectNode> ended =
        jobs.stream()
            .filter(job -> Owned.condition(job, condition).path("status").asText().equals("True"))
            .toList();
    ended.stream()
        .limit(Math.max(0, ended.size() - keep))
        .forEach(job -> Owned.delete(client, Resource.JOBS, job));
  }

  private void report(ObjectNode cronJob, List<ObjectNode> jobs, Instant last) {
    ObjectNode status = Json.object();
    ArrayNode active = status.putArray("active");
    jobs.stream()
        .filter(job -> !isFinished(job))
        .forEach(job ->
            active
                .addObject()
                .put("apiVersion", "batch/v1")
                .put("kind", "Job")
                .put("name", Json.name(job))
                .put("namespace", Json.namespace(job))
                .put("uid", Json.uid(job)));
    if (!last.equals(Instant.parse(Owned.created(cronJob)))) {
      status.put("lastScheduleTime", last.toString());
    }
    jobs.stream()
        .map(job -> job.path("status").path("completionTime").asText(""))
        .filter(time -> !time.isEmpty())
        .max(String::compareTo)
        .ifPresent(time -> status.put("lastSuccessfulTime", time));
    JsonNode before = cronJob.path("status");
    boolean same =
        status.properties().stream()
            .allMatch(field ->
                before.path(field.getKey()).equals(field.getValue())
                    || (field.getValue().isEmpty()
                        && field.getValue().isArray()
                        && before.path(field.getKey()).isEmpty()));
    if (!same) {
      ObjectNode body = Json.object();
      body.set("status", status);
      mirrors.cronJobs.wrote(
          client.patchStatus(
              Mirrors.CRON_JOBS,
              Json.namespace(cronJob),
              Json.name(cronJob),
              new Patch.Merge(body)));
    }
  }

  private static boolean isFinished(JsonNode job) {
    return Owned.condition(job, "Complete").path("status").asText().equals("True")
        || Owned.condition(job, "Failed").path("status").asText().equals("True");
  }
}
