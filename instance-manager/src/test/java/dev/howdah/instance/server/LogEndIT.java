// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.postgres.command.Installation;
import dev.howdah.testing.ServerUser;
import dev.howdah.testing.ThrowawayPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The log of a primary that was just promoted when all of it was killed: its control file names
/// the timeline before, until the first checkpoint.
class LogEndIT {
  @TempDir private Path root;

  @Test
  void theLogGoesOnWhereThePromotionBeganIt() throws Exception {
    try (var old = ThrowawayPostgres.start();
        var promoted = old.standby("s")) {
      old.query("CREATE TABLE before AS SELECT generate_series(1, 1000)");
      String fork = old.query("SELECT pg_current_wal_lsn()");
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() ->
              promoted
                  .query("SELECT pg_last_wal_replay_lsn() >= '%s'".formatted(fork))
                  .equals("t"));
      String checkpointer =
          promoted.query("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
      ServerUser.runAsServer(List.of("kill", "-STOP", checkpointer));
      assertThat(promoted.query("SELECT pg_promote()")).isEqualTo("t");
      promoted.query("CREATE TABLE t AS SELECT generate_series(1, 1000)");
      Lsn flushed = Lsn.parse(promoted.query("SELECT pg_current_wal_flush_lsn()"));
      promoted.kill();

      ServerContext context = context(promoted);
      var control = context.programs().controlData(promoted.dataDirectory());
      assertThat(control.timeline()).isEqualTo(1);
      WalPosition end = LogEnd.find(context, control, WalPosition.NONE);

      assertThat(end.timeline()).isEqualTo(new Timeline(2));
      assertThat(end.lsn()).isGreaterThanOrEqualTo(flushed);
    }
  }

  private ServerContext context(ThrowawayPostgres server) {
    var binaries = server.binaries();
    return Contexts.of(
        root,
        server.dataDirectory(),
        new Installation(binaries.program("postgres").getParent(), binaries.major(), ""));
  }
}
