// SPDX-License-Identifier: Apache-2.0
/// The Cluster kind: a primary, its standbys, and everything that belongs to them.
@NullMarked
package dev.howdah.api.cluster;

import org.jspecify.annotations.NullMarked;
