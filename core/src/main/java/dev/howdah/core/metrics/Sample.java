// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.metrics;

import java.util.List;

/// One number of a metric.
///
/// @param suffix after the metric's name, as `_bucket` of a histogram; mostly empty
/// @param labels names and values in turn
public record Sample(String suffix, List<String> labels, double value) {
  public Sample {
    labels = List.copyOf(labels);
    if (labels.size() % 2 != 0) {
      throw new IllegalArgumentException("a label without a value: " + labels);
    }
  }
}
