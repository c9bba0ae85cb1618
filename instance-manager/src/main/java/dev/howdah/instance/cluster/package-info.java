// SPDX-License-Identifier: Apache-2.0
/// The Cluster that this instance belongs to: as it is, as last seen, and what we report to it.
@NullMarked
package dev.howdah.instance.cluster;

import org.jspecify.annotations.NullMarked;
