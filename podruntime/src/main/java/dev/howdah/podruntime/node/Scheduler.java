// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.node;

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
import dev.howdah.podruntime.volume.PodVolumes;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Gives pods a node.
public final class Scheduler {
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final KubeClient client;
  private final Mirrors mirrors;
  private final Nodes nodes;
  private final Events.Reporter events;
  private final InstantSource clock;
  private final int mostNodes;

  public Scheduler(
      KubeClient client,
      Mirrors mirrors,
      Nodes nodes,
      Events.Reporter events,
      InstantSource clock,
      int mostNodes) {
    this.client = client;
    this.mirrors = mirrors;
    this.nodes = nodes;
    this.events = events;
    this.clock = clock;
    this.mostNodes = mostNodes;
  }

  /// One pass over one pod.
  public Duration reconcile(Key key) {
    Optional<ObjectNode> found = mirrors.pods.find(key);
    if (found.isEmpty() || !needsNode(found.get())) {
      return Reconciler.DONE;
    }
    ObjectNode pod = found.get();
    if (!pod.path("spec").path("schedulingGates").isEmpty()) {
      unschedulable(
          pod, "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates");
      return Reconciler.DONE;
    }
    for (String claim : PodVolumes.claims(pod)) {
      if (mirrors.claims.find(key.namespace(), claim).isEmpty()) {
        if (makeEphemeral(pod, claim)) {
          continue;
        }
        unschedulable(
            pod, "Unschedulable", "persistentvolumeclaim \"%s\" not found".formatted(claim));
        return RETRY;
      }
    }
    return place(pod);
  }

  private Duration place(ObjectNode pod) {
    List<ObjectNode> placed =
        mirrors.pods.all().stream()
            .filter(each -> !each.path("spec").path("nodeName").asText("").isEmpty())
            .filter(each -> !isOver(each))
            .toList();
    switch (Placement.decide(new Placement.View(pod, mirrors.nodes.all(), placed, mostNodes))) {
      case Placement.Bind(var node) -> bind(pod, node);
      case Placement.Overrule(var node, var why) -> {
        events.warning(
            pod,
            "SchedulingRuleOverruled",
            "%s; in the embedded mode the pod runs all the same, on %s".formatted(why, node));
        bind(pod, node);
      }
      case Placement.AddNode(var labels) -> {
        nodes.add(labels);
        return Duration.ZERO;
      }
      case Placement.Wait(var why) -> {
        unschedulable(pod, "Unschedulable", why);
        return RETRY;
      }
    }
    return Reconciler.DONE;
  }

  private static boolean needsNode(ObjectNode pod) {
    return pod.path("spec").path("nodeName").asText("").isEmpty()
        && !pod.path("metadata").has("deletionTimestamp")
        && !isOver(pod);
  }

  private static boolean isOver(ObjectNode pod) {
    String phase = pod.path("status").path("phase").asText("");
    return phase.equals("Succeeded") || phase.equals("Failed");
  }

  private void bind(ObjectNode pod, String node) {
    ObjectNode binding = Json.object().put("apiVersion", "v1").put("kind", "Binding");
    binding.putObject("metadata").put("name", Json.name(pod)).put("uid", Json.uid(pod));
    binding.putObject("target").put("apiVersion", "v1").put("kind", "Node").put("name", node);
    try {
      client.request(
          "POST",
          "/api/v1/namespaces/%s/pods/%s/binding".formatted(Json.namespace(pod), Json.name(pod)),
          Map.of(),
          binding);
    } catch (KubeException e) {
      if (e.isNotFound() || e.isConflict()) {
        return; // it is gone, or has a node already
      }
      throw e;
    }
    // The next pod must see this one in its place.
    client.find(Resource.PODS, Json.namespace(pod), Json.name(pod)).ifPresent(mirrors.pods::wrote);
    events.normal(pod, "Scheduled", "Successfully assigned %s to %s".formatted(Key.of(pod), node));
  }

  /// A pod's own claim, made from the template in its volume.
  private boolean makeEphemeral(ObjectNode pod, String claim) {
    for (var volume : pod.path("spec").path("volumes")) {
      String name = Json.name(pod) + "-" + volume.path("name").asText();
      if (volume.has("ephemeral") && name.equals(claim)) {
        var template = volume.path("ephemeral").path("volumeClaimTemplate");
        ObjectNode object =
            Json.object(Resource.PERSISTENT_VOLUME_CLAIMS, Json.namespace(pod), claim);
        ObjectNode metadata = object.withObject("/metadata");
        for (String field : List.of("labels", "annotations")) {
          if (template.path("metadata").has(field)) {
            metadata.set(field, template.path("metadata").path(field).deepCopy());
          }
        }
        metadata
            .putArray("ownerReferences")
            .addObject()
            .put("apiVersion", "v1")
            .put("kind", "Pod")
            .put("name", Json.name(pod))
            .put("uid", Json.uid(pod))
            .put("controller", true)
            .put("blockOwnerDeletion", true);
        object.set("spec", template.path("spec").deepCopy());
        mirrors.claims.wrote(client.create(Resource.PERSISTENT_VOLUME_CLAIMS, object));
        return true;
      }
    }
    return false;
  }

  private void unschedulable(ObjectNode pod, String reason, String message) {
    for (var condition : pod.path("status").path("conditions")) {
      if (condition.path("type").asText().equals("PodScheduled")
          && condition.path("message").asText().equals(message)) {
        return;
      }
    }
    if (reason.equals("Unschedulable")) {
      events.warning(pod, "FailedScheduling", message);
    }
    ObjectNode body = Json.object();
    body.putObject("metadata").put("uid", Json.uid(pod));
    body.putObject("status")
        .putArray("conditions")
        .addObject()
        .put("type", "PodScheduled")
        .put("status", "False")
        .put("reason", reason)
        .put("message", message)
        .put("lastTransitionTime", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    mirrors.pods.wrote(
        client.patchStatus(
            Resource.PODS, Json.namespace(pod), Json.name(pod), new Patch.Strategic(body)));
  }
}
