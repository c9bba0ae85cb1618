// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.Phases;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.ObservedVolume;
import dev.howdah.operator.tree.Tree;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Takes over volumes that an earlier Cluster of the same name has left behind, rather than making
/// new, empty ones beside them: all of them, and none is used before the status names all. The one
/// that is to lead asks whom it finds there whether they know of a later primary.
final class AdoptionPlan {
  private AdoptionPlan() {}

  /// @return whether there is anything to take over: nothing else may be done about instances
  static boolean decide(ClusterView view, Draft draft) {
    boolean begun =
        view.initialized()
            || !view.cluster().currentPrimary().isEmpty()
            || !view.pods().isEmpty()
            || view.existing().stream().anyMatch(Instance::initializing);
    if (begun) {
      return false;
    }
    String cluster = view.cluster().meta().uid();
    List<ObservedVolume> volumes =
        view.volumes().stream()
            .filter(v -> v.counts() && Set.of("", cluster).contains(v.meta().owner()))
            .toList();
    List<ObservedVolume> orphans =
        volumes.stream().filter(volume -> volume.meta().owner().isEmpty()).toList();
    Optional<ObservedVolume> primary =
        volumes.stream()
            .filter(volume -> volume.role().equals(Labels.PG_DATA))
            .max(
                Comparator.<ObservedVolume, Boolean>comparing(
                        v -> v.meta().label(Labels.INSTANCE_ROLE).equals(Labels.PRIMARY))
                    .thenComparingInt(ObservedVolume::serial));
    if (primary.isEmpty() || (orphans.isEmpty() && areNamed(view))) {
      return false;
    }
    String name = primary.get().instance();
    draft.phase(Phases.SETTING_UP_PRIMARY, "Taking over the volumes of an earlier Cluster");
    if (orphans.isEmpty()) {
      return true; // the status is about to name them
    }
    draft.normal(
        "AdoptingVolumes",
        "volumes of an earlier Cluster of this name are taken over; %s becomes the primary"
            .formatted(name));
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

  private static boolean areNamed(ClusterView view) {
    var named = new HashSet<String>();
    view.cluster().status().path("instanceNames").forEach(name -> named.add(name.asText()));
    return view.existing().stream().map(Instance::name).allMatch(named::contains);
  }
}
