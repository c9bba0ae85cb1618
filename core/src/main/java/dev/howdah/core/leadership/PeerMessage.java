// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.wal.WalPosition;

/// What instance managers of a cluster say to each other. Any of them may be lost, late, doubled or
/// out of order; a reply names the `round` of its request.
public sealed interface PeerMessage {
  /// Who sent it.
  Identity from();

  long round();

  /// "The API server doesn't answer me. Don't vote for `duration` nanoseconds from now."
  record PromiseRequest(Identity from, long round, long term, long duration)
      implements PeerMessage {}

  /// @param reason why not; empty when granted
  record PromiseReply(Identity from, long round, boolean granted, String reason)
      implements PeerMessage {}

  /// "The Lease's revision `version` is free. Seal yourself for it and tell me what you have."
  ///
  /// @param position of the candidate: a voter that has more runs itself
  record VoteRequest(Identity from, long round, String version, WalPosition position)
      implements PeerMessage {}

  /// @param position the end of what the voter's data holds, read after it was sealed
  /// @param reason why not; empty when granted
  record VoteReply(
      Identity from,
      long round,
      String version,
      boolean granted,
      WalPosition position,
      String reason)
      implements PeerMessage {}

  /// "My PostgreSQL is gone, and the API server doesn't take my release: as long as the Lease's
  /// revision is `version`, which is mine, release it in my place." Answered by the Lease alone.
  ///
  /// @param end the exact end of its log; [WalPosition#NONE] if unknown
  /// @param preferred who should take it; empty: whoever is most advanced
  record ReleaseRequest(
      Identity from, long round, String version, WalPosition end, String preferred)
      implements PeerMessage {}

  /// "How far are you?"
  record PositionRequest(Identity from, long round) implements PeerMessage {}

  /// Also sent unasked, with round 0, by an instance whose data the holder doesn't know yet.
  ///
  /// @param electable running as a standby on usable data, not sealed or fenced, and following the
  ///   holder of `highestTerm`
  /// @param led the highest term that a Lease was seen to name its data for; 0: none
  record PositionReply(
      Identity from,
      long round,
      WalPosition position,
      boolean electable,
      long highestTerm,
      long led)
      implements PeerMessage {}
}
