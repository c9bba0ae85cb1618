// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

/// Something that goes wrong, or is asked for, during a schedule.
///
/// @param at virtual time in nanoseconds; for the kinds that strike at an effect, not before then
/// @param node an instance
/// @param other another one, or a number whose meaning depends on the kind; for volumes that are
///   lost or rolled back at an effect: so many instances after the one that did it
/// @param lasts nanoseconds until it is healed
/// @param trigger the effect's simple name, for kinds that strike right after one; else empty
record Fault(Kind kind, long at, int node, int other, long lasts, String trigger) {
  enum Kind {
    /// The instance manager dies and is started again.
    MANAGER_KILLED,
    /// The instance manager alone stands still, and goes on.
    MANAGER_PAUSED,
    /// All processes of the instance stand still, and go on.
    MACHINE_FROZEN,
    /// Power loss.
    MACHINE_CRASHED,
    /// The postmaster dies; its backends go on until somebody kills them.
    POSTGRES_CRASHED,
    POSTGRES_HUNG,
    /// PostgreSQL gives up because of an I/O error.
    STORAGE_FAILED,
    GUARD_KILLED,
    /// The next promotion that is ordered fails before PostgreSQL hears of it; the next start as
    /// primary that is ordered is begun much later, if nothing else was ordered since.
    ORDER_LOST,
    /// Two instances don't reach each other.
    CUT,
    /// `node` doesn't reach `other`, which reaches `node`.
    CUT_ONE_WAY,
    CUT_FROM_API,
    /// Cut from the API server and from everybody else.
    ISOLATED,
    API_DOWN,
    /// Half of the calls fail; some of those are done all the same, at once or later.
    API_FLAKY,
    /// Messages between instances are lost, doubled and late.
    NETWORK_BAD,
    WATCH_STALE,
    /// Power loss, and the data doesn't come back.
    VOLUME_LOST,
    /// Power loss, and the volume comes back as it once was.
    VOLUME_ROLLED_BACK,
    /// The Pod is deleted by force and runs elsewhere, while the old machine runs on.
    REPLACED,
    /// etcd is restored from a backup.
    LEASE_RESTORED,
    /// All is gone but the volumes, which a new Cluster of the same name takes over.
    CLUSTER_RECREATED,
    SWITCHOVER,
    /// SIGTERM, and a new start.
    TERMINATED,
    /// The operator has the primary's pod restarted: PostgreSQL stops, its Lease is kept, and the
    /// next run goes on.
    RESTARTED,
    /// Another version of the instance manager goes on with PostgreSQL as it is.
    UPDATED,
    /// `other` says to what.
    SYNC_CHANGED,
    FENCED_BY_HAND,
    /// The operator looks whether the holder is dead.
    PROOF_OF_DEATH,
    CLOCK_JUMPED,
    /// Somebody deletes the Lease; the operator makes a new one.
    LEASE_DELETED,
    /// A promotion or a start that gets nowhere, or only slowly; `other` says which ([Stuck]). It
    /// is of interest only together with the loss of a primary, see [Recipes#stuck].
    STUCK
  }

  boolean isAtEffect() {
    return !trigger.isEmpty();
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    text.append("%7.3f s  ".formatted(at / 1e9)).append(kind);
    switch (kind) {
      case API_DOWN,
          API_FLAKY,
          NETWORK_BAD,
          WATCH_STALE,
          PROOF_OF_DEATH,
          ORDER_LOST,
          LEASE_DELETED,
          LEASE_RESTORED -> {}
      case CLUSTER_RECREATED ->
          text.append(other == 0 ? ", the last primary is asked first" : " with n" + node);
      case STUCK -> text.append(" n").append(node).append(' ').append(Stuck.of(other));
      case SYNC_CHANGED -> text.append(" to ").append(Scenario.spec(other));
      case CUT, CUT_ONE_WAY -> text.append(" n").append(node).append(" n").append(other);
      default -> text.append(" n").append(node);
    }
    if (lasts > 0) {
      text.append(" for %.3f s".formatted(lasts / 1e9));
    }
    if (isAtEffect()) {
      text.append(" after the next ").append(trigger);
    }
    return text.toString();
  }
}
