// SPDX-License-Identifier: Apache-2.0
/// What the operator tells Prometheus.
@NullMarked
package dev.howdah.operator.metrics;

import org.jspecify.annotations.NullMarked;
