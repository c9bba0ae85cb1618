// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.lead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.core.leadership.Durable;
import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.Identity;
import dev.howdah.core.leadership.Kept;
import dev.howdah.core.leadership.Leadership;
import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.leadership.Settings;
import dev.howdah.core.leadership.State;
import dev.howdah.core.leadership.Timings;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.instance.guard.BootClock;
import dev.howdah.instance.volume.Volume;
import dev.howdah.postgres.data.DataDirectory;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A standby whose data is replaced, and whose pod is deleted about then. Nobody else answers.
class LeadershipLoopTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir private Path folder;
  private final AtomicBoolean ordered = new AtomicBoolean();
  private Volume volume;
  private LeadershipLoop loop;

  @BeforeEach
  void open() throws Exception {
    volume = Volume.open(new DataDirectory(folder.resolve("pgdata")));
    loop =
        new LeadershipLoop(state(PostgresStatus.standby(WalPosition.of(1, 4711), false)), ports());
  }

  @AfterEach
  void close() throws Exception {
    volume.close();
  }

  @Test
  void endsThoughItWasToldToJustBefore() {
    loop.submit(new Event.StopRequested());
    loop.startOver(LeadershipLoopTest::stopped);

    assertThat(run()).succeedsWithin(LONG);
  }

  @Test
  void endsThoughItWasEndingAlready() {
    loop.submit(new Event.StopRequested());
    var ended = run();
    await().atMost(LONG).until(ordered::get); // its PostgreSQL is to stop
    loop.startOver(LeadershipLoopTest::stopped);

    assertThat(ended).succeedsWithin(LONG);
  }

  private CompletableFuture<Void> run() {
    return CompletableFuture.runAsync(
        () -> {
          try {
            loop.run();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        },
        thread -> Thread.ofVirtual().start(thread));
  }

  private static State stopped() {
    return state(PostgresStatus.down(Data.STANDBY, WalPosition.NONE, Exit.CLEAN));
  }

  private static State state(PostgresStatus postgres) {
    return Leadership.initial(
        new Identity("main-1", "v1", "pod/run", "boot"),
        Settings.of(Timings.STANDARD),
        Durable.NEW,
        postgres,
        Kept.NONE,
        new BootClock().nanos(),
        42);
  }

  /// Nothing of the cluster answers.
  private LeadershipLoop.Ports ports() {
    var postgres =
        (PostgresPort)
            Proxy.newProxyInstance(
                PostgresPort.class.getClassLoader(),
                new Class<?>[] {PostgresPort.class},
                (_, method, _) -> {
                  ordered.compareAndSet(false, method.getName().equals("stop"));
                  return method.getReturnType() == boolean.class ? true : null;
                });
    return new LeadershipLoop.Ports(
        new BootClock(),
        InstantSource.system(),
        null,
        null,
        null,
        volume,
        postgres,
        null,
        (_, _) -> {});
  }
}
