// SPDX-License-Identifier: Apache-2.0
/// The objects that a Cluster yields, each a pure function of its [Blueprint].
@NullMarked
package dev.howdah.operator.cluster.desired;

import org.jspecify.annotations.NullMarked;
