// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

/// The phase of a Cluster that asks for a restart in place. It stays until somebody writes another
/// one, which may fail, and what is known of it may be old: it asks once all the same.
final class RestartRequest {
  private static final String PHASE = "Primary instance is being restarted in-place";

  private boolean seen;
  private boolean served;

  /// Whether a restart is asked for that wasn't done.
  ///
  /// @param phase the Cluster's, as far as it is known
  boolean asked(String phase) {
    seen = phase.equals(PHASE);
    served &= seen;
    return seen && !served;
  }

  void done() {
    served = true;
  }

  /// Whether the Cluster still asks for what was done.
  boolean isToBeTold() {
    return seen && served;
  }
}
