// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import org.jspecify.annotations.Nullable;

/// All rules of a Cluster.
final class ClusterRules {
  private ClusterRules() {}

  /// @param cluster with its defaults
  /// @param asWritten without them, for what only concerns what a person wrote
  static void check(
      Place cluster, ObjectNode asWritten, @Nullable Place before, Findings findings) {
    Place spec = cluster.at("spec");
    MetadataRules.check(cluster, findings);
    ImageRules.check(cluster, asWritten, findings);
    BootstrapRules.check(cluster, findings);
    RecoveryRules.check(spec, findings);
    ExternalClusterRules.check(cluster, findings);
    ReplicaRules.check(cluster, findings);
    ClusterBackupRules.check(spec, findings);
    StorageRules.check(spec, findings);
    PodRules.check(cluster, findings);
    TimingRules.check(spec, findings);
    SynchronousRules.check(cluster, findings);
    ParameterRules.check(cluster, findings);
    AccessRules.check(spec, findings);
    ExtensionRules.check(cluster, findings);
    ManagedRules.check(cluster, findings);
    ClusterWarnings.check(cluster, asWritten, findings);
    if (before != null) {
      ClusterUpdateRules.check(cluster, before, findings);
    }
  }
}
