// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.guard;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The boot-time clock, `CLOCK_BOOTTIME`: it also counts while the machine is suspended.
///
/// Read from `/proc/uptime`, which the guard reads too, in hundredths of a second, rounded down: so
/// a permit that counts from a reading never ends too late.
public final class BootClock {
  private static final long NANOS = 10_000_000;
  private final RandomAccessFile uptime;
  private final byte[] buffer = new byte[64];

  public BootClock() {
    try {
      uptime = new RandomAccessFile("/proc/uptime", "r");
    } catch (IOException e) {
      throw new UncheckedIOException("/proc/uptime is not readable", e);
    }
  }

  /// Nanoseconds since the machine was started.
  public synchronized long nanos() {
    try {
      uptime.seek(0);
      int length = uptime.read(buffer);
      String text = new String(buffer, 0, length, StandardCharsets.US_ASCII);
      String seconds = text.substring(0, text.indexOf(' '));
      return Long.parseLong(seconds.replace(".", "")) * NANOS;
    } catch (IOException e) {
      throw new UncheckedIOException("/proc/uptime is not readable", e);
    }
  }

  static long ofHundredths(long hundredths) {
    return hundredths * NANOS;
  }

  /// What the guard compares with: hundredths of a second, rounded down.
  static long hundredths(long nanos) {
    return nanos / NANOS;
  }
}
