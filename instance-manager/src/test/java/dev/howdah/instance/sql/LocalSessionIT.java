// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.howdah.testing.ThrowawayPostgres;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LocalSessionIT {
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static ThrowawayPostgres postgres;

  @BeforeAll
  static void start() {
    postgres = ThrowawayPostgres.start();
  }

  @AfterAll
  static void stop() {
    postgres.close();
  }

  private static LocalServer server() {
    return new LocalServer(postgres.socketDirectory(), ThrowawayPostgres.PORT);
  }

  @Test
  void readsRowsAndNulls() throws Exception {
    try (var session = server().open("postgres")) {
      Rows rows =
          session.query("SELECT 1 AS a; SELECT 'ä' AS b, NULL AS c, true AS d, 42 AS e", DEADLINE);

      assertThat(rows.one().text("b")).isEqualTo("ä");
      assertThat(rows.one().text("c")).isNull();
      assertThat(rows.one().flag("d")).isTrue();
      assertThat(rows.one().number("e")).isEqualTo(42);
    }
  }

  @Test
  void readsLargeResults() throws Exception {
    try (var session = server().open("postgres")) {
      Rows rows =
          session.query("SELECT repeat('x', 100000) AS t FROM generate_series(1, 50)", DEADLINE);

      assertThat(rows.rows()).hasSize(50).allMatch(row -> row.text("t", "").length() == 100000);
    }
  }

  @Test
  void staysUsableAfterAnError() throws Exception {
    try (var session = server().open("postgres")) {
      var failure =
          catchThrowableOfType(SqlFailure.class, () -> session.query("SELECT 1/0", DEADLINE));

      assertThat(failure.state()).isEqualTo("22012");
      assertThat(session.query("SELECT 1 AS a", DEADLINE).one().number("a")).isEqualTo(1);
    }
  }

  @Test
  void givesUpAtTheDeadline() throws Exception {
    try (var session = server().open("postgres")) {
      var failure =
          catchThrowableOfType(
              SqlFailure.class, () -> session.query("SELECT pg_sleep(60)", Duration.ofMillis(200)));

      assertThat(failure.state()).isEqualTo(SqlFailure.DEADLINE);
      assertThat(session.isOpen()).isFalse();
    }
  }

  @Test
  void quotesWhateverIsInAValue() throws Exception {
    String odd = "a'b\\c\"d; DROP TABLE x --\n";
    try (var session = server().open("postgres")) {
      assertThat(
              session
                  .query("SELECT " + LocalSession.literal(odd) + " AS v", DEADLINE)
                  .one()
                  .text("v"))
          .isEqualTo(odd);
      assertThat(LocalSession.identifier("a\"b")).isEqualTo("\"a\"\"b\"");
    }
  }

  @Test
  void tellsWhetherTheServerTakesConnections() {
    assertThat(server().ping(DEADLINE)).isEqualTo(LocalServer.Ping.ACCEPTING);
    assertThat(new LocalServer(postgres.dataDirectory(), 1).ping(DEADLINE))
        .isEqualTo(LocalServer.Ping.NO_ANSWER);
  }
}
