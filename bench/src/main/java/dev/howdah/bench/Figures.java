// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import java.util.List;

/// The two figures that stand for many.
final class Figures {
  private Figures() {}

  static double median(List<Double> values) {
    var sorted = values.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  static double worst(List<Double> values) {
    return values.stream().mapToDouble(v -> v).max().orElseThrow();
  }
}
