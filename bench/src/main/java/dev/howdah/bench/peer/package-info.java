// SPDX-License-Identifier: Apache-2.0
/// The same faults and the same client for other products.
@NullMarked
package dev.howdah.bench.peer;

import org.jspecify.annotations.NullMarked;
