// SPDX-License-Identifier: Apache-2.0
package dev.howdah.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ThrowawayPostgresIT {
  @Test
  void startsStopsKillsAndGoesAway() {
    var server = ThrowawayPostgres.start();
    try (server) {
      assertThat(server.query("create table t as select 1 as x; select x from t")).isEqualTo("1");

      server.kill();
      server.startAgain();
      server.stop();
      server.startAgain();

      assertThat(server.query("select count(*), min(x) from t")).isEqualTo("1|1");
    }
    assertThat(server.isRunning()).isFalse();
    assertThat(server.dataDirectory().getParent())
        .satisfies(f -> assertThat(Files.exists(f)).isFalse());
  }

  @Test
  void makesAStandbyThatFollows() {
    try (var primary = ThrowawayPostgres.start();
        var standby = primary.standby("s1")) {
      primary.query("create table t as select 42 as x");

      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> standby.query("select to_regclass('t') is not null").equals("t"));
      assertThat(primary.query("select application_name from pg_stat_replication")).isEqualTo("s1");
      assertThat(standby.query("select pg_is_in_recovery()")).isEqualTo("t");
    }
  }
}
