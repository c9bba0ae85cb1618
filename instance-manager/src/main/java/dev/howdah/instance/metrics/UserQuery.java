// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import dev.howdah.core.metrics.MetricName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A query whose rows are metrics.
///
/// @param name its key in the ConfigMap or Secret
/// @param predicate a query that says whether this one is of use here; empty: it is
/// @param primaryOnly whether standbys leave it out
/// @param catalogOnly whether names are looked up in PostgreSQL's own schema only
/// @param databases names and patterns; empty: the default database
record UserQuery(
    String name,
    String sql,
    String predicate,
    boolean primaryOnly,
    boolean catalogOnly,
    VersionRange servers,
    List<String> databases,
    List<Column> columns) {
  UserQuery {
    databases = List.copyOf(databases);
    columns = List.copyOf(columns);
  }

  /// The same, with names looked up in PostgreSQL's own schema only.
  UserQuery asCatalogOnly() {
    return new UserQuery(name, sql, predicate, primaryOnly, true, servers, databases, columns);
  }

  /// A column of the result.
  ///
  /// @param metric what it becomes; null for a label and what is discarded
  /// @param mapping of texts to numbers
  record Column(
      String name, Usage usage, @Nullable MetricName metric, Map<String, Double> mapping) {
    Column {
      mapping = Map.copyOf(mapping);
    }
  }

  /// The metrics that it can yield.
  List<MetricName> metrics() {
    return columns.stream()
        .<MetricName>mapMulti((column, out) -> {
          if (column.metric() != null) {
            out.accept(column.metric());
          }
        })
        .toList();
  }
}
