// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import java.util.Optional;

/// The instance that a standby follows, as the other parts know it.
public interface Upstream {
  /// Its address, asked for now if possible; empty if unknown.
  String address(String instance);

  /// What it says about the timeline that it writes; empty while it can't be asked or doesn't write
  /// it yet.
  Optional<Past> past(String instance, Timeline timeline) throws InterruptedException;

  /// A timeline's past.
  ///
  /// @param rewindable its writer has made a checkpoint on it, without which `pg_rewind` doesn't
  ///   see it
  record Past(TimelineHistory history, boolean rewindable) {}
}
