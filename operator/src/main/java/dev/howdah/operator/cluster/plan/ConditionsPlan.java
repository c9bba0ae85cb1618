// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Conditions;
import dev.howdah.api.names.Phases;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.InstanceReport;
import dev.howdah.operator.tree.Tree;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// The conditions of a Cluster. Those of other writers are kept as they are.
final class ConditionsPlan {
  /// Types that the operator takes away when it has nothing to say about them.
  private static final Set<String> OURS =
      Set.of(Conditions.HIBERNATION, Conditions.UNSUPPORTED_FIELDS, Conditions.DATA_LOST);

  private ConditionsPlan() {}

  static ArrayNode decide(ClusterView view, Draft draft) {
    initialized(view, draft);
    systemId(view, draft);
    if (!view.unsupported().isEmpty()) {
      draft.condition(
          Conditions.UNSUPPORTED_FIELDS,
          true,
          Conditions.UNSUPPORTED_FIELDS,
          "kept, but without effect in this version of Howdah: "
              + String.join(", ", view.unsupported()));
    }
    boolean healthy = draft.phase().equals(Phases.HEALTHY);
    draft.condition(
        Conditions.READY,
        healthy,
        healthy ? Conditions.CLUSTER_IS_READY : Conditions.CLUSTER_IS_NOT_READY,
        healthy ? "Cluster is Ready" : "Cluster Is Not Ready");
    return merged(view, draft);
  }

  private static void initialized(ClusterView view, Draft draft) {
    boolean done =
        view.initialized()
            || !view.cluster().currentPrimary().isEmpty()
            || view.existing().stream().anyMatch(i -> !i.initializing());
    draft.condition(
        Conditions.INITIALIZED,
        done,
        done ? Conditions.BOOTSTRAP_COMPLETED : Conditions.BOOTSTRAP_PENDING,
        done ? "The cluster has been bootstrapped" : "The first instance is being made");
  }

  private static void systemId(ClusterView view, Draft draft) {
    var ids = new HashMap<String, String>();
    for (Instance instance : view.existing()) {
      InstanceReport said = instance.said();
      if (said.reachable() && !said.systemId().isEmpty()) {
        ids.merge(said.systemId(), instance.name(), (a, b) -> a + ", " + b);
      }
    }
    if (ids.size() > 1) {
      draft.condition(
          Conditions.CONSISTENT_SYSTEM_ID,
          false,
          Conditions.MISMATCH,
          "instances hold data of different clusters: " + ids);
    } else if (ids.isEmpty()) {
      if (view.cluster().condition(Conditions.CONSISTENT_SYSTEM_ID).isMissingNode()) {
        draft.condition(
            Conditions.CONSISTENT_SYSTEM_ID,
            false,
            Conditions.NOT_FOUND,
            "no instance has told its system identifier yet");
      }
    } else {
      draft.condition(
          Conditions.CONSISTENT_SYSTEM_ID,
          true,
          Conditions.UNIQUE,
          "all instances hold data of the same cluster");
    }
  }

  private static ArrayNode merged(ClusterView view, Draft draft) {
    ArrayNode all = Tree.list();
    Set<String> written = new HashSet<>();
    for (JsonNode there : view.cluster().status().path("conditions")) {
      String type = there.path("type").asText("");
      Draft.Condition wanted = draft.conditions.get(type);
      written.add(type);
      if (wanted != null) {
        all.add(write(view, wanted, there));
      } else if (!OURS.contains(type) && !obsolete(view, type)) {
        all.add(there);
      }
    }
    for (Map.Entry<String, Draft.Condition> entry : draft.conditions.entrySet()) {
      if (written.add(entry.getKey())) {
        all.add(write(view, entry.getValue(), Tree.map()));
      }
    }
    return all;
  }

  /// Whether archiving works matters only where an archive is configured.
  private static boolean obsolete(ClusterView view, String type) {
    if (!type.equals(Conditions.CONTINUOUS_ARCHIVING)) {
      return false;
    }
    var spec = view.blueprint().spec();
    boolean store = spec.backup() != null && spec.backup().barmanObjectStore() != null;
    boolean plugin = spec.plugins().stream().anyMatch(p -> p.enabled() && p.isWalArchiver());
    return !store && !plugin;
  }

  private static ObjectNode write(ClusterView view, Draft.Condition wanted, JsonNode there) {
    String status = wanted.isTrue() ? "True" : "False";
    if (there instanceof ObjectNode same
        && same.path("status").asText("").equals(status)
        && same.path("reason").asText("").equals(wanted.reason())
        && same.path("message").asText("").equals(wanted.message())) {
      return same;
    }
    boolean turned = !there.path("status").asText("").equals(status);
    String time =
        turned
            ? view.now().truncatedTo(ChronoUnit.SECONDS).toString()
            : there.path("lastTransitionTime").asText("");
    return Tree.map(
        "type",
        wanted.type(),
        "status",
        status,
        "reason",
        wanted.reason(),
        "message",
        wanted.message(),
        "lastTransitionTime",
        time);
  }
}
