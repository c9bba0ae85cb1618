// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A Cluster as its user wants to see it at a glance.
///
/// @param phase `status.phase`, empty while there is none
/// @param reason `status.phaseReason`
/// @param ready whether the phase is the healthy one and as many instances as asked for are ready
record ClusterView(
    String namespace,
    String name,
    String phase,
    String reason,
    int wanted,
    int readyInstances,
    String primary,
    boolean ready,
    List<Instance> instances,
    List<String> warnings) {
  ClusterView {
    instances = List.copyOf(instances);
    warnings = List.copyOf(warnings);
  }

  /// Whether, beyond what the API server says, every server answers by itself, one of them as the
  /// primary, and no standby still looks for the one that it follows. After an API server was away,
  /// what it says is what was true before.
  boolean settled() {
    return ready
        && instances.stream().noneMatch(i -> i.lsn().isEmpty() || i.isPassing())
        && instances.stream().filter(i -> i.lagBytes() == null).count() == 1;
  }

  /// One line of the table.
  ///
  /// @param role `primary`, `standby`, or empty before it has one
  /// @param timeline 0 while unknown
  /// @param lagBytes how far replay is behind the primary's write position; absent for the primary
  ///   and while unknown
  record Instance(
      String name,
      String role,
      String state,
      long timeline,
      String lsn,
      @Nullable Long lagBytes,
      String address) {
    /// A standby that answers queries, but doesn't stream.
    static final String NOT_STREAMING = "not streaming";

    /// Its pod is said to be the primary's, and it is a standby still or already.
    static final String CHANGING_ROLE = "changing role";

    private static final Set<String> PASSING = Set.of(NOT_STREAMING, CHANGING_ROLE);

    private boolean isPassing() {
      return PASSING.contains(state);
    }
  }
}
