// SPDX-License-Identifier: Apache-2.0
/// What to do about a Cluster: pure decisions from one [ClusterView] to a [Plan]. Begin with
/// [ClusterPlan].
@NullMarked
package dev.howdah.operator.cluster.plan;

import org.jspecify.annotations.NullMarked;
