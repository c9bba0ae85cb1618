// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.LeaseCodec;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.observed.ObservedLease;
import dev.howdah.operator.cluster.observed.ObservedNode;
import dev.howdah.operator.cluster.observed.ObservedPod;
import dev.howdah.operator.cluster.plan.Action;
import dev.howdah.operator.tree.Tree;
import java.util.Optional;
import java.util.Set;

/// Takes the Lease from a holder that is proved dead: reads the Lease, then the proof once more,
/// then writes if the Lease is still the same. A run that lives would have changed it.
final class LeaseFreer {
  private final KubeClient client;

  LeaseFreer(KubeClient client) {
    this.client = client;
  }

  /// The freed Lease; empty when it isn't as it was seen, or the proof doesn't hold any more.
  Optional<ObjectNode> free(String namespace, String cluster, Action.FreeLease action) {
    Optional<ObjectNode> read = client.find(Resource.LEASES, namespace, cluster);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    ObjectNode object = read.get();
    ObservedLease lease = ObservedLease.of(object);
    boolean same = !lease.holder().isEmpty() && lease.incarnation().equals(action.incarnation());
    if (!same || !confirmed(namespace, lease, action)) {
      return Optional.empty();
    }
    LeaseRecord freed = decode(object).freedFromTheDead(action.incarnation());
    LeaseCodec.LeaseFields fields = LeaseCodec.encode(freed);
    object.withObject("/spec").put("holderIdentity", fields.holderIdentity());
    ObjectNode annotations = object.withObject("/metadata").withObject("/annotations");
    fields.annotations().forEach(annotations::put);
    return Optional.of(client.update(Resource.LEASES, object));
  }

  private boolean confirmed(String namespace, ObservedLease lease, Action.FreeLease action) {
    Optional<ObjectNode> found = client.find(Resource.PODS, namespace, lease.holder());
    Optional<ObservedPod> pod =
        found.map(ObservedPod::of).filter(p -> p.meta().uid().equals(action.pod()));
    return switch (action.proof()) {
      case POD_ENDED -> pod.isEmpty() || pod.get().provedDead();
      case CONTAINER_ENDED ->
          pod.isPresent() && pod.get().postgres().state() != ObservedPod.State.RUNNING;
      case NODE_RESTARTED ->
          pod.isPresent()
              && pod.get().postgres().state() != ObservedPod.State.RUNNING
              && node(pod.get())
                  .filter(node -> !Set.of("", lease.boot()).contains(node.bootId()))
                  .isPresent();
      case NODE_OUT_OF_SERVICE ->
          pod.flatMap(this::node)
              .filter(node -> node.taints().contains(ObservedNode.OUT_OF_SERVICE))
              .isPresent();
    };
  }

  private Optional<ObservedNode> node(ObservedPod pod) {
    return client.find(Resource.NODES, "", pod.node()).map(ObservedNode::of);
  }

  /// What a Lease says.
  static LeaseRecord decode(ObjectNode object) {
    ObservedLease lease = ObservedLease.of(object);
    return LeaseCodec.decode(
        new LeaseCodec.LeaseFields(
            lease.holder(),
            lease.duration(),
            object.path("spec").path("leaseTransitions").asLong(0),
            Tree.texts(object.path("metadata").path("annotations"))));
  }
}
