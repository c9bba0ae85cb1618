// SPDX-License-Identifier: Apache-2.0
/// The DatabaseRole kind: a role of a cluster.
@NullMarked
package dev.howdah.api.databaserole;

import org.jspecify.annotations.NullMarked;
