// SPDX-License-Identifier: Apache-2.0
/// Benchmarks against peers and physical limits.
@NullMarked
package dev.howdah.bench;

import org.jspecify.annotations.NullMarked;
