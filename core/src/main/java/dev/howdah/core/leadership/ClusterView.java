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
/// @param inOffice whether PostgreSQL here is a standby of another cluster while it leads this one,
///   so that nothing is committed that anybody could wait for; what `spec.replica` asks for may be
///   far from that
public record ClusterView(
    String targetPrimary,
    String currentPrimary,
    List<String> fenced,
    List<String> instances,
    SyncSpec sync,
    boolean inOffice) {
  public static final ClusterView UNKNOWN =
      new ClusterView("", "", List.of(), List.of(), SyncSpec.NONE);

  /// Of a cluster that follows no other one.
  public ClusterView(
      String targetPrimary,
      String currentPrimary,
      List<String> fenced,
      List<String> instances,
      SyncSpec sync) {
    this(targetPrimary, currentPrimary, fenced, instances, sync, false);
  }

  public ClusterView {
    fenced = List.copyOf(fenced);
    instances = List.copyOf(instances);
  }

  public boolean isFenced(String instance) {
    return fenced.contains(instance) || fenced.contains("*");
  }
}
