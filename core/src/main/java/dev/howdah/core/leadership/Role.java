// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

/// Where an instance stands in the protocol. All but [FOLLOWER] and [ENDED] hold the Lease, or have
/// held it and are making sure that PostgreSQL is gone.
public enum Role {
  /// Not the holder: reads the Lease, follows whoever holds it, votes, and may run.
  FOLLOWER,
  /// PostgreSQL outlived the run that started it as the primary, and writes on under that run's
  /// permit; the Lease is still that run's.
  ADOPTING,
  /// The Lease is ours; PostgreSQL starts on its own data.
  STARTING,
  /// The Lease is ours by election; PostgreSQL is being promoted.
  PROMOTING,
  /// PostgreSQL accepts writes.
  LEADING,
  /// PostgreSQL crashed: choosing between a restart here and a handover.
  CRASHED,
  /// A planned stop: PostgreSQL shuts down, then the Lease goes to another.
  HANDING_OVER,
  /// Holds the Lease with PostgreSQL stopped, because a person fenced the instance.
  STOPPED_BY_HAND,
  /// PostgreSQL is being killed; nothing else is done before it is gone.
  FENCING,
  /// The Lease is being released; PostgreSQL is gone.
  RELEASING,
  /// The instance manager may end.
  ENDED
}
