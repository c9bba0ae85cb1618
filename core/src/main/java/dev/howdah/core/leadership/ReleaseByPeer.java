// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.PeerMessage.ReleaseRequest;
import dev.howdah.core.leadership.Write.Purpose;
import dev.howdah.core.wal.WalPosition;

/// A holder that is done, and that the API server doesn't hear any more, has the others release its
/// Lease: it is cut off, or its pod was deleted by force, and its token went with it.
///
/// It says what revision of the Lease it stopped at. Before it starts PostgreSQL again the Lease
/// gets another one, so a request that comes late releases nothing.
final class ReleaseByPeer {
  private ReleaseByPeer() {}

  /// @param write the release that failed
  static void ask(Turn turn, Write write) {
    if (turn.role != Role.RELEASING || !turn.isDown()) {
      return;
    }
    LeaseRecord released = write.record();
    WalPosition end = released.complete() ? released.position() : WalPosition.NONE;
    var request =
        new ReleaseRequest(turn.self, turn.newId(), write.version(), end, released.preferred());
    for (String name : turn.others()) {
      turn.send(name, request);
    }
  }

  static void asked(Turn turn, ReleaseRequest request) {
    LeaseRecord record = turn.lease.record();
    if (turn.role != Role.FOLLOWER
        || turn.write != null
        || record == null
        || turn.lease.version().isEmpty()
        || turn.lease.restored()) {
      return;
    }
    if (isMeant(turn, record, request)) {
      LeaseRecord released = record.released(request.end(), request.preferred());
      LeaseLoop.write(turn, released, Purpose.RELEASE_FOR_PEER);
    } else {
      turn.read(); // it asks again
    }
  }

  private static boolean isMeant(Turn turn, LeaseRecord record, ReleaseRequest request) {
    return turn.has(SafetyRule.PEER_RELEASES_WHAT_WAS_MEANT)
        ? turn.lease.version().equals(request.version()) && record.isHeldBy(request.from())
        : record.holder().equals(request.from().name());
  }
}
