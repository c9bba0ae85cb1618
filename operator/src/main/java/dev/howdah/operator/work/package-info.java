// SPDX-License-Identifier: Apache-2.0
/// The queue of objects to look at: each once, never two passes of one object at the same time.
@NullMarked
package dev.howdah.operator.work;

import org.jspecify.annotations.NullMarked;
