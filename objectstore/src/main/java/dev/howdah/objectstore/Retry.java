// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How often and how long a call is repeated after faults that pass: exponential back-off with full
/// jitter, up to a deadline for the call as a whole.
public record Retry(int attempts, Duration first, Duration longest, Duration deadline) {
  public static final Retry DEFAULT =
      new Retry(8, Duration.ofMillis(100), Duration.ofSeconds(10), Duration.ofMinutes(2));

  /// For tests and for callers that have retries of their own.
  public static final Retry NONE =
      new Retry(1, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofSeconds(30));

  /// One attempt of a call.
  @FunctionalInterface
  public interface Attempt<T> {
    T run();
  }

  /// Runs the call until it succeeds, fails for good, or attempts or time are used up.
  public <T> T call(RandomGenerator random, Attempt<T> attempt) {
    long end = System.nanoTime() + deadline.toNanos();
    for (int n = 1; ; n++) {
      try {
        return attempt.run();
      } catch (StoreException e) {
        long pause = pauseNanos(n, random);
        if (!e.isTransient() || n >= attempts || System.nanoTime() + pause > end) {
          throw e;
        }
        sleep(pause, e);
      }
    }
  }

  long pauseNanos(int failedAttempts, RandomGenerator random) {
    double cap = Math.min(longest.toNanos(), first.toNanos() * Math.pow(2, failedAttempts - 1.0));
    return (long) (cap * (0.5 + random.nextDouble() / 2));
  }

  private static void sleep(long nanos, StoreException cause) {
    try {
      Thread.sleep(Duration.ofNanos(nanos));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw cause;
    }
  }
}
