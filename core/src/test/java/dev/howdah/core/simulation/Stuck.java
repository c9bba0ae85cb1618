// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

/// Ways in which PostgreSQL doesn't come to accept writes. Nothing but its end helps a process that
/// hangs.
enum Stuck {
  /// It goes as it should.
  NONE,
  /// The next promotion, whosoever, hangs before it has changed anything.
  AT_ONCE,
  /// The next promotion hangs when it has begun its timeline, before it lets anybody in.
  HALF_WAY,
  /// The next promotion lets clients in, but its instance manager doesn't get to see that.
  UNSEEN,
  /// Each promotion of this instance hangs, until the faults are over.
  ALWAYS,
  /// Each promotion of this instance, and each start as primary, fails, until the faults are over.
  FAILS,
  /// The next start as primary hangs.
  START,
  /// The next promotion has much to do, and gets on.
  SLOW;

  static Stuck of(int number) {
    return values()[1 + Math.floorMod(number, values().length - 1)];
  }

  boolean isOfOneInstance() {
    return this == ALWAYS || this == FAILS;
  }
}
