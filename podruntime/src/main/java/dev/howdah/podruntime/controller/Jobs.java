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
import dev.howdah.podruntime.controller.JobPlan.Verdict;
import dev.howdah.podruntime.objects.Events;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.objects.Mirrors;
import dev.howdah.podruntime.objects.Reconciler;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/// Runs Jobs: makes pods until enough of them have succeeded.
public final class Jobs {
  private static final String INDEX = "batch.kubernetes.io/job-completion-index";

  private final KubeClient client;
  private final Mirrors mirrors;
  private final Events.Reporter events;
  private final InstantSource clock;
  private final Duration firstDelay;

  /// @param firstDelay how long the pod after the first failed one waits (10 s in Kubernetes)
  public Jobs(
      KubeClient client,
      Mirrors mirrors,
      Events.Reporter events,
      InstantSource clock,
      Duration firstDelay) {
    this.client = client;
    this.mirrors = mirrors;
    this.events = events;
    this.clock = clock;
    this.firstDelay = firstDelay;
  }

  /// One pass over one Job.
  public Duration reconcile(Key key) {
    Optional<ObjectNode> found = mirrors.jobs.find(key);
    if (found.isEmpty() || Owned.isLeaving(found.get())) {
      return Reconciler.DONE;
    }
    ObjectNode job = found.get();
    if (isFinished(job)) {
      return cleanUp(job);
    }
    List<ObjectNode> pods = Owned.by(job, mirrors.pods);
    JobPlan.View view = observe(job, pods);
    JobPlan plan = JobPlan.decide(view);
    if (plan.stop()) {
      pods.stream()
          .filter(pod -> !Owned.isOver(pod) && !Owned.isLeaving(pod))
          .forEach(pod -> Owned.delete(client, Resource.PODS, pod));
    }
    create(job, pods, plan.create());
    report(job, view, plan, pods);
    return plan.lookAgain().equals(Instant.MAX)
        ? Reconciler.DONE
        : Duration.between(clock.instant(), plan.lookAgain());
  }

  private JobPlan.View observe(ObjectNode job, List<ObjectNode> pods) {
    JsonNode status = job.path("status");
    int active = 0;
    int restarts = 0;
    Instant lastFailure = Instant.EPOCH;
    for (ObjectNode pod : pods) {
      if (!Owned.isOver(pod) && !Owned.isLeaving(pod)) {
        active++;
        for (JsonNode container : pod.path("status").path("containerStatuses")) {
          restarts += container.path("restartCount").asInt();
        }
      } else if (Owned.phase(pod).equals("Failed")) {
        Instant end = finished(pod);
        lastFailure = end.isAfter(lastFailure) ? end : lastFailure;
      }
    }
    Instant now = clock.instant();
    String start = status.path("startTime").asText("");
    return new JobPlan.View(
        job,
        active,
        Math.max(count(pods, "Succeeded"), status.path("succeeded").asInt()),
        Math.max(count(pods, "Failed"), status.path("failed").asInt()),
        restarts,
        start.isEmpty() ? now : Instant.parse(start),
        lastFailure,
        now,
        firstDelay);
  }

  private static int count(List<ObjectNode> pods, String phase) {
    return (int) pods.stream().filter(pod -> Owned.phase(pod).equals(phase)).count();
  }

  private static Instant finished(JsonNode pod) {
    Instant last = Instant.EPOCH;
    for (JsonNode container : pod.path("status").path("containerStatuses")) {
      String at = container.path("state").path("terminated").path("finishedAt").asText("");
      if (!at.isEmpty() && Instant.parse(at).isAfter(last)) {
        last = Instant.parse(at);
      }
    }
    return last;
  }

  private void create(ObjectNode job, List<ObjectNode> pods, int count) {
    boolean indexed = job.path("spec").path("completionMode").asText().equals("Indexed");
    List<Integer> taken =
        pods.stream()
            .filter(pod -> !Owned.phase(pod).equals("Failed") && !Owned.isLeaving(pod))
            .map(pod -> Json.annotation(pod, INDEX))
            .filter(index -> !index.isEmpty())
            .map(Integer::valueOf)
            .toList();
    List<Integer> indexes =
        JobPlan.missingIndexes(job.path("spec").path("completions").asInt(1), taken, count);
    for (int i = 0; i < count; i++) {
      ObjectNode pod = Owned.pod(job);
      if (indexed && i < indexes.size()) {
        giveIndex(job, pod, indexes.get(i));
      }
      try {
        ObjectNode created = mirrors.pods.wrote(client.create(Resource.PODS, pod));
        events.normal(job, "SuccessfulCreate", "Created pod: " + Json.name(created));
      } catch (KubeException e) {
        events.warning(job, "FailedCreate", "Error creating: " + e.getMessage());
        throw e;
      }
    }
  }

  private static void giveIndex(ObjectNode job, ObjectNode pod, int index) {
    String text = Integer.toString(index);
    pod.withObject("/metadata/annotations").put(INDEX, text);
    pod.withObject("/metadata/labels").put(INDEX, text);
    pod.withObject("/metadata").put("generateName", Json.name(job) + "-" + text + "-");
    ((ObjectNode) pod.path("spec")).put("hostname", Json.name(job) + "-" + text);
    for (JsonNode container : pod.path("spec").path("containers")) {
      ((ObjectNode) container)
          .withArrayProperty("env")
          .addObject()
          .put("name", "JOB_COMPLETION_INDEX")
          .put("value", text);
    }
  }

  private void report(ObjectNode job, JobPlan.View view, JobPlan plan, List<ObjectNode> pods) {
    boolean suspended = plan.verdict() instanceof Verdict.Suspended;
    ObjectNode status = Json.object();
    int ready = (int) pods.stream().filter(p -> !Owned.isOver(p) && Owned.isReady(p)).count();
    status.put("active", plan.stop() ? 0 : view.active() + plan.create());
    status.put("succeeded", view.succeeded()).put("failed", view.failed()).put("ready", ready);
    if (suspended) {
      status.putNull("startTime");
    } else {
      status.put("startTime", time(view.start()));
    }
    ArrayNode conditions = status.putArray("conditions");
    switch (plan.verdict()) {
      case Verdict.Open _ -> resumed(job, conditions, view.now());
      case Verdict.Suspended _ ->
          condition(conditions, job, "Suspended", "JobSuspended", "Job suspended", view.now());
      case Verdict.Complete _ -> {
        String message = "Reached expected number of succeeded pods";
        condition(conditions, job, "SuccessCriteriaMet", "CompletionsReached", message, view.now());
        condition(conditions, job, "Complete", "CompletionsReached", message, view.now());
        status.put("completionTime", time(view.now()));
      }
      case Verdict.Failed(var reason, var message) -> {
        condition(conditions, job, "FailureTarget", reason, message, view.now());
        condition(conditions, job, "Failed", reason, message, view.now());
      }
    }
    if (says(job.path("status"), status)) {
      return;
    }
    ObjectNode body = Json.object();
    body.putObject("metadata").put("uid", Json.uid(job));
    body.set("status", status);
    mirrors.jobs.wrote(
        client.patchStatus(
            Resource.JOBS, Json.namespace(job), Json.name(job), new Patch.Merge(body)));
    tell(job, plan.verdict());
  }

  private void tell(ObjectNode job, Verdict verdict) {
    switch (verdict) {
      case Verdict.Complete _ -> events.normal(job, "Completed", "Job completed");
      case Verdict.Failed(var reason, var message) -> events.warning(job, reason, message);
      case Verdict.Suspended _ -> events.normal(job, "Suspended", "Job suspended");
      case Verdict.Open _ -> {}
    }
  }

  private static void resumed(ObjectNode job, ArrayNode conditions, Instant now) {
    JsonNode before = Owned.condition(job, "Suspended");
    if (before.isObject()) {
      boolean was = before.path("status").asText().equals("True");
      ObjectNode condition = before.deepCopy();
      condition.put("status", "False").put("reason", "JobResumed").put("message", "Job resumed");
      if (was) {
        condition.put("lastTransitionTime", time(now)).put("lastProbeTime", time(now));
      }
      conditions.add(condition);
    }
  }

  private static void condition(
      ArrayNode conditions,
      ObjectNode job,
      String type,
      String reason,
      String message,
      Instant now) {
    JsonNode before = Owned.condition(job, type);
    if (before.path("status").asText().equals("True")) {
      conditions.add(before.deepCopy());
      return;
    }
    conditions
        .addObject()
        .put("type", type)
        .put("status", "True")
        .put("reason", reason)
        .put("message", message)
        .put("lastProbeTime", time(now))
        .put("lastTransitionTime", time(now));
  }

  private static boolean says(JsonNode existing, ObjectNode wanted) {
    return wanted.properties().stream()
        .allMatch(field -> {
          JsonNode is = existing.path(field.getKey());
          JsonNode want = field.getValue();
          boolean nothing =
              want.isNull()
                  || (want.isInt() && want.asInt() == 0)
                  || want.isEmpty() && want.isArray();
          return is.equals(want) || (nothing && (is.isMissingNode() || is.isNull()));
        });
  }

  private static boolean isFinished(JsonNode job) {
    return Owned.condition(job, "Complete").path("status").asText().equals("True")
        || Owned.condition(job, "Failed").path("status").asText().equals("True");
  }

  private Duration cleanUp(ObjectNode job) {
    JsonNode seconds = job.path("spec").path("ttlSecondsAfterFinished");
    if (!seconds.isNumber()) {
      return Reconciler.DONE;
    }
    JsonNode end = Owned.condition(job, "Complete");
    JsonNode last = end.isObject() ? end : Owned.condition(job, "Failed");
    Instant due =
        Instant.parse(last.path("lastTransitionTime").asText()).plusSeconds(seconds.asLong());
    Duration left = Duration.between(clock.instant(), due);
    if (left.isPositive()) {
      return left;
    }
    Owned.delete(client, Resource.JOBS, job);
    return Reconciler.DONE;
  }

  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
