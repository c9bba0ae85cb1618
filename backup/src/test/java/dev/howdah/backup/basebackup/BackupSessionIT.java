// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.ThrowawayPostgres;
import java.time.Duration;
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
      return new Ended(last, session.stop(false).point());
    }
  }

  private static String lastLine(String lines) {
    return lines.substring(lines.lastIndexOf('\n') + 1);
  }
}
