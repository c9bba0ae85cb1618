// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.cluster.PodSelectorReference;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.kube.Watch;
import dev.howdah.operator.cache.Mirror;
import dev.howdah.operator.tree.Tree;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/// The addresses of the pods that Clusters select for lines of pg_hba (`spec.podSelectorRefs`).
final class SelectedPods implements AutoCloseable {
  private static final Duration FIRST_READ = Duration.ofSeconds(3);

  private final KubeClient client;
  private final Consumer<Key> ask;
  private final Map<Key, Map<String, Group>> groups = new HashMap<>();

  /// Pods that are followed.
  private record Group(String selector, Mirror<Set<String>> pods, Watch watch) {}

  /// @param ask wants a pass for a Cluster
  SelectedPods(KubeClient client, Consumer<Key> ask) {
    this.client = client;
    this.ask = ask;
  }

  /// What `status.podSelectorRefs` must be; empty while it isn't known, so that what is there
  /// stays.
  synchronized Optional<ArrayNode> addresses(Key cluster, List<PodSelectorReference> references)
      throws InterruptedException {
    Map<String, Group> known = groups.computeIfAbsent(cluster, _ -> new HashMap<>());
    Set<String> names =
        references.stream().map(PodSelectorReference::name).collect(Collectors.toSet());
    known
        .entrySet()
        .removeIf(entry -> {
          boolean gone = !names.contains(entry.getKey());
          if (gone) {
            entry.getValue().watch.close();
          }
          return gone;
        });
    ArrayNode status = Tree.list();
    for (PodSelectorReference reference : references) {
      Group group = group(cluster, known, reference);
      if (!group.pods.awaitListed(Set.of(cluster.namespace()), FIRST_READ)) {
        return Optional.empty();
      }
      Set<String> ips = new TreeSet<>();
      group.pods.all().forEach(ips::addAll);
      status.add(Tree.map("name", reference.name(), "ips", Tree.listOf(ips)));
    }
    return Optional.of(status);
  }

  private Group group(Key cluster, Map<String, Group> known, PodSelectorReference reference) {
    String selector = text(Json.mapper().valueToTree(reference.selector()));
    Group there = known.get(reference.name());
    if (there != null && there.selector.equals(selector)) {
      return there;
    }
    if (there != null) {
      there.watch.close();
    }
    Mirror<Set<String>> pods =
        new Mirror<>(
            "Pod",
            SelectedPods::addresses,
            _ -> cluster,
            (_, before, after, _) -> {
              if (!Objects.equals(before, after)) {
                ask.accept(cluster);
              }
            });
    Watch watch =
        client.watch(
            Resource.PODS,
            cluster.namespace(),
            Selection.labels(selector),
            event -> pods.accept(cluster.namespace(), event));
    var fresh = new Group(selector, pods, watch);
    known.put(reference.name(), fresh);
    return fresh;
  }

  /// A pod that has ended keeps its address in its status though another pod may have it now.
  private static Set<String> addresses(ObjectNode pod) {
    JsonNode status = pod.path("status");
    String phase = status.path("phase").asText("");
    if (phase.equals("Succeeded") || phase.equals("Failed")) {
      return Set.of();
    }
    var ips = new TreeSet<String>();
    status.path("podIPs").forEach(entry -> ips.add(entry.path("ip").asText("")));
    ips.add(status.path("podIP").asText(""));
    ips.remove("");
    return ips;
  }

  /// A selector as a request for a list writes it.
  static String text(JsonNode selector) {
    var parts = new ArrayList<String>();
    Tree.texts(selector.path("matchLabels")).forEach((key, value) -> parts.add(key + "=" + value));
    for (JsonNode expression : selector.path("matchExpressions")) {
      String key = expression.path("key").asText("");
      String values =
          StreamSupport.stream(expression.path("values").spliterator(), false)
              .map(JsonNode::asText)
              .collect(Collectors.joining(",", "(", ")"));
      parts.add(
          switch (expression.path("operator").asText("")) {
            case "In" -> key + " in " + values;
            case "NotIn" -> key + " notin " + values;
            case "Exists" -> key;
            default -> "!" + key;
          });
    }
    return parts.stream().sorted().collect(Collectors.joining(","));
  }

  /// Forgets a Cluster that is gone.
  synchronized void forget(Key cluster) {
    Map<String, Group> known = groups.remove(cluster);
    if (known != null) {
      known.values().forEach(group -> group.watch.close());
    }
  }

  @Override
  public synchronized void close() {
    groups.values().forEach(known -> known.values().forEach(group -> group.watch.close()));
    groups.clear();
  }
}
