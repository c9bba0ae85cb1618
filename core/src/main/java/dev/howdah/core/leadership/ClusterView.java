// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.sync.SyncSpec;
import java.util.List;

/// What the machine takes from the Cluster; a cached copy does.
///
/// @param targetPrimary `status.targetPrimary`; empty: not set
/// @param currentPrimary `status.currentPrimary`; empty: not set
/// @param fenced the names in the annotation `cnpg.io/fencedInstances`, `*` for all
/// @param instances `status.instanceNames`
public record ClusterView(
    String targetPrimary,
    String currentPrimary,
    List<String> fenced,
    List<String> instances,
    SyncSpec sync) {
  public static final ClusterView UNKNOWN =
      new ClusterView("", "", List.of(), List.of(), SyncSpec.NONE);

  public ClusterView {
    fenced = List.copyOf(fenced);
    instances = List.copyOf(instances);
  }

  public boolean isFenced(String instance) {
    return fenced.contains(instance) || fenced.contains("*");
  }
}
