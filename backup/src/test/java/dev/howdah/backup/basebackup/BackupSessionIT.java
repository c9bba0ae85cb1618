// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.ServerUser;
import dev.howdah.testing.ThrowawayPostgres;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BackupSessionIT {
  private static final Duration LONG = Duration.ofMinutes(5);

  private static PgConnection open(ThrowawayPostgres server) {
    return PgConnection.open(
        new ServerAddress.Local(server.socketDirectory(), ThrowawayPostgres.PORT),
        PgConnection.Login.of("postgres", "postgres", "backup"),
        Duration.ofMinutes(1));
  }

  @Test
  void needsNothingOfTheSegmentThatItsEndIsTheBeginningOf() {
    try (var primary = ThrowawayPostgres.start();
        var standby = primary.standby("s")) {
      var ended = backUpBehindASwitch(primary, standby);
      for (int i = 0; i < 20 && ended.end.offset() != 0; i++) { // the server wrote by itself
        ended = backUpBehindASwitch(primary, standby);
      }

      assertThat(ended.end.offset()).isZero();
      assertThat(ended.end.wal()).isEqualTo(ended.last);
    }
  }

  @Test
  void waitsUntilTheServerHasArchivedWhatItNeeds() throws Exception {
    whileItStops((server, archive, _, stopping) -> {
      assertThat(stopping).isNotDone();

      server.query("COPY (SELECT 1) TO '%s/open'".formatted(archive));
      server.query("CREATE TABLE t (); SELECT pg_switch_wal()"); // wakes the archiver
      var end = stopping.get(LONG.toSeconds(), TimeUnit.SECONDS).point();
      assertThat(archive.resolve(end.wal())).exists();
    });
  }

  @Test
  void anInterruptEndsTheWaitForTheArchive() throws Exception {
    whileItStops((_, _, executor, stopping) -> {
      executor.shutdownNow();

      assertThatThrownBy(() -> stopping.get(LONG.toSeconds(), TimeUnit.SECONDS))
          .hasRootCauseInstanceOf(InterruptedIOException.class);
    });
  }

  private interface Deed {
    void with(
        ThrowawayPostgres server,
        Path archive,
        ExecutorService executor,
        Future<BackupSession.Stopped> stopping)
        throws Exception;
  }

  /// The backup has ended, and its WAL isn't archived before there is the file `open`.
  private static void whileItStops(Deed deed) throws Exception {
    var archive = ServerUser.temporaryDirectory("wal");
    try (var server = archivingOnceThereIs(archive.resolve("open"), archive);
        var connection = open(server);
        var executor = Executors.newSingleThreadExecutor()) {
      var session = new BackupSession(connection);
      session.start("test", true);
      var stopping = executor.submit(session::stop);
      awaitEnd(server);
      deed.with(server, archive, executor, stopping);
    } finally {
      ServerUser.delete(archive);
    }
  }

  private static ThrowawayPostgres archivingOnceThereIs(Path file, Path archive) {
    return ThrowawayPostgres.start(
        Map.of(
            "archive_mode",
            "on",
            "archive_command",
            "test -e %s && cp %%p %s/%%f".formatted(file, archive)));
  }

  /// Until the server has ended the backup, and has tried to archive more than once since.
  private static void awaitEnd(ThrowawayPostgres server) {
    await()
        .atMost(LONG)
        .until(() ->
            server
                .query("SELECT count(*) FROM pg_ls_waldir() WHERE name LIKE '%.backup'")
                .equals("1"));
    server.query("SELECT pg_stat_reset_shared('archiver')");
    await()
        .atMost(LONG)
        .until(() -> server.query("SELECT failed_count > 1 FROM pg_stat_archiver").equals("t"));
  }

  /// @param last the segment that was ended before it
  private record Ended(String last, BackupSession.Point end) {}

  private static Ended backUpBehindASwitch(ThrowawayPostgres primary, ThrowawayPostgres standby) {
    primary.query("CREATE TABLE IF NOT EXISTS t (i int); INSERT INTO t VALUES (1)");
    var last = primary.query("SELECT pg_walfile_name(pg_current_wal_lsn())");
    var behind = primary.query("SELECT pg_switch_wal(); SELECT pg_current_wal_lsn()");
    await()
        .atMost(LONG)
        .until(() ->
            standby
                .query("SELECT pg_last_wal_replay_lsn() >= '%s'".formatted(lastLine(behind)))
                .equals("t"));
    try (var connection = open(standby)) {
      var session = new BackupSession(connection);
      session.start("test", true);
      return new Ended(last, session.stopAtOnce().point());
    }
  }

  private static String lastLine(String lines) {
    return lines.substring(lines.lastIndexOf('\n') + 1);
  }
}
