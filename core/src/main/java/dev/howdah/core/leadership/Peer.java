// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.sync.Member;
import dev.howdah.core.wal.WalPosition;

/// Another instance, as it last reported itself.
///
/// @param led the highest term that a Lease was seen to name its data for
/// @param round of the request that it answered
record Peer(
    Member member,
    WalPosition position,
    boolean electable,
    long highestTerm,
    long led,
    long heardAt,
    long round) {}
