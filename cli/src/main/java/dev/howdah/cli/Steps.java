// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import java.io.PrintWriter;

/// Says what is going on, once, and since when it does.
final class Steps {
  private final PrintWriter out;
  private final long began = System.nanoTime();
  private String told = "";

  Steps(PrintWriter out) {
    this.out = out;
  }

  /// @param step empty: nothing is to be said
  /// @param detail may be empty
  void tell(String step, String detail) {
    String line = detail.isEmpty() ? step : step + ": " + detail;
    if (!step.isEmpty() && !line.equals(told)) {
      told = line;
      out.printf("%6.1f s  %s%n", (System.nanoTime() - began) / 1e9, line);
      out.flush();
    }
  }
}
