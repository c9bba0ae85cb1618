// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How long a pod's processes have to end by themselves. All containers share one deadline, which
/// only ever comes nearer.
final class GracePeriod {
  /// The kubelet's least, for a pod deleted by force, too: an instance counts on it to stop in
  /// order.
  private static final Duration LEAST = Duration.ofSeconds(2);

  private static final int DEFAULT_SECONDS = 30;

  private @Nullable Duration limit;
  private @Nullable Instant killBy;

  /// What the pod itself asks for.
  static Duration of(JsonNode pod) {
    return Duration.ofSeconds(
        pod.path("spec").path("terminationGracePeriodSeconds").asLong(DEFAULT_SECONDS));
  }

  /// The runtime closes, and gives no more than this.
  void limit(Duration most) {
    limit = most;
  }

  /// What is left of it.
  ///
  /// @param gone the object is no longer there, so that nobody says how long
  Duration left(JsonNode pod, boolean gone, Instant now) {
    Instant wanted = now.plus(full(pod, gone));
    if (killBy == null || wanted.isBefore(killBy)) {
      killBy = wanted;
    }
    Duration left = Duration.between(now, killBy);
    return left.isNegative() ? Duration.ZERO : left;
  }

  private Duration full(JsonNode pod, boolean gone) {
    if (limit != null) {
      return limit;
    }
    if (gone) {
      return LEAST;
    }
    JsonNode asked = pod.path("metadata").path("deletionGracePeriodSeconds");
    return asked.isNumber()
        ? Duration.ofSeconds(Math.max(LEAST.toSeconds(), asked.asLong()))
        : of(pod);
  }
}
