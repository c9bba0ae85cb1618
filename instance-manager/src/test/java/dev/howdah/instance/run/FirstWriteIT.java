// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.ThrowawayPostgres;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Which transactions count as the first write after a change of the primary.
class FirstWriteIT {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final String WRITE = "INSERT INTO public.written VALUES (1)";
  private static final String WAITS =
      "SELECT count(*) AS waiting FROM pg_stat_activity"
          + " WHERE pid = $1::int AND wait_event = 'SyncRep'";

  private static ThrowawayPostgres server;
  private static PgServer sql;

  private final FirstWrite write = new FirstWrite(sql);

  @BeforeAll
  static void start() {
    server = ThrowawayPostgres.start(Map.of("autovacuum", "off"));
    sql = PgServer.local(new ServerAddress.Local(server.socketDirectory(), ThrowawayPostgres.PORT));
    sql.query("CREATE TABLE public.written (x int)");
  }

  @AfterAll
  static void stop() {
    sql.close();
    server.close();
  }

  @BeforeEach
  void begin() {
    assertThat(write.isDone()).isFalse();
  }

  @Test
  void aCommitCounts() {
    sql.query(WRITE);

    assertThat(write.isDone()).isTrue();
  }

  @Test
  void neitherReadingNorWhatWasRolledBackCounts() {
    sql.query("SELECT x FROM public.written");
    assertThatThrownBy(() ->
            sql.query("DO $$ BEGIN INSERT INTO public.written VALUES (2); RAISE 'no'; END $$"))
        .isInstanceOf(PostgresException.class);

    assertThat(write.isDone()).isFalse();
    sql.query(WRITE);
    assertThat(write.isDone()).isTrue();
  }

  @Test
  void aCommitCountsWhileAnOlderTransactionRuns() {
    try (PgConnection older = sql.open("postgres")) {
      older.query(LONG, "BEGIN");
      older.query(LONG, WRITE);
      assertThat(write.isDone()).isFalse();
      sql.query(WRITE);

      assertThat(write.isDone()).isTrue();
      older.query(LONG, "ROLLBACK");
      assertThat(write.isDone()).isFalse();
    }
  }

  @Test
  void aTransactionThatBeganBeforeCountsWhenItIsCommitted() {
    try (PgConnection older = sql.open("postgres")) {
      older.query(LONG, "BEGIN");
      older.query(LONG, WRITE);
      sql.query(WRITE);
      var looking = new FirstWrite(sql);
      assertThat(looking.isDone()).isFalse();
      assertThat(looking.isDone()).isFalse();

      older.query(LONG, "COMMIT");

      assertThat(looking.isDone()).isTrue();
    }
  }

  @Test
  void aCommitThatWaitsForItsStandbysDoesNotCountYet() throws Exception {
    var goOn = new AtomicBoolean(true);
    try (PgConnection session = sql.open("postgres")) {
      session.query(LONG, "SET synchronous_commit = on");
      String pid = session.query(LONG, "SELECT pg_backend_pid() AS pid").single().text("pid");
      sql.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
      sql.reload();
      var writing =
          CompletableFuture.runAsync(() -> {
            while (goOn.get()) { // not all of the server knows at once that it is to wait
              session.query(LONG, WRITE);
            }
          });
      await().atMost(LONG).until(() -> sql.query(WAITS, pid).single().number("waiting") == 1);
      goOn.set(false);
      var looking = new FirstWrite(sql);
      assertThat(looking.isDone()).isFalse();
      assertThat(looking.isDone()).isFalse();

      sql.query("ALTER SYSTEM RESET synchronous_standby_names");
      sql.reload();

      await().atMost(LONG).until(looking::isDone);
      writing.get(2, TimeUnit.MINUTES);
    }
  }
}
