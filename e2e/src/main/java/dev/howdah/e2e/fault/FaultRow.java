// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

/// One row of the fault catalogue, as it is done here.
///
/// @param id what the catalogue calls it, with a letter where it is done in several ways
/// @param outage how long writes may be away at most
/// @param action begins the fault and, where it doesn't end by itself, ends it
public record FaultRow(String id, String name, Outage outage, Action action) {
  /// What is done.
  @FunctionalInterface
  public interface Action {
    void run(Scene scene) throws Exception;
  }

  /// Classes of outages, for a lease of 6 s; with some allowance for a machine that is also the
  /// client's.
  public enum Outage {
    /// A stall.
    STALL(2.5),
    /// A handover, or a crash restart.
    HANDOVER(6),
    /// Until the lease is over.
    LEASE(13),
    /// As long as the fault lasts, on purpose.
    BLOCKED(60);

    private final double seconds;

    Outage(double seconds) {
      this.seconds = seconds;
    }

    public double seconds() {
      return seconds;
    }
  }
}
