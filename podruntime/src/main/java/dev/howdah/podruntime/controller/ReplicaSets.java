// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.controller;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.podruntime.objects.Events;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.objects.Mirrors;
import dev.howdah.podruntime.objects.Reconciler;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Keeps as many pods as a ReplicaSet wants.
public final class ReplicaSets {
  private final KubeClient client;
  private final Mirrors mirrors;
  private final Events.Reporter events;
  private final InstantSource clock;

  public ReplicaSets(
      KubeClient client, Mirrors mirrors, Events.Reporter events, InstantSource clock) {
    this.client = client;
    this.mirrors = mirrors;
    this.events = events;
    this.clock = clock;
  }

  /// One pass over one ReplicaSet.
  public Duration reconcile(Key key) {
    Optional<ObjectNode> found = mirrors.replicaSets.find(key);
    if (found.isEmpty()) {
      return Reconciler.DONE;
    }
    ObjectNode set = found.get();
    List<ObjectNode> pods =
        Owned.by(set, mirrors.pods).stream()
            .filter(pod -> !Owned.isOver(pod) && !Owned.isLeaving(pod))
            .toList();
    if (!Owned.isLeaving(set)) {
      scale(set, pods);
    }
    return report(set);
  }

  private void scale(ObjectNode set, List<ObjectNode> pods) {
    int wanted = set.path("spec").path("replicas").asInt(1);
    for (int i = pods.size(); i < wanted; i++) {
      ObjectNode created = mirrors.pods.wrote(client.create(Resource.PODS, Owned.pod(set)));
      events.normal(set, "SuccessfulCreate", "Created pod: " + Json.name(created));
    }
    Comparator<ObjectNode> first =
        Comparator.<ObjectNode, Boolean>comparing(Owned::isReady)
            .thenComparing(Comparator.comparing(Owned::created).reversed());
    pods.stream()
        .sorted(first)
        .limit(Math.max(0, pods.size() - wanted))
        .forEach(pod -> {
          Owned.delete(client, Resource.PODS, pod);
          events.normal(set, "SuccessfulDelete", "Deleted pod: " + Json.name(pod));
        });
  }

  private Duration report(ObjectNode set) {
    List<ObjectNode> pods =
        Owned.by(set, mirrors.pods).stream()
            .filter(pod -> !Owned.isOver(pod) && !Owned.isLeaving(pod))
            .toList();
    Duration least = Duration.ofSeconds(set.path("spec").path("minReadySeconds").asLong(0));
    Instant now = clock.instant();
    Duration again = Reconciler.DONE;
    int ready = 0;
    int available = 0;
    for (ObjectNode pod : pods) {
      if (Owned.isReady(pod)) {
        ready++;
        String since = Owned.condition(pod, "Ready").path("lastTransitionTime").asText();
        Duration left = Duration.between(now, Instant.parse(since).plus(least));
        if (left.isPositive()) {
          again = again.compareTo(left) < 0 ? again : left;
        } else {
          available++;
        }
      }
    }
    ObjectNode status = Json.object();
    status.put("replicas", pods.size()).put("fullyLabeledReplicas", pods.size());
    status.put("readyReplicas", ready).put("availableReplicas", available);
    status.put("observedGeneration", set.path("metadata").path("generation").asLong());
    boolean same =
        status.properties().stream()
            .allMatch(field ->
                set.path("status").path(field.getKey()).asLong(0) == field.getValue().asLong());
    if (!same || !set.path("status").has("replicas")) {
      ObjectNode body = Json.object();
      body.set("status", status);
      mirrors.replicaSets.wrote(
          client.patchStatus(
              Mirrors.REPLICA_SETS, Json.namespace(set), Json.name(set), new Patch.Merge(body)));
    }
    return again;
  }
}
