// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.resource.LabelSelector;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Store;
import java.util.ArrayList;
import java.util.List;

/// Says whether disruption budgets let a pod be evicted.
final class Evictions {
  private static final GroupResource BUDGETS = new GroupResource("policy", "poddisruptionbudgets");
  private final Store store;

  Evictions(Store store) {
    this.store = store;
  }

  /// Throws 429 when a budget is exhausted. Pods that have ended, or are ending, may always go.
  void check(ObjectNode pod) {
    var phase = pod.path("status").path("phase").asText();
    if (Meta.deleting(pod)
        || phase.equals("Succeeded")
        || phase.equals("Failed")
        || phase.equals("Pending")) {
      return;
    }
    var budgets = new ArrayList<ObjectNode>();
    for (var stored : store.list(BUDGETS, Meta.namespace(pod)).objects()) {
      var budget = stored.tree();
      var selector = budget.path("spec").path("selector");
      if (selector.isObject() && LabelSelector.of(selector).matches(Meta.map(pod, "labels"))) {
        budgets.add(budget);
      }
    }
    if (budgets.size() > 1) {
      throw ApiException.internal(
          "This pod has more than one PodDisruptionBudget, which the eviction subresource does"
              + " not support.");
    }
    for (var budget : budgets) {
      var status = budget.path("status");
      if (status.path("disruptionsAllowed").asInt(0) <= 0) {
        throw ApiException.tooManyRequests(
            "Cannot evict pod as it would violate the pod's disruption budget.",
            List.of(
                new ApiException.Cause(
                    "DisruptionBudget",
                    "The disruption budget %s needs %d healthy pods and has %d currently"
                        .formatted(
                            Meta.name(budget),
                            status.path("desiredHealthy").asInt(),
                            status.path("currentHealthy").asInt()),
                    "")));
      }
    }
  }
}
