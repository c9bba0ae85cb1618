// SPDX-License-Identifier: Apache-2.0
/// The Pooler kind: PgBouncer in front of a cluster.
@NullMarked
package dev.howdah.api.pooler;

import org.jspecify.annotations.NullMarked;
