// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.kube.Resource;
import dev.howdah.operator.tree.Tree;
import java.util.ArrayList;
import java.util.List;

/// The PodDisruptionBudgets: how many instances an eviction must leave.
public final class Budgets {
  private static final int LEAST_INSTANCES = 3;

  private Budgets() {}

  /// Those that the Cluster shall have. While nodes are maintained and volumes stay, standbys may
  /// be evicted as the maintainers like, and so may a primary that is alone.
  ///
  /// @param existing instances. Those that are too many count until they are gone: which ones go
  ///   isn't known before, and an eviction must not leave them alone
  public static List<ObjectNode> desired(Blueprint blueprint, int existing) {
    var spec = blueprint.spec();
    if (!spec.enablePdb()) {
      return List.of();
    }
    var window = spec.nodeMaintenanceWindow();
    boolean maintained = window != null && window.inProgress() && window.reusePvc();
    int instances = Math.max(spec.instances(), existing);
    var budgets = new ArrayList<ObjectNode>();
    if (!maintained || instances > 1) {
      budgets.add(
          budget(blueprint, ObjectNames.primaryBudget(blueprint.name()), Labels.PRIMARY, 1));
    }
    if (!maintained && instances >= LEAST_INSTANCES) {
      budgets.add(budget(blueprint, blueprint.name(), Labels.REPLICA, instances - 2));
    }
    return budgets;
  }

  private static ObjectNode budget(Blueprint blueprint, String name, String role, int least) {
    ObjectNode object =
        blueprint.object(
            Resource.POD_DISRUPTION_BUDGETS, name, blueprint.appLabels(), blueprint.annotations());
    object.set(
        "spec",
        Tree.map(
            "minAvailable",
            least,
            "selector",
            Tree.map(
                "matchLabels",
                Tree.map(Labels.CLUSTER, blueprint.name(), Labels.INSTANCE_ROLE, role))));
    return object;
  }
}
