// SPDX-License-Identifier: Apache-2.0
/// Decisions and their vocabulary: pure, no I/O, clock, chance or threads.
@NullMarked
package dev.howdah.core;

import org.jspecify.annotations.NullMarked;
