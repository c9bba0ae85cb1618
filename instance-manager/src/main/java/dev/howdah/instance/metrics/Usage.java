// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

/// What a column of a query is for; the names are the API's.
enum Usage {
  /// Nothing.
  DISCARD,
  /// A label of all metrics of the query.
  LABEL,
  COUNTER,
  GAUGE,
  /// A gauge whose texts stand for numbers.
  MAPPEDMETRIC,
  /// An interval, told in milliseconds.
  DURATION,
  /// Bounds; the columns beside it hold the counts.
  HISTOGRAM
}
