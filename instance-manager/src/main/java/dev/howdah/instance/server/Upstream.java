// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.wal.Timeline;
import dev.howdah.postgres.replication.RejoinDecision;
import java.util.Optional;

/// The instance that a standby follows, as the other parts know it.
public interface Upstream {
  /// Its address, asked for now if possible; empty if unknown.
  String address(String instance);

  /// What it says about the timeline that it writes; empty while it can't be asked or doesn't write
  /// it yet.
  Optional<RejoinDecision.Upstream> past(String instance, Timeline timeline)
      throws InterruptedException;
}
