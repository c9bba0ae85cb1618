// SPDX-License-Identifier: Apache-2.0
/// Drives the leadership protocol: Lease, peers, guard and PostgreSQL as events and effects.
@NullMarked
package dev.howdah.instance.lead;

import org.jspecify.annotations.NullMarked;
