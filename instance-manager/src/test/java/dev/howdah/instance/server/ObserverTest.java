// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.instance.guard.BootClock;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.ServerAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// No server runs.
class ObserverTest {
  private static final WalPosition SEEN = WalPosition.of(4, 900);

  private final List<Event> events = new ArrayList<>();
  @TempDir private Path folder;
  private final BootClock clock = new BootClock();
  private Observer observer;

  @BeforeEach
  void observe() throws Exception {
    var data = new DataDirectory(folder);
    var process = Contexts.idle(folder);
    var sql =
        new PgServer(
            new ServerAddress.Local(folder, 5432),
            PgServer.session("postgres", "postgres", "test"),
            Duration.ofSeconds(1));
    observer =
        new Observer(data, process, sql, clock, events::add, Duration.ZERO, Duration.ofSeconds(1));
  }

  /// Between the last look and the stop more may have been acknowledged, which whoever may be
  /// elected from then on has to have.
  @Test
  void doesNotTellWhatThePrimaryWasOnceItIsToFollowAnotherCluster() throws Exception {
    observer.down(PostgresStatus.primary(SEEN)); // as it was seen last
    observer.restarted();
    observer.designate(true);
    events.clear();
    lookLater();

    assertThat(events).isEmpty();
  }

  /// The first time there was nobody to tell it to.
  @Test
  void tellsAgainThatNoServerRuns() throws Exception {
    var down = PostgresStatus.down(Data.PRIMARY, SEEN, Exit.CLEAN);
    observer.down(down);
    events.clear();
    lookLater();

    assertThat(events).containsExactly(new Event.PostgresChanged(down));
  }

  /// The clock is coarse.
  private void lookLater() throws Exception {
    for (long before = clock.nanos(); clock.nanos() == before; ) {
      Thread.sleep(1);
    }
    observer.look();
  }
}
