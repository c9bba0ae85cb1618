// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import dev.howdah.core.metrics.MetricName;
import dev.howdah.core.metrics.Metrics;
import dev.howdah.core.metrics.Sample;
import dev.howdah.instance.metrics.UserQuery.Column;
import dev.howdah.postgres.wire.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Turns the rows of a query into samples.
final class ResultReader {
  private static final List<String> BESIDE_HISTOGRAM = List.of("_bucket", "_sum", "_count");

  private ResultReader() {}

  /// @throws IllegalArgumentException if the result isn't what the query's columns say
  static Metrics read(UserQuery query, Rows rows) {
    List<String> wanted = query.columns().stream().map(Column::name).toList();
    List<String> returned = new ArrayList<>(rows.names());
    query.columns().stream()
        .filter(column -> column.usage() == Usage.HISTOGRAM)
        .flatMap(column -> BESIDE_HISTOGRAM.stream().map(end -> column.name() + end))
        .filter(name -> !wanted.contains(name))
        .forEach(returned::remove);
    if (returned.size() != wanted.size() || !returned.containsAll(wanted)) {
      throw new IllegalArgumentException(
          "it returns the columns %s, and its metrics describe %s; describe each column once (DISCARD for those of no use)"
              .formatted(rows.names(), wanted));
    }
    var metrics = new Metrics();
    for (Rows.Row row : rows) {
      List<String> labels = new ArrayList<>();
      for (Column column : query.columns()) {
        if (column.usage() == Usage.LABEL) {
          labels.add(column.name());
          labels.add(row.text(column.name()));
        }
      }
      for (Column column : query.columns()) {
        if (column.metric() != null) {
          add(metrics, column, column.metric(), labels, row::get);
        }
      }
    }
    return metrics;
  }

  private static void add(
      Metrics metrics,
      Column column,
      MetricName name,
      List<String> labels,
      Function<String, @Nullable String> row) {
    String text = row.apply(column.name());
    switch (column.usage()) {
      case HISTOGRAM -> histogram(metrics, column.name(), name, labels, row);
      case DURATION ->
          metrics.add(name, new Sample("", labels, must(Figures.milliseconds(text), column, text)));
      case MAPPEDMETRIC ->
          metrics.add(
              name,
              new Sample(
                  "", labels, column.mapping().getOrDefault(text == null ? "" : text, Double.NaN)));
      default ->
          metrics.add(name, new Sample("", labels, must(Figures.number(text), column, text)));
    }
  }

  private static double must(OptionalDouble value, Column column, @Nullable String text) {
    return value.orElseThrow(() ->
        new IllegalArgumentException(
            "column %s, a %s, holds a text of %d characters that is no number"
                .formatted(column.name(), column.usage(), text == null ? 0 : text.length())));
  }

  private static void histogram(
      Metrics metrics,
      String column,
      MetricName name,
      List<String> labels,
      Function<String, @Nullable String> row) {
    List<Double> bounds = Figures.list(row.apply(column));
    List<Double> counts = Figures.list(row.apply(column + "_bucket"));
    if (bounds.size() != counts.size()) {
      throw new IllegalArgumentException(
          "histogram %s has %d bounds and %d counts"
              .formatted(column, bounds.size(), counts.size()));
    }
    double all = Figures.number(row.apply(column + "_count")).orElse(Double.NaN);
    for (int i = 0; i < bounds.size(); i++) {
      if (!Double.isInfinite(bounds.get(i))) {
        bucket(metrics, name, labels, Metrics.number(bounds.get(i)), counts.get(i));
      }
    }
    bucket(metrics, name, labels, "+Inf", all);
    double sum = Figures.number(row.apply(column + "_sum")).orElse(Double.NaN);
    metrics.add(name, new Sample("_sum", labels, sum));
    metrics.add(name, new Sample("_count", labels, all));
  }

  private static void bucket(
      Metrics metrics, MetricName name, List<String> labels, String bound, double count) {
    List<String> all = new ArrayList<>(labels);
    all.add("le");
    all.add(bound);
    metrics.add(name, new Sample("_bucket", all, count));
  }
}
