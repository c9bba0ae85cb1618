// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.wal.Timeline;
import dev.howdah.postgres.command.ControlData;
import dev.howdah.postgres.command.ControlData.State;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.WalDirectory;
import java.io.IOException;
import java.util.Set;

/// What a promotion leaves that ended half-way: PostgreSQL removes `standby.signal` some time
/// before its control file names the timeline that it begins. Started as it is, such data becomes a
/// primary on the timeline that it followed, and its log another one under the same name: whoever
/// has more of the old one would pass for one that has all of the new one.
///
/// Nobody could write there before the control file names the new timeline. So it is a standby
/// still.
final class HalfPromotion {
  private static final Set<State> RECOVERING =
      Set.of(State.IN_ARCHIVE_RECOVERY, State.SHUT_DOWN_IN_RECOVERY);

  private HalfPromotion() {}

  /// Whether this is so of data without `standby.signal`. The first segment of the new timeline is
  /// made before that goes.
  static boolean isLeftIn(DataDirectory data, ControlData control) throws IOException {
    Timeline begun = WalDirectory.of(data).newestTimeline(control.walSegmentBytes());
    return RECOVERING.contains(control.state()) && begun.compareTo(control.recoveryTimeline()) > 0;
  }
}
