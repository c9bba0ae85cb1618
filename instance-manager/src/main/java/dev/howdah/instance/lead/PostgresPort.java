// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.lead;

import dev.howdah.core.leadership.Effect;
import dev.howdah.core.leadership.Effect.StopReason;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.wal.Timeline;
import java.time.Duration;

/// What the leadership protocol asks of the PostgreSQL server. All but [#fence] and [#callOff] only
/// start their work, in order; a later order ends one that is still at work. What came of it is
/// reported as events.
public interface PostgresPort {
  void seal(String version);

  void startAsPrimary(SyncConfig sync, boolean open);

  /// The running primary is this run's from now on.
  void adopt(SyncConfig sync);

  void open();

  void follow(Effect.Follow order);

  void promote(Timeline timeline, SyncConfig sync);

  /// Nothing ordered before starts the server any more; what runs all the same is killed. False
  /// when that isn't sure.
  boolean callOff() throws InterruptedException;

  /// Returns when no process of the server is left. False when that isn't sure.
  boolean fence(String reason) throws InterruptedException;

  void stop(Duration deadline, StopReason reason);

  void applySync(SyncConfig config);
}
