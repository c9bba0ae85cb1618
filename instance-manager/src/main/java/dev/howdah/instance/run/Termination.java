// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.guard.Guard;
import dev.howdah.instance.server.Server;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What SIGTERM does: hand over, stop PostgreSQL, release the Lease, end. The Java runtime waits
/// for it, as its shutdown hook.
///
/// @param api answers within the protocol's retry period or fails
/// @param isPrimary whether this instance holds the Lease and writes
/// @param handOver asks the protocol to stop; it ends the process
/// @param longest how long an orderly stop may take
/// @param hurry hears how long it may take as the pod is deleted now
record Termination(
    Ending ending,
    PodEnvironment pod,
    String podUid,
    KubeClient api,
    Server server,
    Guard guard,
    BooleanSupplier isPrimary,
    Runnable handOver,
    Supplier<Duration> longest,
    Consumer<Duration> hurry)
    implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Termination.class);
  private static final Duration GRACE = Duration.ofSeconds(30);
  private static final String RESTARTED =
      "Primary instance is being restarted without a switchover";

  @Override
  public void run() {
    if (ending.hasBegun()) {
      return;
    }
    LOG.info("asked to end");
    if (isPrimary.getAsBoolean()) {
      hurry.accept(stopWithin());
    }
    try {
      if (comesBack()) {
        LOG.info("the primary's pod is replaced: PostgreSQL stops, the Lease is kept");
        server.restarts().stopToComeBack();
        ending.halt();
      }
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("error", e.getMessage()).log("not stopped, handing over instead");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    handOver.run();
    try {
      if (!ending.await(longest.get().plus(GRACE))) {
        LOG.error("not ended in time");
        guard.kill();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ending.halt();
  }

  private Duration stopWithin() {
    Duration allowed = longest.get();
    try {
      var now = api.find(Resource.PODS, pod.namespace(), pod.pod()).orElse(null);
      Duration within = Grace.stopWithin(now, podUid, allowed);
      if (within.compareTo(allowed) < 0) {
        LOG.atInfo().addKeyValue("within", within).log("PostgreSQL has to stop in time");
      }
      return within;
    } catch (KubeException e) {
      return allowed;
    }
  }

  /// Whether this primary is only restarted: the operator says so before it deletes the pod. Should
  /// it not come back in time, its Lease runs out, as after a crash.
  private boolean comesBack() {
    if (!isPrimary.getAsBoolean()) {
      return false;
    }
    try {
      JsonNode now = api.get(Resource.CLUSTERS, pod.namespace(), pod.cluster());
      return now.path("status").path("phase").asText("").equals(RESTARTED);
    } catch (KubeException e) {
      return false;
    }
  }
}
