// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.leadership.Event;
import dev.howdah.core.wal.Timeline;
import dev.howdah.instance.guard.BootClock;
import dev.howdah.instance.volume.Volume;
import dev.howdah.kube.Json;
import dev.howdah.postgres.command.Installation;
import dev.howdah.postgres.replication.RejoinDecision;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.ServerAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// No server runs: each order to seal it fails at once.
class SealPauseTest {
  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  @TempDir private Path folder;

  /// The protocol answers a failure with the next order: without a pause that is a busy loop, for
  /// as long as the disk is full.
  @Test
  void aFailureIsToldAfterAPause() throws Exception {
    Server server = server();
    long begin = System.nanoTime();
    server.seal("7");

    assertThat(events.take()).isInstanceOf(Event.SealFailed.class);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(400));
  }

  private Server server() throws Exception {
    Path data = folder.resolve("pgdata");
    var context =
        Contexts.of(folder, data, new Installation(folder.resolve("no-programs"), 15, "15.8"));
    var process = Contexts.idle(folder);
    var sql =
        new PgServer(
            new ServerAddress.Local(folder, 5432),
            PgServer.session("postgres", "postgres", "test"),
            Duration.ofSeconds(1));
    var observer =
        new Observer(
            context.data(),
            process,
            sql,
            new BootClock(),
            _ -> {},
            Duration.ofSeconds(1),
            Duration.ofSeconds(1));
    var copies =
        new DataCopy(context, Volume.beside(context.data()), InstantSource.system(), _ -> {});
    var rejoin = new Rejoin("main", 5432, copies, nobody(), InstantSource.system(), () -> {});
    return new Server(
        context,
        process,
        new ServerFiles(context, Json.object()),
        sql,
        observer,
        rejoin,
        events::add,
        () -> new Server.StopLimits(Duration.ZERO, Duration.ofSeconds(1), false),
        () -> null,
        nothing());
  }

  private static Upstream nobody() {
    return new Upstream() {
      @Override
      public String address(String instance) {
        return "";
      }

      @Override
      public Optional<RejoinDecision.Upstream> past(String instance, Timeline timeline) {
        return Optional.empty();
      }
    };
  }

  private static Server.Hooks nothing() {
    return new Server.Hooks() {
      @Override
      public void outOfSpace() {}

      @Override
      public void leading() {}

      @Override
      public boolean takesOffice() {
        return false;
      }
    };
  }
}
