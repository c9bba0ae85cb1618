// SPDX-License-Identifier: Apache-2.0
/// RestoreDrills and DatabaseRestores: temporary Clusters that are recovered from a Cluster's own
/// archive, what is done with them, and that they go again.
@NullMarked
package dev.howdah.operator.recovery;

import org.jspecify.annotations.NullMarked;
