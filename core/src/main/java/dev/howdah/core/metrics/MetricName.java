// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.metrics;

import java.util.List;
import java.util.regex.Pattern;

/// A metric that a program exports: what its manual lists.
///
/// @param labels their names, in the order of the values of a [Sample]
public record MetricName(String name, MetricType type, List<String> labels, String help) {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
  private static final Pattern LABEL = Pattern.compile("(?!__)[a-zA-Z_][a-zA-Z0-9_]*");

  public MetricName {
    labels = List.copyOf(labels);
    if (!isName(name) || !labels.stream().allMatch(MetricName::isLabel)) {
      throw new IllegalArgumentException("no metric: " + name + labels);
    }
  }

  public static MetricName gauge(String name, String help, String... labels) {
    return new MetricName(name, MetricType.GAUGE, List.of(labels), help);
  }

  public static MetricName counter(String name, String help, String... labels) {
    return new MetricName(name, MetricType.COUNTER, List.of(labels), help);
  }

  /// Whether Prometheus takes it as the name of a metric.
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /// Whether Prometheus takes it as the name of a label, and doesn't keep it for itself.
  public static boolean isLabel(String text) {
    return LABEL.matcher(text).matches();
  }
}
