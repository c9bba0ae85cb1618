// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How long an orderly stop may take, so that the Lease can be released before the process is
/// killed. A pod is killed when its grace period is over: that of its deletion, which may be
/// shorter than `stopDelay`; two seconds, the kubelet's least, when it was deleted by force. Such a
/// pod is gone from the API server while its processes still run.
final class Grace {
  private static final Duration LEAST = Duration.ofSeconds(2);

  /// What comes after the stop: an immediate one, if it took too long, and the Lease.
  private static final Duration REST = Duration.ofSeconds(10);

  private Grace() {}

  /// @param pod as the API server has it now; null where it has none of this name
  /// @param uid of this pod
  /// @param stopDelay what the Cluster allows
  static Duration stopWithin(@Nullable JsonNode pod, String uid, Duration stopDelay) {
    Duration grace = of(pod, uid, stopDelay.plus(REST));
    Duration left =
        grace.compareTo(REST.multipliedBy(2)) < 0 ? grace.dividedBy(2) : grace.minus(REST);
    return left.compareTo(stopDelay) < 0 ? left : stopDelay;
  }

  private static Duration of(@Nullable JsonNode pod, String uid, Duration unknown) {
    boolean known = !uid.equals(Incarnation.UNKNOWN);
    if (pod == null || (known && !Json.uid(pod).equals(uid))) {
      return LEAST;
    }
    JsonNode seconds = pod.path("metadata").path("deletionGracePeriodSeconds");
    if (!seconds.isNumber()) {
      return unknown; // not the pod was deleted: something else has sent SIGTERM
    }
    Duration said = Duration.ofSeconds(seconds.asLong());
    return said.compareTo(LEAST) < 0 ? LEAST : said;
  }
}
