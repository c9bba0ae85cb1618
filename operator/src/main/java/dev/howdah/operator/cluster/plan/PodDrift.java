// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.kube.Json;
import dev.howdah.operator.cluster.desired.InstancePod;
import dev.howdah.operator.cluster.desired.InstanceStorage;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.ObservedPod;
import dev.howdah.operator.tree.Tree;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/// Why a pod must be made anew: what it was made from isn't what it would be made from now.
public final class PodDrift {
  /// How the reason begins when it is only the operator that is newer.
  private static final String OLD_BOOTSTRAP =
      "the instance is using an old bootstrap container image:";

  private static final String DIFFER = "original and target PodSpec differ in ";

  /// Fields of a pod's specification, and how they are spoken of.
  private static final Map<String, String> PARTS = new LinkedHashMap<>();

  static {
    PARTS.put("volumes", "volumes");
    PARTS.put("securityContext", "security-context");
    PARTS.put("affinity", "affinity");
    PARTS.put("tolerations", "tolerations");
    PARTS.put("nodeSelector", "node-selector");
    PARTS.put("topologySpreadConstraints", "topology-spread-constraints");
    PARTS.put("serviceAccountName", "service-account-name");
    PARTS.put("automountServiceAccountToken", "automount-service-account-token");
    PARTS.put("schedulerName", "scheduler-name");
    PARTS.put("priorityClassName", "priority-class-name");
    PARTS.put("hostname", "hostname");
    PARTS.put("subdomain", "subdomain");
    PARTS.put("terminationGracePeriodSeconds", "termination-grace-period");
  }

  private PodDrift() {}

  /// Whether a pod is made anew for no other reason than that the operator is newer.
  public static boolean isNewerOperator(String reason) {
    return reason.startsWith(OLD_BOOTSTRAP);
  }

  /// The reason, empty when there is none.
  static String of(ClusterView view, ObservedPod pod) {
    for (InstanceStorage.Claim claim : InstanceStorage.claims(view.blueprint(), pod.name())) {
      if (!pod.claims().contains(claim.name())) {
        return "attaching a new PVC to the instance Pod";
      }
    }
    String image = view.blueprint().image().name();
    if (!pod.image().isEmpty() && !pod.image().equals(image)) {
      return "the instance is using a different image: %s -> %s".formatted(pod.image(), image);
    }
    String bootstrap = oldBootstrap(view, pod);
    if (!bootstrap.isEmpty()) {
      return bootstrap;
    }
    String restart = view.cluster().meta().annotation(Annotations.RESTARTED_AT);
    if (!restart.isEmpty() && !restart.equals(pod.meta().annotation(Annotations.RESTARTED_AT))) {
      return "cluster has been explicitly restarted via annotation";
    }
    boolean ignored =
        view.cluster()
            .meta()
            .annotation(Annotations.RECONCILE_POD_SPEC)
            .equals(Annotations.DISABLED);
    if (ignored || pod.madeFrom().isEmpty()) {
      return "";
    }
    String wanted =
        view.blueprint()
            .memo()
            .once(
                "podSpec " + pod.name(),
                () -> InstancePod.spec(view.blueprint(), pod.name()).toString());
    if (pod.madeFrom().equals(wanted)) {
      return "";
    }
    try {
      return compare(Json.parse(pod.madeFrom()), Json.parse(wanted));
    } catch (IOException _) {
      return ""; // somebody else's annotation: nothing to compare with
    }
  }

  /// Pods get a new version of the instance manager by being made anew, unless it is replaced in
  /// place.
  private static String oldBootstrap(ClusterView view, ObservedPod pod) {
    String wanted = view.blueprint().settings().operatorImage();
    String is = pod.bootstrapImage();
    return view.blueprint().settings().inPlaceManagerUpdates() || is.isEmpty() || is.equals(wanted)
        ? ""
        : "%s %s -> %s".formatted(OLD_BOOTSTRAP, is, wanted);
  }

  private static String compare(ObjectNode was, ObjectNode wanted) {
    JsonNode projectedWas = Tree.named(was.path("volumes"), "name", "projected");
    JsonNode projected = Tree.named(wanted.path("volumes"), "name", "projected");
    if (!projected.equals(projectedWas)) {
      return "projected volume configuration changed";
    }
    for (Map.Entry<String, String> part : PARTS.entrySet()) {
      if (!same(was.path(part.getKey()), wanted.path(part.getKey()))) {
        return DIFFER + part.getValue();
      }
    }
    String container = containers(was.path("containers"), wanted.path("containers"));
    return container.isEmpty() ? "" : DIFFER + "containers: " + container;
  }

  private static String containers(JsonNode was, JsonNode wanted) {
    for (JsonNode container : wanted) {
      String name = container.path("name").asText();
      JsonNode before = Tree.named(was, "name", name);
      if (before.isMissingNode()) {
        return "container " + name + " is new";
      }
      for (Map.Entry<String, JsonNode> field : container.properties()) {
        if (!field.getKey().equals("image")
            && !same(before.path(field.getKey()), field.getValue())) {
          return "container " + name + " differs in " + field.getKey();
        }
      }
      for (Map.Entry<String, JsonNode> field : before.properties()) {
        if (!container.has(field.getKey())) {
          return "container " + name + " differs in " + field.getKey();
        }
      }
    }
    return "";
  }

  private static boolean same(JsonNode a, JsonNode b) {
    return a.equals(b) || (blank(a) && blank(b)) || sameEntries(a, b);
  }

  private static boolean blank(JsonNode node) {
    return node instanceof MissingNode
        || node.isNull()
        || (node.isContainerNode() && node.isEmpty());
  }

  /// Lists whose order says nothing: volumes, mounts, variables.
  private static boolean sameEntries(JsonNode a, JsonNode b) {
    if (!(a instanceof ArrayNode first) || !(b instanceof ArrayNode second)) {
      return false;
    }
    if (first.size() != second.size()) {
      return false;
    }
    for (JsonNode entry : first) {
      boolean found = false;
      for (JsonNode other : second) {
        found |= entry.equals(other);
      }
      if (!found) {
        return false;
      }
    }
    return !first.isEmpty() && first.path(0).has("name");
  }
}
