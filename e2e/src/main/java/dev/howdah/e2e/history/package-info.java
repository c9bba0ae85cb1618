// SPDX-License-Identifier: Apache-2.0
/// A client's history: what was acknowledged, what is there afterwards, how long nothing went.
@NullMarked
package dev.howdah.e2e.history;

import org.jspecify.annotations.NullMarked;
