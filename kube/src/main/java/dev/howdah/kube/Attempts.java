// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import java.time.Duration;
import java.util.function.Supplier;

/// Calls that are made again, for one reason each and so often at most; the last failure is thrown.
public final class Attempts {
  private Attempts() {}

  /// Reads, decides and writes what holds only of what was read. A Cluster's status is written all
  /// the time, so where somebody else was quicker, all of it is done anew.
  public static <T> T unlessChanged(int most, Supplier<T> attempt) {
    for (int i = 1; ; i++) {
      try {
        return attempt.get();
      } catch (KubeException e) {
        if (!e.isConflict() || i == most) {
          throw e;
        }
      }
    }
  }

  /// Insists while the API server is away for moments.
  public static <T> T whileAway(int most, Duration pause, Supplier<T> call)
      throws InterruptedException {
    for (int i = 1; ; i++) {
      try {
        return call.get();
      } catch (KubeException e) {
        if (!e.isTransient() || i == most) {
          throw e;
        }
        Thread.sleep(pause);
      }
    }
  }
}
