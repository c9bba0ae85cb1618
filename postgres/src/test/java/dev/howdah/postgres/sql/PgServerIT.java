// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.howdah.core.wal.Lsn;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.wire.ConnectionFailure;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.PgConnection.Login;
import dev.howdah.postgres.wire.Ping;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.postgres.wire.SqlFailure;
import dev.howdah.testing.PostgresBinaries;
import dev.howdah.testing.ServerUser;
import dev.howdah.testing.ThrowawayPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PgServerIT {
  private static final Duration SECONDS = Duration.ofSeconds(60);

  private static ThrowawayPostgres server;
  private static PgServer sql;

  @BeforeAll
  static void startOne() {
    server =
        ThrowawayPostgres.start(Map.of("log_statement", "all", "log_min_duration_statement", "0"));
    sql = PgServer.local(new ServerAddress.Local(server.socketDirectory(), 5432));
  }

  @AfterAll
  static void stopIt() {
    sql.close();
    server.close();
  }

  private static PgConnection connect(Login login) {
    return PgConnection.open(
        new ServerAddress.Remote(server.address(), 5432, null, ""), login, SECONDS);
  }

  static List<PostgresBinaries> versions() {
    return PostgresBinaries.all();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void readsTheStatusOfEveryMajor(PostgresBinaries binaries) {
    try (var other = ThrowawayPostgres.start(binaries, Map.of());
        var pg = PgServer.local(new ServerAddress.Local(other.socketDirectory(), 5432))) {
      var status = pg.status();

      assertThat(status.primary()).isTrue();
      assertThat(status.timeline()).isEqualTo(1);
      assertThat(status.position()).isGreaterThan(Lsn.ZERO);
      assertThat(status.version()).startsWith(Integer.toString(binaries.major()));
      assertThat(status.archiver().isWorking()).isFalse();
      assertThat(status.settings()).containsEntry("max_connections", "100");
      assertThat(new Roles(pg).ensureStreamingReplica()).isTrue();
      assertThat(new Roles(pg).ensureStreamingReplica()).isFalse();
      assertThat(new Roles(pg).ensureMetrics()).isTrue();
      assertThat(new Roles(pg).ensureMetrics()).isFalse();
    }
  }

  @Test
  void aServerThatKeepsTalkingDoesNotOutlastTheDeadline() {
    String talk =
        "do $$ begin while clock_timestamp() < now() + interval '60 s' loop raise notice 'x';"
            + " end loop; end $$";
    try (var session =
        PgConnection.open(
            new ServerAddress.Local(server.socketDirectory(), 5432),
            Login.of("postgres", "postgres", "test"),
            SECONDS)) {
      assertThatThrownBy(() -> session.query(Duration.ofSeconds(1), talk))
          .isInstanceOf(ConnectionFailure.class);
    }
  }

  @Test
  void seesAStandbyFromBothSidesAndPromotesIt() {
    try (var primary = ThrowawayPostgres.start();
        var standby = primary.standby("shop-2");
        var atPrimary = PgServer.local(new ServerAddress.Local(primary.socketDirectory(), 5432));
        var atStandby = PgServer.local(new ServerAddress.Local(standby.socketDirectory(), 5432))) {
      primary.query("create table t as select 1 as x");
      await()
          .atMost(SECONDS)
          .until(
              () -> atStandby.status().replayedLsn().compareTo(atPrimary.status().writeLsn()) >= 0);

      await()
          .atMost(SECONDS)
          .untilAsserted(() -> {
            var seen = atPrimary.status().standbys();
            assertThat(seen).hasSize(1);
            assertThat(seen.getFirst().name()).isEqualTo("shop-2");
            assertThat(seen.getFirst().state()).isEqualTo("streaming"); // when it has caught up
          });
      var status = atStandby.status();
      assertThat(status.primary()).isFalse();
      assertThat(status.receiver().status()).isEqualTo("streaming");
      assertThat(status.receiver().timeline()).isEqualTo(1);
      assertThat(status.receivedLsn()).isGreaterThanOrEqualTo(status.replayedLsn());

      assertThat(atStandby.promote(SECONDS)).isTrue();

      assertThat(atStandby.status().primary()).isTrue();
      assertThat(atStandby.status().timeline()).isEqualTo(2);
    }
  }

  @Test
  void tellsWhetherAServerTakesSessions() {
    try (var other = ThrowawayPostgres.start()) {
      var address = new ServerAddress.Remote(other.address(), 5432, null, "");
      assertThat(Ping.of(address, SECONDS)).isEqualTo(Ping.READY);
      ServerUser.runAsServer(List.of("kill", "-STOP", Long.toString(other.process().pid())));
      try {
        assertThat(Ping.of(address, Duration.ofMillis(300))).isEqualTo(Ping.NO_RESPONSE);
        assertThatThrownBy(() ->
                PgConnection.open(
                    new ServerAddress.Local(other.socketDirectory(), 5432),
                    Login.of("postgres", "postgres", "x"),
                    Duration.ofMillis(300)))
            .isInstanceOf(ConnectionFailure.class);
      } finally {
        ServerUser.runAsServer(List.of("kill", "-CONT", Long.toString(other.process().pid())));
      }
      other.stop();
      assertThat(Ping.of(address, SECONDS)).isEqualTo(Ping.NO_RESPONSE);
    }
  }

  @Test
  void keepsPasswordsFromTheServersLog() {
    var roles = new Roles(sql);
    roles.ensureLogin("app");

    assertThat(roles.setPassword("app", "hunter2 'quoted' é漢")).isTrue();
    assertThat(roles.setPassword("app", "hunter2 'quoted' é漢")).isFalse();

    assertThat(server.readLog()).contains("create role").doesNotContain("hunter2", "SCRAM-SHA-256");
    assertThat(roles.transactionOf("app")).isPositive();
    assertThat(roles.removePassword("app")).isTrue();
    assertThat(roles.removePassword("app")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"simple", "with spaces ' \" \\ ,=", "é ß 漢 😀", "a\u00a0b\u00adc", "ﬁ①"})
  void logsInWithThePasswordThatItSet(String password) {
    try (var strict = ThrowawayPostgres.stopped(PostgresBinaries.newest(), Map.of())) {
      ServerUser.runAsServer(
          List.of(
              "sed",
              "-i",
              "1i host all app all scram-sha-256",
              strict.dataDirectory().resolve("pg_hba.conf").toString()));
      strict.startAgain();
      try (var pg = PgServer.local(new ServerAddress.Local(strict.socketDirectory(), 5432))) {
        new Roles(pg).ensureLogin("app");
        new Roles(pg).setPassword("app", password);
      }
      var address = new ServerAddress.Remote(strict.address(), 5432, null, "");
      var login = Login.of("app", "postgres", "test");

      try (var connection = PgConnection.open(address, login.withPassword(password), SECONDS)) {
        assertThat(connection.query(SECONDS, "select current_user as me").single().text("me"))
            .isEqualTo("app");
      }
      assertThatThrownBy(() -> PgConnection.open(address, login.withPassword("wrong"), SECONDS))
          .isInstanceOf(SqlFailure.class);
      assertThatThrownBy(() -> PgConnection.open(address, login, SECONDS))
          .isInstanceOf(ConnectionFailure.class);
      // libpq prepares passwords by the same rules.
      var psql =
          new ProcessBuilder(
              strict.binaries().program("psql").toString(),
              "-Atc",
              "select 1",
              "host=" + strict.address() + " user=app dbname=postgres");
      psql.environment().put("PGPASSWORD", password);
      psql.environment().put("LC_ALL", "C.UTF-8");
      assertThat(run(psql)).isEqualTo("1");
    }
  }

  private static String run(ProcessBuilder builder) {
    try {
      Process process = builder.redirectErrorStream(true).start();
      return new String(process.getInputStream().readAllBytes()).strip();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void goesOnAfterAnErrorAndAfterALostSession() {
    assertThatThrownBy(() -> sql.query("select 1/0"))
        .isInstanceOfSatisfying(SqlFailure.class, e -> assertThat(e.sqlState()).isEqualTo("22012"));
    assertThat(sql.query("select 1 as x").single().number("x")).isEqualTo(1);

    server.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'howdah'");

    assertThat(sql.query("select 2 as x").single().number("x")).isEqualTo(2);
  }

  @Test
  void givesUpAtTheDeadline() {
    try (var connection = connect(PgServer.session("postgres", "postgres", "slow"))) {
      long start = System.nanoTime();
      assertThatThrownBy(() -> connection.query(Duration.ofMillis(200), "select pg_sleep(30)"))
          .isInstanceOf(ConnectionFailure.class);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(25));
      assertThat(connection.isOpen()).isFalse();
    }
  }

  @Test
  void sendsAnyTextUnchanged() {
    String nasty = "a'b\\c\nd\"e$$f é漢😀";
    var row =
        sql.query("select $1 as given, $2::text is null as empty, 'x' as last", nasty, null)
            .single();

    assertThat(row.text("given")).isEqualTo(nasty);
    assertThat(row.flag("empty")).isTrue();
    assertThat(sql.query("select " + Quote.literal(nasty) + " as given").single().text("given"))
        .isEqualTo(nasty);
  }

  @Test
  void looksNamesUpInTheSystemsSchemaOnly() {
    server.query(
        "create or replace function public.pg_is_in_recovery() returns boolean language sql as 'select true';"
            + " alter role postgres set search_path = public, pg_catalog;"
            + " alter database postgres set default_transaction_read_only = on");
    try (var pg = PgServer.local(new ServerAddress.Local(server.socketDirectory(), 5432))) {
      assertThat(pg.status().primary()).isTrue();
      assertThat(new Roles(pg).ensureLogin("made_anyway")).isTrue();
    } finally {
      sql.query("alter role postgres reset search_path");
      sql.query("alter database postgres reset default_transaction_read_only");
    }
  }

  @Test
  void runsTheUsersSqlInOrderAndNamesTheOneThatFails() {
    var databases = new Databases(sql);
    new Roles(sql).ensureLogin("Own \"er");
    assertThat(databases.ensure("my \"db", "Own \"er")).isTrue();
    assertThat(databases.ensure("my \"db", "Own \"er")).isFalse();
    var log = new ArrayList<String>();

    sql.runUserSql(
        "my \"db",
        List.of(
            "create table t (x int); insert into t values (1)",
            "set my.x = '5'",
            "insert into t select current_setting('my.x')::int"),
        "spec.bootstrap.initdb.postInitApplicationSQL",
        SECONDS,
        log::add);

    assertThat(log).hasSize(3);
    assertThat(server.query("my \"db", "select string_agg(x::text, ',') from public.t"))
        .isEqualTo("1,5");
    assertThatThrownBy(() ->
            sql.runUserSql(
                "my \"db", List.of("select 1", "select secret"), "field", SECONDS, log::add))
        .isInstanceOf(PostgresException.class)
        .hasMessageContaining("field[1] failed in database my \"db: column \"secret\" does not");
  }

  @Test
  void makesAndDropsExtensionsWhereTheDatabaseLooks() {
    var databases = new Databases(sql);
    assertThat(databases.connectable()).contains("postgres", "template1");

    assertThat(databases.ensureExtension("postgres", "pg_stat_statements", true)).isTrue();
    assertThat(databases.ensureExtension("postgres", "pg_stat_statements", true)).isFalse();

    assertThat(
            server.query(
                "select nspname from pg_extension join pg_namespace n on n.oid = extnamespace"
                    + " where extname = 'pg_stat_statements'"))
        .isEqualTo("public");
    assertThat(databases.ensureExtension("postgres", "pg_stat_statements", false)).isTrue();
  }

  @Test
  void waitsUntilAReloadIsInForce() throws Exception {
    server.appendTo("postgresql.conf", "howdah.files_sha256 = 'abc'");
    sql.reload();

    assertThat(sql.awaitSetting("howdah.files_sha256", "abc", SECONDS)).isTrue();
    assertThat(sql.awaitSetting("howdah.files_sha256", "never", Duration.ofMillis(20))).isFalse();
    assertThat(sql.configurationErrors()).isEmpty();
    server.appendTo("postgresql.conf", "work_mem = 'lots'");
    assertThat(sql.configurationErrors()).singleElement().asString().contains("work_mem");
    ServerUser.runAsServer(
        List.of("sed", "-i", "$d", server.dataDirectory().resolve("postgresql.conf").toString()));
  }

  @Test
  void endsClientsButNotItself() {
    try (var client = connect(Login.of("postgres", "postgres", "psql"))) {
      assertThat(sql.terminateClients()).isPositive();
      assertThatThrownBy(() -> client.query(SECONDS, "select 1"))
          .isInstanceOf(PostgresException.class);
      assertThat(sql.query("select 1 as x").single().number("x")).isEqualTo(1);
    }
  }
}
