// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.metrics;

import java.util.Locale;

/// What kind of number a metric is, in Prometheus' words.
public enum MetricType {
  COUNTER,
  GAUGE,
  HISTOGRAM;

  /// As the text format writes it.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
