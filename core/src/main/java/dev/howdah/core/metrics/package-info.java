// SPDX-License-Identifier: Apache-2.0
/// Metrics as values, and how Prometheus reads them.
@NullMarked
package dev.howdah.core.metrics;

import org.jspecify.annotations.NullMarked;
