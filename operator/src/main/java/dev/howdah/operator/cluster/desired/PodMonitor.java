// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.cluster.MonitoringConfiguration;
import dev.howdah.api.meta.RelabelConfig;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.tree.Tree;
import java.util.List;
import java.util.Optional;

/// Tells the Prometheus operator to read the instances' metrics.
public final class PodMonitor {
  /// A kind of the Prometheus operator, which not every cluster has.
  public static final Resource RESOURCE =
      new Resource("monitoring.coreos.com", "v1", "podmonitors", "PodMonitor", true);

  private PodMonitor() {}

  /// Absent unless `spec.monitoring.enablePodMonitor`.
  public static Optional<ObjectNode> desired(Blueprint blueprint) {
    MonitoringConfiguration monitoring = blueprint.spec().monitoring();
    if (monitoring == null || !monitoring.enablePodMonitor()) {
      return Optional.empty();
    }
    ObjectNode object =
        blueprint.object(RESOURCE, blueprint.name(), blueprint.labels(), blueprint.annotations());
    ObjectNode endpoint = Tree.map("port", "metrics");
    if (monitoring.tls() != null && monitoring.tls().enabled()) {
      endpoint.put("scheme", "https");
      endpoint.set("tlsConfig", verification(blueprint));
    }
    relabel(endpoint, "relabelings", monitoring.podMonitorRelabelings());
    relabel(endpoint, "metricRelabelings", monitoring.podMonitorMetricRelabelings());
    object.set(
        "spec",
        Tree.map(
            "selector",
            Tree.map(
                "matchLabels",
                Tree.map(
                    Labels.CLUSTER, blueprint.name(), Labels.POD_ROLE, Labels.POD_ROLE_INSTANCE)),
            "podMetricsEndpoints",
            Tree.list(endpoint)));
    return Optional.of(object);
  }

  /// A certificate that was brought along need not carry the name; ours does.
  private static ObjectNode verification(Blueprint blueprint) {
    SecretNames names = SecretNames.of(blueprint);
    boolean own = names.serverTls().equals(ObjectNames.serverSecret(blueprint.name()));
    return Tree.map(
        "ca",
        Tree.map("secret", Tree.map("name", names.serverCa(), "key", "ca.crt")),
        "serverName",
        ObjectNames.readWriteService(blueprint.name()),
        "insecureSkipVerify",
        !own);
  }

  private static void relabel(ObjectNode endpoint, String field, List<RelabelConfig> steps) {
    if (!steps.isEmpty()) {
      endpoint.set(field, Json.mapper().valueToTree(steps));
    }
  }
}
