// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Resource;
import java.util.Optional;

/// The FailoverQuorum, in which the primary mirrors what the Lease says of synchronous standbys.
public final class FailoverQuorumObject {
  private FailoverQuorumObject() {}

  /// Present while the Cluster asks for it.
  public static Optional<ObjectNode> desired(Blueprint blueprint) {
    var postgresql = blueprint.spec().postgresql();
    boolean wanted =
        postgresql != null
            && postgresql.synchronous() != null
            && Boolean.TRUE.equals(postgresql.synchronous().failoverQuorum());
    return wanted
        ? Optional.of(
            blueprint.object(
                Resource.FAILOVER_QUORUMS,
                blueprint.name(),
                blueprint.labels(),
                blueprint.annotations()))
        : Optional.empty();
  }
}
