// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import java.util.List;
import java.util.Locale;

/// The figures that stand for many.
final class Figures {
  private Figures() {}

  static double median(List<Double> values) {
    var sorted = values.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  /// A figure beside its goal, for the last lines of a bench.
  static String against(String what, double value, double goal, String unit) {
    return String.format(
        Locale.ROOT,
        "goal: %s %.2f %s, aim %.2f %s: %s",
        what,
        value,
        unit,
        goal,
        unit,
        value <= goal ? "reached" : "MISSED");
  }

  static double worst(List<Double> values) {
    return values.stream().mapToDouble(v -> v).max().orElseThrow();
  }
}
