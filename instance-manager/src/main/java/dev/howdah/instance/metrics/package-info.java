// SPDX-License-Identifier: Apache-2.0
/// What an instance tells Prometheus: its own figures, and those of SQL queries. Pure: queries and
/// their results as values. With I/O: [Exporter], [QueryRun], [QuerySources].
@NullMarked
package dev.howdah.instance.metrics;

import org.jspecify.annotations.NullMarked;
