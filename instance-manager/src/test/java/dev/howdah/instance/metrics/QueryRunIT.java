// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.howdah.core.metrics.MetricName;
import dev.howdah.core.metrics.Metrics;
import dev.howdah.instance.metrics.QueryRun.Failure;
import dev.howdah.instance.metrics.QueryRun.Limits;
import dev.howdah.instance.metrics.QueryRun.Outcome;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.sql.DefaultQueries;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.Roles;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.PostgresBinaries;
import dev.howdah.testing.ThrowawayPostgres;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class QueryRunIT {
  private static final Limits HASTY =
      new Limits(
          Duration.ofSeconds(2), Duration.ofMillis(100), Duration.ofSeconds(60), 1_500, 100_000);
  private static final String SESSIONS =
      "select count(*) from pg_stat_activity where usename = 'cnpg_metrics_exporter'";
  private static final String LIMIT =
      "select rolconnlimit from pg_roles where rolname = 'cnpg_metrics_exporter'";
  private static ThrowawayPostgres server;

  @BeforeAll
  static void start() {
    server = ThrowawayPostgres.start(Map.of("wal_level", "replica"));
    prepare(server);
  }

  private static void prepare(ThrowawayPostgres postgres) {
    try (var admin = PgServer.local(address(postgres))) {
      new Roles(admin).ensureMetrics();
    }
    postgres.query("create database shop");
    postgres.query("shop", "create table sold (n int)");
    postgres.query("shop", "create table locked as select 1 as n");
    postgres.query("shop", "grant select on locked to cnpg_metrics_exporter");
    postgres.query("shop", "insert into sold values (1), (2)");
    postgres.query("shop", "grant select, insert on sold to cnpg_metrics_exporter");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static ServerAddress.Local address(ThrowawayPostgres postgres) {
    return new ServerAddress.Local(postgres.socketDirectory(), ThrowawayPostgres.PORT);
  }

  static List<PostgresBinaries> versions() {
    return PostgresBinaries.all();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void allQueriesThatComeWithHowdahWorkOnAPrimaryAndOnAStandby(PostgresBinaries version)
      throws IOException {
    QueryFile all = QuerySources.collector().and(QuerySources.parse(DefaultQueries.yaml()));
    try (var primary = ThrowawayPostgres.start(version, Map.of("wal_level", "replica"))) {
      prepare(primary);
      try (var standby = primary.standby("second");
          var _ = session(primary, "postgres");
          var _ = session(standby, "postgres")) {
        await()
            .atMost(Duration.ofMinutes(1))
            .until(() -> primary.query("select count(*) from pg_stat_replication"), "1"::equals);
        Outcome leading = run(primary, all, Limits.STANDARD);
        Outcome following = run(standby, all, Limits.STANDARD);

        assertThat(leading.failures()).isEmpty();
        assertThat(following.failures()).isEmpty();
        assertThat(leading.metrics().doubled()).isZero();
        assertThat(missing(all, leading)).isEmpty();
        assertThat(value(leading.metrics(), "cnpg_pg_replication_in_recovery")).isEqualTo(0);
        assertThat(value(following.metrics(), "cnpg_pg_replication_in_recovery")).isEqualTo(1);
        assertThat(leading.metrics().names()).contains("cnpg_pg_stat_replication_sent_diff_bytes");
        assertThat(following.metrics().names())
            .doesNotContain("cnpg_pg_stat_replication_sent_diff_bytes");
        assertThat(value(leading.metrics(), "cnpg_collector_pg_wal")).isGreaterThan(0);
      }
    }
  }

  /// What runs on this version and yields a row on a fresh server must be there.
  private static Set<String> missing(QueryFile all, Outcome outcome) {
    var missing = new TreeSet<String>();
    all.queries().values().stream()
        .filter(query -> query.servers().contains(outcome.versionNumber()))
        .filter(query -> !query.name().equals("pg_replication_slots"))
        .flatMap(query -> query.metrics().stream())
        .map(MetricName::name)
        .filter(name -> !outcome.metrics().names().contains(name))
        .forEach(missing::add);
    return missing;
  }

  @Test
  void aQueryCanNeitherWriteNorWaitNorFloodUsAndTheOthersStillRun() throws IOException {
    QueryFile file =
        QuerySources.parse(
            """
            writes: {query: INSERT INTO sold VALUES (3) RETURNING n, target_databases: [shop], metrics: [{n: {usage: GAUGE}}]}
            twice: {query: "COMMIT; INSERT INTO sold VALUES (3) RETURNING n", target_databases: [shop], metrics: [{n: {usage: GAUGE}}]}
            commits: {query: COMMIT, target_databases: [shop], metrics: [{n: {usage: GAUGE}}]}
            writes_after: {query: INSERT INTO sold VALUES (3) RETURNING n, target_databases: [shop], metrics: [{n: {usage: GAUGE}}]}
            sleeps: {query: SELECT 1 AS n FROM pg_sleep(30), metrics: [{n: {usage: GAUGE}}]}
            waits: {query: SELECT count(*) AS n FROM locked, target_databases: [shop], metrics: [{n: {usage: GAUGE}}]}
            many: {query: "SELECT n FROM generate_series(1, 100000) AS n", metrics: [{n: {usage: LABEL}}, {n: {usage: GAUGE}}]}
            large: {query: "SELECT repeat('x', 60000000) AS n", metrics: [{n: {usage: LABEL}}]}
            ends: {query: "SELECT pg_terminate_backend(pid) AS n FROM pg_stat_activity WHERE usename = 'postgres'", metrics: [{n: {usage: GAUGE}}]}
            reads: {query: SELECT rolpassword AS n FROM pg_authid, metrics: [{n: {usage: GAUGE}}]}
            gone: {query: SELECT 1 AS n, target_databases: [nowhere], metrics: [{n: {usage: GAUGE}}]}
            other: {query: SELECT 1 AS m, metrics: [{n: {usage: GAUGE}}]}
            text: {query: SELECT 'many' AS n, metrics: [{n: {usage: GAUGE}}]}
            good: {query: SELECT 7 AS n, target_databases: [shop], metrics: [{n: {usage: GAUGE}}]}
            """);
    Outcome outcome;
    try (var locker = session(server, "shop")) {
      locker.script(
          Duration.ofMinutes(1), "begin; lock table public.locked in access exclusive mode");
      outcome = run(server, file, HASTY);
    }

    assertThat(outcome.failures())
        .extracting(Failure::query, Failure::kind)
        .contains(
            tuple("writes", "25006"),
            tuple("twice", "42601"),
            tuple("writes_after", "25006"),
            tuple("sleeps", "57014"),
            tuple("waits", "55P03"),
            tuple("ends", "42501"),
            tuple("reads", "42501"),
            tuple("gone", "3D000"),
            tuple("other", "definition"));
    assertThat(outcome.failures()).extracting(Failure::query).contains("many", "large", "text");
    assertThat(value(outcome.metrics(), "cnpg_good_n")).isEqualTo(7);
    assertThat(server.query("shop", "select count(*) from sold")).isEqualTo("2");
    await().atMost(Duration.ofMinutes(1)).until(() -> server.query(SESSIONS), "0"::equals);
  }

  @Test
  void runsAQueryInEachDatabaseThatItNamesAndOnlyWhereItsPredicateHolds() throws IOException {
    QueryFile file =
        QuerySources.parse(
            """
            size: {query: "SELECT current_database() AS datname, 1 AS n", target_databases: ["*"], metrics: [{datname: {usage: LABEL}}, {n: {usage: GAUGE}}]}
            never: {query: SELECT 1 AS n, predicate_query: SELECT false, metrics: [{n: {usage: GAUGE}}]}
            nothing: {query: SELECT 1 AS n, predicate_query: SELECT true WHERE false, metrics: [{n: {usage: GAUGE}}]}
            old: {query: SELECT broken, runonserver: "<10.0.0", metrics: [{n: {usage: GAUGE}}]}
            spread:
              query: "SELECT 'a' AS who, '{0.1,1}'::float8[] AS took, '{3,5}'::int[] AS took_bucket, 2.5 AS took_sum, 6 AS took_count"
              metrics: [{who: {usage: LABEL}}, {took: {usage: HISTOGRAM}}]
            state: {query: SELECT 'up' AS s, "metrics": [{s: {usage: MAPPEDMETRIC, metric_mapping: {up: 1}}}]}
            age: {query: "SELECT interval '1 day 1 second' AS a", metrics: [{a: {usage: DURATION}}]}
            """);

    Outcome outcome = run(server, file, HASTY);

    assertThat(outcome.failures()).isEmpty();
    assertThat(outcome.metrics().text())
        .contains(
            "cnpg_size_n{datname=\"postgres\"} 1\n",
            "cnpg_size_n{datname=\"shop\"} 1\n",
            "cnpg_spread_took_bucket{who=\"a\",le=\"0.1\"} 3\n",
            "cnpg_spread_took_bucket{who=\"a\",le=\"+Inf\"} 6\n",
            "cnpg_spread_took_sum{who=\"a\"} 2.5\n",
            "cnpg_state_s 1\n",
            "cnpg_age_a_milliseconds 86401000\n")
        .doesNotContain("never", "nothing", "old");
  }

  @Test
  void aPredicateWithoutAColumnCostsItsOwnQueryOnly() throws IOException {
    QueryFile file =
        QuerySources.parse(
            """
            blank: {query: SELECT 1 AS n, predicate_query: SELECT, metrics: [{n: {usage: GAUGE}}]}
            good: {query: SELECT 7 AS n, metrics: [{n: {usage: GAUGE}}]}
            """);

    Outcome outcome = run(server, file, HASTY);

    assertThat(outcome.failures())
        .extracting(Failure::query, Failure::kind)
        .containsExactly(tuple("blank", "definition"));
    assertThat(value(outcome.metrics(), "cnpg_good_n")).isEqualTo(7);
  }

  @Test
  void noQueryLiftsItsLimitsNorLeavesASessionBehind() throws IOException {
    server.query(
        "shop",
        """
        create function stubborn() returns int language plpgsql as $$
          begin loop begin perform pg_sleep(60); exception when query_canceled then null; end; end loop; end $$
        """);
    QueryFile file =
        QuerySources.parse(
            """
            lifts: {query: SELECT 1 AS n FROM pg_sleep(60), predicate_query: "SELECT set_config('statement_timeout', '0', true) IS NOT NULL", metrics: [{n: {usage: GAUGE}}]}
            ends: {query: SELECT 1 AS n, predicate_query: COMMIT, metrics: [{n: {usage: GAUGE}}]}
            keeps: {query: COMMIT, predicate_query: "SELECT set_config('statement_timeout', '0', false) IS NOT NULL", metrics: [{n: {usage: GAUGE}}]}
            later: {query: "SELECT 1 AS n FROM pg_settings WHERE name = 'statement_timeout' AND reset_val = setting", metrics: [{n: {usage: GAUGE}}]}
            stubborn: {query: SELECT stubborn() AS n, target_databases: [shop], metrics: [{n: {usage: GAUGE}}]}
            """);

    Outcome outcome = run(server, file, HASTY);

    assertThat(outcome.failures())
        .extracting(Failure::query, Failure::kind)
        .containsExactlyInAnyOrder(
            tuple("lifts", "57014"),
            tuple("ends", "definition"),
            tuple("keeps", "definition"),
            tuple("stubborn", "session"));
    assertThat(value(outcome.metrics(), "cnpg_later_n")).isEqualTo(1);
    await().atMost(Duration.ofMinutes(1)).until(() -> server.query(SESSIONS), "0"::equals);
    assertThat(server.query(LIMIT)).isEqualTo("5");
  }

  @Test
  void aSessionThatAnEarlierRunLeftIsEndedByTheNext() throws IOException {
    var login = PgServer.session(Roles.METRICS, "shop", Roles.METRICS);
    try (var left = PgConnection.open(address(server), login, Duration.ofMinutes(1))) {
      run(server, QuerySources.parse(""), HASTY);

      assertThatThrownBy(() -> left.query(Duration.ofMinutes(1), "select 1"))
          .isInstanceOf(PostgresException.class);
    }
  }

  @Test
  void allQueriesTogetherYieldAsMuchAsIsAllowedAndTheRestIsToldOf() throws IOException {
    QueryFile file =
        QuerySources.parse(
            """
            first: {query: "SELECT n AS i, n FROM generate_series(1, 1000) AS n", metrics: [{i: {usage: LABEL}}, {n: {usage: GAUGE}}]}
            second: {query: "SELECT n AS i, n FROM generate_series(1, 1000) AS n", metrics: [{i: {usage: LABEL}}, {n: {usage: GAUGE}}]}
            wide: {query: "SELECT repeat('x', 100000) AS i, 1 AS n", metrics: [{i: {usage: LABEL}}, {n: {usage: GAUGE}}]}
            small: {query: SELECT 1 AS n, metrics: [{n: {usage: GAUGE}}]}
            """);

    Outcome outcome = run(server, file, HASTY);

    assertThat(outcome.failures())
        .extracting(Failure::query, Failure::kind, Failure::counts)
        .containsExactly(tuple("second", "size", true), tuple("wide", "size", true));
    assertThat(outcome.metrics().size()).isEqualTo(1001);
    assertThat(value(outcome.metrics(), "cnpg_small_n")).isEqualTo(1);
  }

  /// Functions of the owner of a database, by names that default queries use.
  @Test
  void theDefaultQueriesRunNoCodeOfADatabasesOwner() throws IOException {
    server.query("create database closed");
    server.query("revoke connect on database closed from public");
    for (String database : List.of("postgres", "shop")) {
      server.query(database, trap("pg_has_role(text, text) returns boolean"));
      server.query(database, trap("pg_relation_size(text) returns bigint"));
    }
    QueryFile all =
        QuerySources.collector().and(QuerySources.parse(DefaultQueries.yaml()).catalogOnly());
    try {
      Outcome outcome = run(server, all, Limits.STANDARD);

      assertThat(outcome.failures()).extracting(Failure::database).containsOnly("closed");
    } finally {
      for (String database : List.of("postgres", "shop")) {
        server.query(database, "drop function public.pg_has_role(text, text)");
        server.query(database, "drop function public.pg_relation_size(text)");
      }
      server.query("drop database closed");
    }
  }

  private static String trap(String signature) {
    return "create function public.%s language plpgsql as $$ begin raise 'not mine'; end $$"
        .formatted(signature);
  }

  private static PgConnection session(ThrowawayPostgres postgres, String database) {
    var login = PgConnection.Login.of("postgres", database, "test");
    return PgConnection.open(address(postgres), login, Duration.ofMinutes(1));
  }

  private static Outcome run(ThrowawayPostgres postgres, QueryFile file, Limits limits) {
    assertThat(file.problems()).isEmpty();
    return new QueryRun(address(postgres), limits).run(file.queries().values(), "app");
  }

  private static double value(Metrics metrics, String name) {
    return metrics.of(name).getFirst().value();
  }
}
