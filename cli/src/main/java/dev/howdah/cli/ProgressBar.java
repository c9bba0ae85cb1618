// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import java.io.PrintWriter;
import java.util.Locale;

/// One line that shows how far something long is; only on a terminal.
final class ProgressBar implements AutoCloseable {
  private static final long PACE_NANOS = 200_000_000;
  private static final int WIDTH = 30;
  private final PrintWriter out;
  private final String what;
  private final long total;
  private final boolean shown = System.console() != null && System.console().isTerminal();
  private final long began = System.nanoTime();
  private long done;
  private long drawn;

  /// @param total 0 if unknown
  ProgressBar(PrintWriter out, String what, long total) {
    this.out = out;
    this.what = what;
    this.total = total;
  }

  synchronized void add(long more) {
    done += more;
    if (shown && System.nanoTime() - drawn > PACE_NANOS) {
      drawn = System.nanoTime();
      out.print("\r" + line(what, done, total, drawn - began) + "\u001b[K");
      out.flush();
    }
  }

  static String line(String what, long done, long total, long nanos) {
    double rate = nanos <= 0 ? 0 : done * 1e9 / nanos;
    var speed = Tables.bytes((long) rate) + "/s";
    if (total <= 0) {
      return "%s  %s  %s".formatted(what, Tables.bytes(done), speed);
    }
    double share = Math.min(1, (double) done / total);
    int full = (int) (share * WIDTH);
    long left = rate <= 0 ? 0 : (long) (Math.max(0, total - done) / rate);
    return String.format(
        Locale.ROOT,
        "%s  [%s%s] %3.0f %%  %s of %s  %s  %d s left",
        what,
        "=".repeat(full),
        " ".repeat(WIDTH - full),
        share * 100,
        Tables.bytes(done),
        Tables.bytes(total),
        speed,
        left);
  }

  @Override
  public synchronized void close() {
    if (shown && drawn > 0) {
      out.print("\r\u001b[K");
      out.flush();
    }
  }
}
