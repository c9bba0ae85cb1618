// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Looks at an object of ours until what it asks for is over.
final class Following {
  private static final Duration PACE = Duration.ofMillis(300);

  private final KubeClient client;
  private final Resource resource;
  private final Duration patience;

  /// @param patience how long to look; what goes on in the cluster is not ended by that
  Following(KubeClient client, Resource resource, Duration patience) {
    this.client = client;
    this.resource = resource;
    this.patience = patience;
  }

  /// @param first as it was made
  /// @param seen gets each state that differs from the one before
  ObjectNode until(ObjectNode first, Predicate<ObjectNode> over, Consumer<ObjectNode> seen)
      throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    ObjectNode now = first;
    String version = "";
    while (true) {
      if (!Json.resourceVersion(now).equals(version)) {
        version = Json.resourceVersion(now);
        seen.accept(now);
      }
      if (over.test(now)) {
        return now;
      }
      if (System.nanoTime() > end) {
        throw new ProblemException(
            new Problem(
                "NOT_OVER_IN_TIME",
                "%s %s is not over after %d s"
                    .formatted(resource.kind(), Json.name(first), patience.toSeconds()),
                "It goes on in the background.",
                "See: kubectl get %s %s -n %s -o yaml"
                    .formatted(resource.plural(), Json.name(first), Json.namespace(first))));
      }
      Thread.sleep(PACE);
      now = read(first, now);
    }
  }

  /// An API server that is away for a moment ends nothing.
  private ObjectNode read(ObjectNode first, ObjectNode last) {
    try {
      ObjectNode now =
          client
              .find(resource, Json.namespace(first), Json.name(first))
              .filter(found -> Json.uid(found).equals(Json.uid(first)))
              .orElse(null);
      if (now == null) {
        throw new ProblemException(
            new Problem(
                "CANCELLED",
                "%s %s was deleted meanwhile, which cancels it"
                    .formatted(resource.kind(), Json.name(first)),
                "Nothing is to be done, or begin again."));
      }
      return now;
    } catch (KubeException e) {
      if (e.isTransient()) {
        return last;
      }
      throw e;
    }
  }
}
