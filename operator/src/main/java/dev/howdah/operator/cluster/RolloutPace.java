// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// How fast a new version of the operator goes through the Clusters: `INSTANCES_ROLLOUT_DELAY`
/// between two instances of one Cluster, `CLUSTERS_ROLLOUT_DELAY` between those of two.
final class RolloutPace {
  private final OperatorSettings settings;
  private final InstantSource clock;
  private final Map<Key, Instant> last = new ConcurrentHashMap<>();

  RolloutPace(OperatorSettings settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /// An instance of this Cluster is being updated.
  void began(Key cluster) {
    last.put(cluster, clock.instant());
  }

  /// How long the Cluster has to wait.
  Duration left(Key cluster) {
    Instant now = clock.instant();
    Duration longest = Duration.ZERO;
    for (Map.Entry<Key, Instant> entry : last.entrySet()) {
      Duration delay =
          entry.getKey().equals(cluster)
              ? settings.instancesRolloutDelay()
              : settings.clustersRolloutDelay();
      Duration left = Duration.between(now, entry.getValue().plus(delay));
      longest = left.compareTo(longest) > 0 ? left : longest;
    }
    return longest;
  }

  void forget(Key cluster) {
    last.remove(cluster);
  }
}
