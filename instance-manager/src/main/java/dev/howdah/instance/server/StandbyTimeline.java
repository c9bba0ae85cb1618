// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import java.io.IOException;

/// The newest timeline that the log of one run of a standby has been on.
final class StandbyTimeline {
  private Timeline known = Timeline.NONE;
  private Lsn lookedUpTo = Lsn.ZERO;

  /// What the files say.
  @FunctionalInterface
  interface Files {
    Timeline timeline() throws IOException;
  }

  /// Without a WAL receiver the log moves by the archive, onto any timeline.
  ///
  /// @param received what the WAL receiver says; [Timeline#NONE] if there is none
  /// @param end of the log
  /// @param files asked only if they may say something new
  Timeline at(Timeline received, Lsn end, Files files) throws IOException {
    Timeline newest = received;
    if (received.equals(Timeline.NONE) && !end.equals(lookedUpTo)) {
      newest = files.timeline();
      lookedUpTo = end;
    }
    known = newest.compareTo(known) > 0 ? newest : known;
    return known;
  }
}
