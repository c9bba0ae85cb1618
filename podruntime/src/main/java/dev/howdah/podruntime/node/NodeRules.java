// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.objects.Labels;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a pod, and the pods that are already there, demand and prefer of its node. Pure.
final class NodeRules {
  private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
  private static final String PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

  private final JsonNode pod;
  private final Map<String, JsonNode> nodes = new HashMap<>();
  private final Collection<? extends JsonNode> pods;

  NodeRules(
      JsonNode pod, Collection<? extends JsonNode> nodes, Collection<? extends JsonNode> pods) {
    this.pod = pod;
    this.pods = pods;
    nodes.forEach(node -> this.nodes.put(Json.name(node), node));
  }

  /// Why the pod must not go to a node; empty when it may.
  Optional<String> refusal(JsonNode node) {
    JsonNode labels = Labels.of(node);
    if (!Placement.selects(pod.path("spec").path("nodeSelector"), labels)
        || !affinityAllows(labels)) {
      return Optional.of("no node matches its node selector or node affinity");
    }
    for (JsonNode term : terms(pod, "podAntiAffinity", REQUIRED)) {
      if (countIn(term, pod, labels) > 0) {
        return Optional.of("its required pod anti-affinity can't be met");
      }
    }
    for (JsonNode other : pods) {
      for (JsonNode term : terms(other, "podAntiAffinity", REQUIRED)) {
        if (concerns(term, other, pod) && sameDomain(term, nodeLabels(other), labels)) {
          return Optional.of("the required pod anti-affinity of another pod can't be met");
        }
      }
    }
    for (JsonNode term : terms(pod, "podAffinity", REQUIRED)) {
      boolean first = pods.stream().noneMatch(other -> concerns(term, pod, other));
      if (countIn(term, pod, labels) == 0 && !(first && concerns(term, pod, pod))) {
        return Optional.of("its required pod affinity can't be met");
      }
    }
    for (JsonNode spread : pod.path("spec").path("topologySpreadConstraints")) {
      if (!spread.path("whenUnsatisfiable").asText().equals("ScheduleAnyway")
          && skew(spread, labels) > Math.max(1, spread.path("maxSkew").asLong(1))) {
        return Optional.of("its topology spread constraints can't be met");
      }
    }
    return Optional.empty();
  }

  /// How much the pod would rather not go to a node.
  long dislike(JsonNode node) {
    JsonNode labels = Labels.of(node);
    long sum = 0;
    for (JsonNode weighted : terms(pod, "podAntiAffinity", PREFERRED)) {
      JsonNode term = weighted.path("podAffinityTerm");
      sum += weighted.path("weight").asLong(1) * Math.min(1, countIn(term, pod, labels));
    }
    for (JsonNode spread : pod.path("spec").path("topologySpreadConstraints")) {
      if (spread.path("whenUnsatisfiable").asText().equals("ScheduleAnyway")) {
        sum += Math.max(0, skew(spread, labels) - spread.path("maxSkew").asLong(1));
      }
    }
    return sum;
  }

  /// Whether a fresh node with these labels besides the usual ones would do.
  boolean wouldSuit(Map<String, String> more) {
    String name = "fresh";
    ObjectNode node = Json.object();
    ObjectNode labels = node.putObject("metadata").put("name", name).putObject("labels");
    Placement.labels(name, 0).forEach(labels::put);
    labels.put("topology.kubernetes.io/zone", "fresh-zone");
    more.forEach(labels::put);
    return refusal(node).isEmpty() && dislike(node) == 0;
  }

  /// Labels by which a node would match the pod's selector and required node affinity.
  static Map<String, String> wantedLabels(JsonNode pod) {
    Map<String, String> labels = new LinkedHashMap<>();
    JsonNode selector = pod.path("spec").path("nodeSelector");
    selector.properties().forEach(pair -> labels.put(pair.getKey(), pair.getValue().asText()));
    JsonNode term =
        pod.path("spec")
            .path("affinity")
            .path("nodeAffinity")
            .path(REQUIRED)
            .path("nodeSelectorTerms")
            .path(0);
    for (JsonNode requirement : term.path("matchExpressions")) {
      String key = requirement.path("key").asText();
      switch (requirement.path("operator").asText()) {
        case "In" -> labels.putIfAbsent(key, requirement.path("values").path(0).asText());
        case "Exists" -> labels.putIfAbsent(key, "true");
        default -> {}
      }
    }
    labels.remove("kubernetes.io/hostname");
    return labels;
  }

  private boolean affinityAllows(JsonNode labels) {
    JsonNode terms =
        pod.path("spec")
            .path("affinity")
            .path("nodeAffinity")
            .path(REQUIRED)
            .path("nodeSelectorTerms");
    if (terms.isEmpty()) {
      return true;
    }
    for (JsonNode term : terms) {
      boolean all = true;
      for (JsonNode requirement : term.path("matchExpressions")) {
        all &= Labels.holds(requirement, labels);
      }
      if (all) {
        return true;
      }
    }
    return false;
  }

  private static List<JsonNode> terms(JsonNode pod, String kind, String strength) {
    var list = new ArrayList<JsonNode>();
    pod.path("spec").path("affinity").path(kind).path(strength).forEach(list::add);
    return list;
  }

  /// How many pods a term of the owner is about, in the same domain as a node.
  private long countIn(JsonNode term, JsonNode owner, JsonNode labels) {
    return pods.stream()
        .filter(other -> concerns(term, owner, other))
        .filter(other -> sameDomain(term, nodeLabels(other), labels))
        .count();
  }

  private static boolean concerns(JsonNode term, JsonNode owner, JsonNode other) {
    boolean namespace = false;
    JsonNode names = term.path("namespaces");
    if (names.isEmpty() && !term.has("namespaceSelector")) {
      namespace = Json.namespace(owner).equals(Json.namespace(other));
    }
    for (JsonNode name : names) {
      namespace |= name.asText().equals(Json.namespace(other));
    }
    // A namespace selector is taken to select all: there is no one else on this machine.
    namespace |= term.has("namespaceSelector");
    return namespace && Labels.match(term.path("labelSelector"), Labels.of(other));
  }

  private JsonNode nodeLabels(JsonNode other) {
    JsonNode node = nodes.get(other.path("spec").path("nodeName").asText());
    return node == null ? Json.object() : Labels.of(node);
  }

  private static boolean sameDomain(JsonNode term, JsonNode a, JsonNode b) {
    String key = term.path("topologyKey").asText();
    return a.has(key) && a.path(key).equals(b.path(key));
  }

  /// By how much a domain would exceed the emptiest one.
  private long skew(JsonNode spread, JsonNode labels) {
    String key = spread.path("topologyKey").asText();
    if (!labels.has(key)) {
      return 0;
    }
    Map<String, Long> counts = new HashMap<>();
    nodes.values().forEach(node -> counts.put(Labels.of(node).path(key).asText(), 0L));
    counts.putIfAbsent(labels.path(key).asText(), 0L);
    for (JsonNode other : pods) {
      if (Json.namespace(other).equals(Json.namespace(pod))
          && Labels.match(spread.path("labelSelector"), Labels.of(other))) {
        counts.merge(nodeLabels(other).path(key).asText(), 1L, Long::sum);
      }
    }
    long least = counts.values().stream().mapToLong(Long::longValue).min().orElse(0);
    return counts.getOrDefault(labels.path(key).asText(), 0L) + 1 - least;
  }
}
