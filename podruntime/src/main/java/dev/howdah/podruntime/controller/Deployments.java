// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.controller;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Patch;
import dev.howdah.podruntime.objects.Events;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.objects.Mirrors;
import dev.howdah.podruntime.objects.Reconciler;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32;

/// Moves a Deployment's pods from one template to the next, through ReplicaSets.
public final class Deployments {
  private static final String HASH = "pod-template-hash";
  private static final String REVISION = "deployment.kubernetes.io/revision";

  private final KubeClient client;
  private final Mirrors mirrors;
  private final Events.Reporter events;
  private final InstantSource clock;

  public Deployments(
      KubeClient client, Mirrors mirrors, Events.Reporter events, InstantSource clock) {
    this.client = client;
    this.mirrors = mirrors;
    this.events = events;
    this.clock = clock;
  }

  /// One pass over one Deployment.
  public Duration reconcile(Key key) {
    Optional<ObjectNode> found = mirrors.deployments.find(key);
    if (found.isEmpty() || Owned.isLeaving(found.get())) {
      return Reconciler.DONE;
    }
    ObjectNode deployment = found.get();
    String hash = hash(deployment.path("spec").path("template"));
    List<ObjectNode> sets = Owned.by(deployment, mirrors.replicaSets);
    Optional<ObjectNode> fresh =
        sets.stream().filter(set -> Json.label(set, HASH).equals(hash)).findFirst();
    List<ObjectNode> old =
        sets.stream().filter(set -> !Json.label(set, HASH).equals(hash)).toList();
    boolean paused = deployment.path("spec").path("paused").asBoolean();
    if (!paused) {
      ObjectNode current =
          fresh.isPresent() ? renumber(fresh.get(), sets) : create(deployment, hash, sets);
      fresh = Optional.of(roll(deployment, current, old));
      forget(deployment, old);
    }
    report(deployment, fresh, old);
    return Reconciler.DONE;
  }

  private ObjectNode roll(ObjectNode deployment, ObjectNode current, List<ObjectNode> old) {
    int available = status(current, "availableReplicas");
    int oldPods = 0;
    int oldWanted = 0;
    for (ObjectNode set : old) {
      available += status(set, "availableReplicas");
      oldPods += status(set, "replicas");
      oldWanted += replicas(set);
    }
    var next =
        Rollout.decide(
            new Rollout.View(deployment, replicas(current), oldWanted, oldPods, available));
    int left = oldWanted - next.old();
    for (ObjectNode set : old) {
      int take = Math.min(left, replicas(set));
      if (take > 0) {
        scale(deployment, set, replicas(set) - take);
        left -= take;
      }
    }
    return next.fresh() == replicas(current) ? current : scale(deployment, current, next.fresh());
  }

  private ObjectNode scale(ObjectNode deployment, ObjectNode set, int replicas) {
    events.normal(
        deployment,
        "ScalingReplicaSet",
        "Scaled %s replica set %s from %d to %d"
            .formatted(
                replicas > replicas(set) ? "up" : "down", Json.name(set), replicas(set), replicas));
    ObjectNode body = Json.object();
    body.putObject("spec").put("replicas", replicas);
    return mirrors.replicaSets.wrote(
        client.merge(Mirrors.REPLICA_SETS, Json.namespace(set), Json.name(set), body));
  }

  private ObjectNode create(ObjectNode deployment, String hash, List<ObjectNode> sets) {
    ObjectNode set =
        Json.object(
            Mirrors.REPLICA_SETS, Json.namespace(deployment), Json.name(deployment) + "-" + hash);
    JsonNode spec = deployment.path("spec");
    ObjectNode metadata = set.withObject("/metadata");
    metadata.set("labels", labelled(spec.path("template").path("metadata").path("labels"), hash));
    metadata.putObject("annotations").put(REVISION, Integer.toString(lastRevision(sets) + 1));
    Owned.take(deployment, set);
    ObjectNode target = set.putObject("spec").put("replicas", 0);
    target.put("minReadySeconds", spec.path("minReadySeconds").asInt(0));
    ObjectNode selector = spec.path("selector").deepCopy();
    selector.set("matchLabels", labelled(selector.path("matchLabels"), hash));
    target.set("selector", selector);
    ObjectNode template = spec.path("template").deepCopy();
    template
        .withObject("/metadata")
        .set("labels", labelled(template.path("metadata").path("labels"), hash));
    target.set("template", template);
    return mirrors.replicaSets.wrote(client.create(Mirrors.REPLICA_SETS, set));
  }

  /// A template that was used before gets a new revision number when it is used again.
  private ObjectNode renumber(ObjectNode set, List<ObjectNode> sets) {
    int last = lastRevision(sets);
    if (revision(set) >= last) {
      return set;
    }
    ObjectNode body = Json.object();
    body.putObject("metadata").putObject("annotations").put(REVISION, Integer.toString(last + 1));
    return mirrors.replicaSets.wrote(
        client.merge(Mirrors.REPLICA_SETS, Json.namespace(set), Json.name(set), body));
  }

  private void forget(ObjectNode deployment, List<ObjectNode> old) {
    int keep = deployment.path("spec").path("revisionHistoryLimit").asInt(10);
    List<ObjectNode> empty =
        old.stream().filter(set -> replicas(set) == 0 && status(set, "replicas") == 0).toList();
    empty.stream()
        .limit(Math.max(0, empty.size() - keep))
        .forEach(set -> Owned.delete(client, Mirrors.REPLICA_SETS, set));
  }

  private void report(ObjectNode deployment, Optional<ObjectNode> fresh, List<ObjectNode> old) {
    var all = new ArrayList<>(old);
    fresh.ifPresent(all::add);
    int wanted = deployment.path("spec").path("replicas").asInt(1);
    int total = all.stream().mapToInt(set -> status(set, "replicas")).sum();
    int ready = all.stream().mapToInt(set -> status(set, "readyReplicas")).sum();
    int available = all.stream().mapToInt(set -> status(set, "availableReplicas")).sum();
    int updated = fresh.map(set -> status(set, "replicas")).orElse(0);
    ObjectNode status = Json.object();
    status.put("observedGeneration", deployment.path("metadata").path("generation").asInt());
    status.put("replicas", total).put("updatedReplicas", updated);
    status.put("readyReplicas", ready).put("availableReplicas", available);
    status.put("unavailableReplicas", Math.max(0, Math.max(wanted, total) - available));
    int unavailable =
        Rollout.amount(
            deployment.path("spec").path("strategy").path("rollingUpdate").path("maxUnavailable"),
            wanted,
            false);
    boolean enough = available >= wanted - unavailable;
    boolean complete = updated == wanted && total == wanted && available >= wanted;
    ArrayNode conditions = status.putArray("conditions");
    condition(
        conditions,
        deployment,
        "Available",
        enough,
        enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
        enough
            ? "Deployment has minimum availability."
            : "Deployment does not have minimum availability.");
    String name = fresh.map(Json::name).orElse("");
    condition(
        conditions,
        deployment,
        "Progressing",
        true,
        complete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
        complete
            ? "ReplicaSet \"%s\" has successfully progressed.".formatted(name)
            : "ReplicaSet \"%s\" is progressing.".formatted(name));
    write(deployment, status, fresh);
  }

  private void write(ObjectNode deployment, ObjectNode status, Optional<ObjectNode> fresh) {
    JsonNode before = deployment.path("status");
    boolean same =
        status.properties().stream()
            .allMatch(field ->
                field.getValue().isNumber()
                    ? before.path(field.getKey()).asLong(0) == field.getValue().asLong()
                    : before.path(field.getKey()).equals(field.getValue()));
    String revision = fresh.map(set -> Json.annotation(set, REVISION)).orElse("");
    if (!revision.isEmpty() && !Json.annotation(deployment, REVISION).equals(revision)) {
      ObjectNode body = Json.object();
      body.putObject("metadata").putObject("annotations").put(REVISION, revision);
      mirrors.deployments.wrote(
          client.merge(
              Mirrors.DEPLOYMENTS, Json.namespace(deployment), Json.name(deployment), body));
    }
    if (!same) {
      ObjectNode body = Json.object();
      body.set("status", status);
      mirrors.deployments.wrote(
          client.patchStatus(
              Mirrors.DEPLOYMENTS,
              Json.namespace(deployment),
              Json.name(deployment),
              new Patch.Merge(body)));
    }
  }

  private void condition(
      ArrayNode conditions,
      ObjectNode deployment,
      String type,
      boolean value,
      String reason,
      String message) {
    JsonNode before = Owned.condition(deployment, type);
    String status = value ? "True" : "False";
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    boolean sameStatus = before.path("status").asText().equals(status);
    boolean same = sameStatus && before.path("reason").asText().equals(reason);
    conditions
        .addObject()
        .put("type", type)
        .put("status", status)
        .put("reason", reason)
        .put("message", message)
        .put("lastUpdateTime", same ? before.path("lastUpdateTime").asText(now) : now)
        .put(
            "lastTransitionTime", sameStatus ? before.path("lastTransitionTime").asText(now) : now);
  }

  private static ObjectNode labelled(JsonNode labels, String hash) {
    ObjectNode copy = labels.isObject() ? labels.deepCopy() : Json.object();
    return copy.put(HASH, hash);
  }

  private static int replicas(JsonNode set) {
    return set.path("spec").path("replicas").asInt(1);
  }

  private static int status(JsonNode set, String field) {
    return set.path("status").path(field).asInt(0);
  }

  private static int revision(JsonNode set) {
    String text = Json.annotation(set, REVISION);
    return text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
  }

  private static int lastRevision(List<ObjectNode> sets) {
    return sets.stream().mapToInt(Deployments::revision).max().orElse(0);
  }

  /// The same for the same template, however its fields are ordered.
  static String hash(JsonNode template) {
    var crc = new CRC32();
    crc.update(Json.bytes(sorted(template)));
    return Long.toString(crc.getValue(), 36);
  }

  private static JsonNode sorted(JsonNode node) {
    if (node.isArray()) {
      ArrayNode array = Json.mapper().createArrayNode();
      node.forEach(item -> array.add(sorted(item)));
      return array;
    }
    if (!node.isObject()) {
      return node;
    }
    Map<String, JsonNode> fields = new TreeMap<>();
    node.properties().forEach(field -> fields.put(field.getKey(), sorted(field.getValue())));
    ObjectNode object = Json.object();
    fields.forEach(object::set);
    return object;
  }
}
