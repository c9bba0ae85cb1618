// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.lead;

import dev.howdah.core.leadership.Event;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Notices that the machine may have stood still without its boot-time clock telling: a virtual
/// machine that was paused or moved, whose wall clock was set forward afterwards. A wall clock that
/// is set back says nothing of that.
final class Suspension {
  private static final Duration LARGEST = Duration.ofSeconds(1);

  private final InstantSource wall;
  private final LongSupplier bootNanos;
  private long difference;

  Suspension(InstantSource wall, LongSupplier bootNanos) {
    this.wall = wall;
    this.bootNanos = bootNanos;
    this.difference = difference();
  }

  /// What happened since it was asked last.
  Optional<Event> look() {
    long before = difference;
    difference = difference();
    Duration ahead = Duration.ofNanos(difference - before);
    return ahead.compareTo(LARGEST) > 0
        ? Optional.of(
            new Event.ClockJumped(
                "the wall clock went forward by %d ms against the boot-time clock"
                    .formatted(ahead.toMillis())))
        : Optional.empty();
  }

  private long difference() {
    return Duration.ofMillis(wall.millis()).toNanos() - bootNanos.getAsLong();
  }
}
