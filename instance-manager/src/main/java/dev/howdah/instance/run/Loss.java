// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/// What a change of the primary may have cost of the acknowledged transactions.
///
/// @param bytes of the log, at most; negative while that is unknown
record Loss(long bytes, String words) {
  static final Loss SAME_DATA = new Loss(0, "none: the same data");

  /// With synchronous replication nothing that was acknowledged is lost; a planned change hands
  /// over the log to its end. Else the Lease says how far the old primary was when it last wrote
  /// there, and what it acknowledged after that is unknown until it is back. One that was elected
  /// and not promoted says where its own log ended, and nothing of the primary before it.
  ///
  /// @param before the Lease that was taken; null: not known
  /// @param taken where the new primary's log ended when it was elected
  static Loss of(@Nullable LeaseRecord before, WalPosition taken) {
    if (before == null) {
      return new Loss(-1, "unknown: the Lease of before was not seen");
    }
    WalPosition end = before.position();
    boolean reached = taken.timeline().equals(end.timeline()) && taken.isAtLeast(end);
    boolean promoted = before.timeline().equals(end.timeline());
    if (before.complete() && reached && promoted) {
      return new Loss(0, "none: the new primary has the old one's log to its end");
    }
    if (!before.quorum().asynchronous()) {
      return new Loss(0, "none: synchronous replication");
    }
    if (before.complete() && !promoted) {
      return new Loss(
          -1,
          "unknown: asynchronous replication, taken over at %s from %s, which was elected and not promoted"
              .formatted(taken, before.owner().name()));
    }
    if (taken.equals(WalPosition.NONE) || !taken.timeline().equals(end.timeline())) {
      return new Loss(
          -1,
          "unknown: asynchronous replication, taken over at %s, the old primary was at %s"
              .formatted(taken, end));
    }
    long missing = Math.max(0, end.lsn().bytesSince(taken.lsn()));
    if (before.complete()) {
      return new Loss(
          missing,
          "asynchronous replication: %d bytes of the log (taken over at %s, the old primary stopped at %s)"
              .formatted(missing, taken, end));
    }
    return new Loss(
        -1,
        "asynchronous replication: %d bytes are known to be missing (taken over at %s, the old primary was at %s), and what it wrote after that"
            .formatted(missing, taken, end));
  }
}
