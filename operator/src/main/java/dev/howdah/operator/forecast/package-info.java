// SPDX-License-Identifier: Apache-2.0

/// What a change of a Cluster would lead to, played through in memory with the operator's own
/// decisions.
@NullMarked
package dev.howdah.operator.forecast;

import org.jspecify.annotations.NullMarked;
