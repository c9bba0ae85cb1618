// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.leadership.State;
import dev.howdah.core.sync.Member;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Shows in the FailoverQuorum which standbys confirm commits, as the Lease says it. For people and
/// other programs: elections go by the Lease alone.
public final class QuorumMirror {
  private static final Logger LOG = LoggerFactory.getLogger(QuorumMirror.class);
  private static final long PAUSE_MILLIS = 1_000;

  private final KubeClient kube;
  private final ClusterSource cluster;
  private final String namespace;
  private final Supplier<State> state;
  private ObjectNode written = Json.object();

  public QuorumMirror(
      KubeClient kube, ClusterSource cluster, String namespace, Supplier<State> state) {
    this.kube = kube;
    this.cluster = cluster;
    this.namespace = namespace;
    this.state = state;
  }

  /// Shows it until interrupted.
  public void run() throws InterruptedException {
    while (true) {
      try {
        once();
      } catch (KubeException e) {
        written = Json.object();
        LOG.atDebug().addKeyValue("error", e.getMessage()).log("FailoverQuorum not written");
      }
      Thread.sleep(PAUSE_MILLIS);
    }
  }

  private void once() {
    JsonNode resource = cluster.current();
    State now = state.get();
    LeaseRecord lease = now.leaseRecord();
    JsonNode wanted = resource.path("spec").path("postgresql").path("synchronous");
    if (!now.leads() || lease == null || !wanted.path("failoverQuorum").asBoolean(false)) {
      written = Json.object();
      return;
    }
    ObjectNode status = status(lease, wanted.path("method").asText("any"));
    if (!status.equals(written)) {
      ObjectNode patch = Json.object();
      patch.set("status", status);
      kube.patchStatus(
          Resource.FAILOVER_QUORUMS, namespace, Json.name(resource), new Patch.Merge(patch));
      written = status;
    }
  }

  static ObjectNode status(LeaseRecord lease, String method) {
    ObjectNode status = Json.object();
    status.put("method", method.toUpperCase(java.util.Locale.ROOT));
    ArrayNode names = status.putArray("standbyNames");
    for (Member voter : lease.quorum().voters()) {
      names.add(voter.name());
    }
    status.put("standbyNumber", lease.quorum().acknowledgements());
    return status.put("primary", lease.holder());
  }
}
