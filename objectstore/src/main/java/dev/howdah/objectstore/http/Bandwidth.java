// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.http;

import dev.howdah.http.Toll;
import java.io.InterruptedIOException;
import java.time.Duration;

/// A limit on bytes a second, shared by all connections of a store and both directions. Lets a
/// tenth of a second's worth through at once.
public final class Bandwidth implements Toll {
  /// No limit.
  public static final Bandwidth UNLIMITED = new Bandwidth(0);

  private final long bytesPerSecond;
  private long paidUntil = System.nanoTime();

  /// @param bytesPerSecond 0 for no limit
  public Bandwidth(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /// Waits until these bytes may pass.
  @Override
  public void take(int bytes) throws InterruptedIOException {
    if (bytesPerSecond <= 0 || bytes <= 0) {
      return;
    }
    long price = bytes * 1_000_000_000L / bytesPerSecond;
    long wait;
    synchronized (this) {
      long now = System.nanoTime();
      long burst = 100_000_000L;
      paidUntil = Math.max(paidUntil, now - burst) + price;
      wait = paidUntil - now;
    }
    if (wait > 0) {
      try {
        Thread.sleep(Duration.ofNanos(wait));
      } catch (InterruptedException e) {
        synchronized (this) {
          paidUntil -= price; // they don't pass
        }
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("cancelled");
      }
    }
  }
}
