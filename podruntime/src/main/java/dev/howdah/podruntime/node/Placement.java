// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.node;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.objects.Labels;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Decides where a pod goes. Pure.
///
/// Nodes are only names here, so rules that keep pods apart are met by inventing another node. What
/// can't be met even so is overruled, with a warning: on one machine, a pod that runs against its
/// wishes is worth more than one that waits for ever.
public sealed interface Placement {
  /// How many nodes a mere preference may invent.
  int PREFERRED_NODES = 3;

  /// It goes to this node.
  record Bind(String node) implements Placement {}

  /// It goes to this node, though a rule says otherwise.
  record Overrule(String node, String why) implements Placement {}

  /// A node with these labels has to be made first.
  record AddNode(Map<String, String> labels) implements Placement {}

  /// It has to wait.
  record Wait(String why) implements Placement {}

  /// What is decided on.
  ///
  /// @param pods those that have a node and still run
  /// @param mostNodes how many nodes there may be
  record View(
      JsonNode pod,
      Collection<? extends JsonNode> nodes,
      Collection<? extends JsonNode> pods,
      int mostNodes) {}

  static Placement decide(View view) {
    List<? extends JsonNode> open =
        view.nodes.stream()
            .filter(node -> isOpen(node, view.pod))
            .sorted(Comparator.comparing(Placement::number))
            .toList();
    var rules = new NodeRules(view.pod, view.nodes, view.pods);
    Comparator<JsonNode> order =
        Comparator.<JsonNode>comparingLong(rules::dislike)
            .thenComparing(node -> load(view, node))
            .thenComparing(Placement::number);
    Optional<? extends JsonNode> best =
        open.stream().filter(node -> rules.refusal(node).isEmpty()).min(order);
    boolean more = view.nodes.size() < view.mostNodes;
    if (best.isPresent()) {
      boolean unloved = rules.dislike(best.get()) > 0;
      return unloved && more && view.nodes.size() < PREFERRED_NODES && rules.wouldSuit(Map.of())
          ? new AddNode(Map.of())
          : new Bind(Json.name(best.get()));
    }
    Map<String, String> labels = NodeRules.wantedLabels(view.pod);
    if (more && rules.wouldSuit(labels)) {
      return new AddNode(labels);
    }
    if (open.isEmpty()) {
      return more
          ? new AddNode(labels)
          : new Wait(
              "0/%d nodes are available: all are cordoned or tainted".formatted(view.nodes.size()));
    }
    JsonNode least = open.stream().min(order).orElseThrow();
    return new Overrule(Json.name(least), rules.refusal(least).orElse(""));
  }

  private static boolean isOpen(JsonNode node, JsonNode pod) {
    if (node.path("spec").path("unschedulable").asBoolean()
        || node.path("metadata").has("deletionTimestamp")) {
      return false;
    }
    for (JsonNode taint : node.path("spec").path("taints")) {
      String effect = taint.path("effect").asText();
      if (!effect.equals("PreferNoSchedule") && !tolerates(pod, taint)) {
        return false;
      }
    }
    return true;
  }

  private static boolean tolerates(JsonNode pod, JsonNode taint) {
    for (JsonNode toleration : pod.path("spec").path("tolerations")) {
      String key = toleration.path("key").asText("");
      String effect = toleration.path("effect").asText("");
      boolean any = toleration.path("operator").asText("Equal").equals("Exists");
      boolean keyFits = key.isEmpty() ? any : key.equals(taint.path("key").asText());
      boolean valueFits =
          any || toleration.path("value").asText("").equals(taint.path("value").asText(""));
      if (keyFits
          && valueFits
          && (effect.isEmpty() || effect.equals(taint.path("effect").asText()))) {
        return true;
      }
    }
    return false;
  }

  private static long load(View view, JsonNode node) {
    return view.pods.stream()
        .filter(pod -> pod.path("spec").path("nodeName").asText().equals(Json.name(node)))
        .count();
  }

  private static int number(JsonNode node) {
    String digits = Json.name(node).replaceAll("\\D", "");
    return digits.isEmpty() || digits.length() > 6 ? Integer.MAX_VALUE : Integer.parseInt(digits);
  }

  /// The labels that every node has.
  static Map<String, String> labels(String name, int number) {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("kubernetes.io/hostname", name);
    labels.put("kubernetes.io/os", "linux");
    labels.put("kubernetes.io/arch", Machines.architecture());
    labels.put("topology.kubernetes.io/region", "local");
    labels.put("topology.kubernetes.io/zone", "zone-" + number);
    labels.put("node.kubernetes.io/instance-type", "process");
    return labels;
  }

  /// Whether all pairs of a node selector are among a node's labels.
  static boolean selects(JsonNode selector, JsonNode labels) {
    return Labels.matchMap(selector, labels);
  }
}
