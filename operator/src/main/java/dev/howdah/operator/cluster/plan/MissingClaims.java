// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import dev.howdah.operator.cluster.desired.InstanceStorage;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.ObservedPod;
import dev.howdah.operator.cluster.observed.ObservedVolume;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Claims that an instance shall have and hasn't. One that it never had is made; one that is gone
/// has taken a part of the data with it. As the two look alike, the claim of the data says from
/// which ones the server has run.
final class MissingClaims {
  /// On the claim of the data: their names, with commas.
  private static final String USED = "howdah.dev/usedClaims";

  private MissingClaims() {}

  static List<InstanceStorage.Claim> of(ClusterView view, Instance instance) {
    Set<String> there =
        instance.volumes().stream().map(ObservedVolume::name).collect(Collectors.toSet());
    Set<String> leaving =
        instance.leaving().stream().map(ObservedVolume::name).collect(Collectors.toSet());
    return InstanceStorage.claims(view.blueprint(), instance.name()).stream()
        .filter(claim -> !there.contains(claim.name()) && !leaving.contains(claim.name()))
        .toList();
  }

  /// Whether the instance had it. Where nothing is noted, the others tell: what the Cluster has
  /// just been given nobody has yet.
  static boolean isGone(ClusterView view, Instance instance, InstanceStorage.Claim claim) {
    String used = used(instance);
    if (!used.isEmpty()) {
      return List.of(used.split(",")).contains(claim.name());
    }
    String which = claim.name().substring(instance.name().length());
    return view.existing().stream()
        .filter(other -> !other.name().equals(instance.name()))
        .anyMatch(
            other -> other.volumes().stream().anyMatch(v -> v.name().equals(other.name() + which)));
  }

  private static String used(Instance instance) {
    return instance.data().map(volume -> volume.meta().annotation(USED)).orElse("");
  }

  /// There is one of that name, but its volume is lost, or it was set aside.
  static boolean isUnusable(
      ClusterView view, Instance instance, InstanceStorage.Claim claim, Draft draft) {
    boolean there = view.volumes().stream().anyMatch(v -> v.name().equals(claim.name()));
    if (there) {
      draft.warn(
          "VolumeNotUsable",
          "claim %s has lost its volume, or was set aside: bring the volume back, or, if %s isn't the primary, delete the pod, and the instance is made anew"
              .formatted(claim.name(), instance.name()));
    }
    return there;
  }

  /// Notes what the server runs from: it may have put something there by now.
  static void note(Instance instance, Draft draft) {
    ObservedPod pod = instance.pod();
    if (pod == null || pod.postgres().state() != ObservedPod.State.RUNNING) {
      return;
    }
    String now = pod.claims().stream().sorted().collect(Collectors.joining(","));
    if (!now.isEmpty() && !now.equals(used(instance))) {
      draft.annotate(instance, USED, now, "its server runs from these claims");
    }
  }
}
