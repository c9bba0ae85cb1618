// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.wal.WalPosition;

/// The holder's way out: after a crash, or in a planned stop.
///
/// @param target who should take over; empty: whoever can
/// @param until the present phase's deadline
/// @param round of the first position requests of this phase
/// @param stopping PostgreSQL was told to stop, or is gone
/// @param end the exact end of the log once it is gone; [WalPosition#NONE] while unknown
/// @param starts failed in a row
/// @param promotion PostgreSQL was being promoted: `end` is where the log ended before that
record Outgoing(
    String target,
    long until,
    long round,
    boolean stopping,
    WalPosition end,
    int starts,
    boolean promotion) {
  static final Outgoing NONE = new Outgoing("", 0, 0, false, WalPosition.NONE, 0);

  Outgoing(String target, long until, long round, boolean stopping, WalPosition end, int starts) {
    this(target, until, round, stopping, end, starts, false);
  }

  /// @param end all that was ever acknowledged is before it
  static Outgoing promotion(WalPosition end) {
    return new Outgoing("", 0, 0, false, end, 0, true);
  }

  Outgoing asStopping() {
    return new Outgoing(target, until, round, true, end, starts, promotion);
  }

  Outgoing in(long round, long until) {
    return new Outgoing(target, until, round, stopping, end, starts, promotion);
  }

  Outgoing to(String successor, long now) {
    return new Outgoing(successor, now, 0, true, end, 0, promotion);
  }
}
