// SPDX-License-Identifier: Apache-2.0
/// What the operator keeps of the objects it looks at: small, immutable records.
@NullMarked
package dev.howdah.operator.cluster.observed;

import org.jspecify.annotations.NullMarked;
