// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.Phases;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.ObservedVolume;
import dev.howdah.operator.tree.Tree;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Takes over volumes that an earlier Cluster of the same name has left behind, rather than making
/// new, empty ones beside them.
final class AdoptionPlan {
  private AdoptionPlan() {}

  /// @return whether there is anything to take over
  static boolean decide(ClusterView view, Draft draft) {
    if (view.initialized() || !view.cluster().currentPrimary().isEmpty()) {
      return false;
    }
    List<ObservedVolume> orphans =
        view.volumes().stream().filter(v -> v.meta().owner().isEmpty() && v.counts()).toList();
    Optional<ObservedVolume> primary =
        orphans.stream()
            .filter(volume -> volume.role().equals(Labels.PG_DATA))
            .max(
                Comparator.<ObservedVolume, Boolean>comparing(
                        v -> v.meta().label(Labels.INSTANCE_ROLE).equals(Labels.PRIMARY))
                    .thenComparingInt(ObservedVolume::serial));
    if (primary.isEmpty()) {
      return false;
    }
    String name = primary.get().instance();
    draft.normal(
        "AdoptingVolumes",
        "volumes of an earlier Cluster of this name are taken over; %s becomes the primary"
            .formatted(name));
    draft.phase(Phases.SETTING_UP_PRIMARY, "Taking over the volumes of an earlier Cluster");
    draft.add(new Action.SetTarget(name, "adoption", "its volume was the primary's"));
    for (ObservedVolume volume : orphans) {
      ObjectNode metadata =
          Tree.map(
              "ownerReferences",
              Tree.list(view.blueprint().owner()),
              "annotations",
              Tree.map(Annotations.PVC_STATUS, Annotations.PVC_READY));
      draft.add(
          new Action.Merge(
              Resource.PERSISTENT_VOLUME_CLAIMS,
              volume.meta(),
              Tree.map("metadata", metadata),
              "adoption",
              "an earlier Cluster of this name has left it behind"));
    }
    return true;
  }
}
