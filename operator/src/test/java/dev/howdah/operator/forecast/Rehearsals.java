// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.forecast;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.cluster.Preparation;
import dev.howdah.operator.cluster.Preparer;
import dev.howdah.operator.cluster.observed.ObservedCluster;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Clusters that have been played through from nothing to health.
public final class Rehearsals {
  private Rehearsals() {}

  /// The situation that a new Cluster ends in.
  public static Situation healthy(ObjectNode cluster, Instant now) {
    var preparer = new Preparer(OperatorSettings.defaults(), _ -> Optional.empty());
    if (!(preparer.prepare(ObservedCluster.of(cluster)) instanceof Preparation.Ready ready)) {
      throw new AssertionError("refused: " + cluster);
    }
    var world = new ImaginedWorld(cluster.deepCopy(), now);
    new Rehearsal(world, ready.blueprint(), ready.unsupported(), Set.of())
        .perform("", List.of(), List.of());
    return new Situation(
        world.cluster(), world.others(), Map.copyOf(world.reports()), List.of(), Set.of(), now);
  }
}
