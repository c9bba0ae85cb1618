// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.guard.BootClock;
import dev.howdah.instance.guard.Guard;
import dev.howdah.postgres.command.Installation;
import dev.howdah.postgres.command.Launch;
import dev.howdah.postgres.command.PostgresPrograms;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.ServerAddress;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// No server runs.
class ObserverTest {
  private static final WalPosition SEEN = WalPosition.of(4, 900);

  private final List<Event> events = new ArrayList<>();
  @TempDir private Path folder;
  private Observer observer;

  @BeforeEach
  void observe() throws Exception {
    var pod =
        PodEnvironment.of(
            Map.of(
                "POD_NAME", "main-1",
                "NAMESPACE", "default",
                "CLUSTER_NAME", "main",
                "HOWDAH_ROOT", folder.toString()));
    var programs =
        new PostgresPrograms(
            new Installation(folder.resolve("no-programs"), 15, "15.8"), Launch.plain(), _ -> {});
    var data = new DataDirectory(folder);
    var clock = new BootClock();
    var answers = new PipedInputStream(new PipedOutputStream());
    var guard = new Guard(answers, OutputStream.nullOutputStream(), clock, 0, _ -> {}, _ -> {});
    var process =
        new ServerProcess(new ServerContext(pod, data, programs, "postgres"), guard, (_, _) -> {});
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
    Thread.sleep(50); // the clock is coarse
    observer.look();

    assertThat(events).isEmpty();
  }

  /// The first time there was nobody to tell it to.
  @Test
  void tellsAgainThatNoServerRuns() throws Exception {
    var down = PostgresStatus.down(Data.PRIMARY, SEEN, Exit.CLEAN);
    observer.down(down);
    events.clear();
    Thread.sleep(50); // the clock is coarse
    observer.look();

    assertThat(events).containsExactly(new Event.PostgresChanged(down));
  }
}
