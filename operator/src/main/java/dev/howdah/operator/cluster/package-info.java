// SPDX-License-Identifier: Apache-2.0
/// Clusters: observed, decided about, acted upon, reported. [ClusterController] ties it together.
@NullMarked
package dev.howdah.operator.cluster;

import org.jspecify.annotations.NullMarked;
