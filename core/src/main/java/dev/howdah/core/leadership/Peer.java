// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.sync.Member;
import dev.howdah.core.wal.WalPosition;

/// Another instance, as it last reported itself.
///
/// @param round of the request that it answered
record Peer(
    Member member,
    WalPosition position,
    boolean electable,
    long highestTerm,
    long heardAt,
    long round) {}
