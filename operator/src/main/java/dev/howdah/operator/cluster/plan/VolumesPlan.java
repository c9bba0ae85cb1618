// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.desired.InstanceStorage;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.ObservedVolume;
import dev.howdah.operator.tree.Tree;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;

/// Lets volumes grow. They never shrink.
final class VolumesPlan {
  private VolumesPlan() {}

  static void decide(ClusterView view, Draft draft) {
    for (Instance instance : view.existing()) {
      for (InstanceStorage.Claim claim :
          InstanceStorage.claims(view.blueprint(), instance.name())) {
        instance.volumes().stream()
            .filter(volume -> volume.name().equals(claim.name()))
            .findFirst()
            .ifPresent(volume -> grow(instance, claim, volume, draft));
      }
    }
  }

  private static void grow(
      Instance instance, InstanceStorage.Claim claim, ObservedVolume volume, Draft draft) {
    String size = claim.size();
    if (size.isEmpty() || size.equals(volume.requested()) || volume.requested().isEmpty()) {
      return;
    }
    int compared = bytes(size).compareTo(bytes(volume.requested()));
    if (compared == 0) {
      return;
    }
    if (compared < 0) {
      draft.warn(
          "VolumeNotShrunk",
          "volume %s has %s, more than the %s asked for; volumes never shrink, so it stays"
              .formatted(volume.name(), volume.requested(), size));
    } else if (claim.configuration().resizeInUseVolumes()) {
      draft.add(
          new Action.Merge(
              Resource.PERSISTENT_VOLUME_CLAIMS,
              volume.meta(),
              Tree.map(
                  "spec", Tree.map("resources", Tree.map("requests", Tree.map("storage", size)))),
              instance.name(),
              "it shall grow from %s to %s".formatted(volume.requested(), size)));
    }
  }

  private static BigDecimal bytes(String quantity) {
    try {
      return Quantity.getAmountInBytes(Quantity.parse(quantity));
    } catch (RuntimeException _) {
      return BigDecimal.ZERO;
    }
  }
}
