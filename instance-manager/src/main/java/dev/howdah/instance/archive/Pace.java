// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import java.time.Duration;

/// When something that is done every so often is due: what failed sooner, at growing distances.
/// Times are of `System.nanoTime`.
final class Pace {
  private static final Duration FIRST_RETRY = Duration.ofSeconds(15);

  private final Duration usually;
  private boolean soon = true;
  private Duration distance = FIRST_RETRY;
  private long lastAt;

  Pace(Duration usually) {
    this.usually = usually;
  }

  boolean isDue(long now) {
    return soon || now - lastAt >= distance.toNanos();
  }

  /// It is due now.
  void soon() {
    soon = true;
    distance = FIRST_RETRY;
  }

  void succeeded(long now) {
    soon = false;
    lastAt = now;
    distance = usually;
  }

  void failed(long now) {
    boolean isFirst = soon || distance.equals(usually);
    soon = false;
    lastAt = now;
    Duration doubled = isFirst ? FIRST_RETRY : distance.multipliedBy(2);
    distance = doubled.compareTo(usually) < 0 ? doubled : usually.minusNanos(1);
  }
}
