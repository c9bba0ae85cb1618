// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.PeerMessage.VoteRequest;
import dev.howdah.core.wal.WalPosition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// This instance's votes.
///
/// @param promisedUntil no vote against a held Lease before this instant
/// @param sealing the version for which [Effect.Seal] is under way; empty: none
/// @param sealedAt what this instance has, known once it is sealed for the durable seal's version
/// @param waiting requests to answer when the Lease was read or the seal is complete
record Ballot(
    long promisedUntil, String sealing, @Nullable WalPosition sealedAt, List<VoteRequest> waiting) {
  static final Ballot NONE = new Ballot(Long.MIN_VALUE, "", null, List.of());
}
