// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.lifecycle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.resource.LabelSelector;
import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.store.Change;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.write.Call;
import dev.howdah.apiserver.write.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Counts for each PodDisruptionBudget how many of its pods are healthy, and how many may go.
final class Budgets {
  private static final GroupResource BUDGETS = new GroupResource("policy", "poddisruptionbudgets");
  private static final GroupResource PODS = new GroupResource("", "pods");
  private static final Duration PAUSE = Duration.ofMillis(20);

  private record Count(String namespace) {}

  private final Store store;
  private final ResourceTypes types;
  private final Writer writer;
  private final Worker worker;

  Budgets(Store store, ResourceTypes types, Writer writer, Worker worker) {
    this.store = store;
    this.types = types;
    this.writer = writer;
    this.worker = worker;
  }

  void start() {
    store.onChange(this::note);
    store.list(BUDGETS, "").objects().forEach(b -> later(b.key().namespace()));
  }

  private void note(Change change) {
    var type = change.object().type();
    var namespace = change.object().key().namespace();
    if (type.equals(BUDGETS)
        || (type.equals(PODS) && !store.list(BUDGETS, namespace).objects().isEmpty())) {
      later(namespace);
    }
  }

  private void later(String namespace) {
    worker.later(new Count(namespace), () -> countAll(namespace), PAUSE);
  }

  /// @param labels of the pod
  private record Member(Map<String, String> labels, boolean healthy) {}

  private void countAll(String namespace) {
    var budgets = store.list(BUDGETS, namespace).objects();
    if (budgets.isEmpty()) {
      return;
    }
    var pods = new ArrayList<Member>();
    for (var stored : store.list(PODS, namespace).objects()) {
      var pod = stored.tree();
      var phase = pod.path("status").path("phase").asText();
      if (!phase.equals("Succeeded") && !phase.equals("Failed")) {
        pods.add(new Member(stored.labels(), !Meta.deleting(pod) && ready(pod)));
      }
    }
    for (var budget : budgets) {
      count(budget.key(), budget.tree(), pods);
    }
  }

  private void count(Key key, ObjectNode budget, List<Member> pods) {
    var spec = budget.path("spec");
    var selector = LabelSelector.of(spec.path("selector"));
    var expected = 0;
    var healthy = 0;
    for (var pod : pods) {
      if (spec.path("selector").isObject() && selector.matches(pod.labels())) {
        expected++;
        healthy += pod.healthy() ? 1 : 0;
      }
    }
    var desired =
        spec.has("maxUnavailable")
            ? Math.max(0, expected - share(spec.path("maxUnavailable"), expected))
            : share(spec.path("minAvailable"), expected);
    var status = Json.object();
    status.put("currentHealthy", healthy).put("desiredHealthy", desired);
    status.put("disruptionsAllowed", Math.max(0, healthy - desired)).put("expectedPods", expected);
    status.put("observedGeneration", budget.path("metadata").path("generation").asInt());
    write(key, status);
  }

  private static boolean ready(ObjectNode pod) {
    for (var condition : pod.path("status").path("conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        return condition.path("status").asText().equals("True");
      }
    }
    return false;
  }

  // A number, or a percentage, which is rounded up.
  private static int share(JsonNode value, int of) {
    var text = value.asText("1");
    if (!text.endsWith("%")) {
      return value.asInt(1);
    }
    var percent = Integer.parseInt(text.substring(0, text.length() - 1).strip());
    return Math.ceilDiv(of * percent, 100);
  }

  private void write(Key key, ObjectNode status) {
    if (store.get(BUDGETS, key) == null) {
      return;
    }
    writer.patch(
        Call.internal(
                Objects.requireNonNull(types.any(BUDGETS.group(), BUDGETS.resource())),
                key.namespace(),
                key.name())
            .through("status"),
        live -> {
          var before = live.withObjectProperty("status");
          before.setAll(status);
          return live;
        });
  }
}
