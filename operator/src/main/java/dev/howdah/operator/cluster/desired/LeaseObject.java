// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Resource;
import dev.howdah.operator.tree.Tree;

/// The Lease that decides who is the primary. The operator makes it, empty, and never names a
/// holder.
public final class LeaseObject {
  private static final int DEFAULT_DURATION = 15;

  private LeaseObject() {}

  /// The Lease as it is made.
  public static ObjectNode desired(Blueprint blueprint) {
    ObjectNode object =
        blueprint.object(
            Resource.LEASES, blueprint.name(), blueprint.labels(), blueprint.annotations());
    var timing = blueprint.spec().primaryLease();
    object.set(
        "spec",
        Tree.map(
            "leaseDurationSeconds",
            timing == null ? DEFAULT_DURATION : timing.leaseDurationSeconds()));
    return object;
  }
}
