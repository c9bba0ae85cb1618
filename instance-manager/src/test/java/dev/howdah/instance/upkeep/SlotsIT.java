// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.howdah.core.wal.Lsn;
import dev.howdah.instance.upkeep.Slots.Slot;
import dev.howdah.kube.Json;
import dev.howdah.postgres.config.ClusterSettings;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.Rows;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.PostgresBinaries;
import dev.howdah.testing.ThrowawayPostgres;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Which replication slots an instance has, its users' among them.
class SlotsIT {
  private static final int ROOM = 5;

  private static ThrowawayPostgres server;
  private static PgServer sql;

  @BeforeAll
  static void start() {
    server =
        ThrowawayPostgres.start(
            Map.of("max_slot_wal_keep_size", "16MB", "max_replication_slots", "" + ROOM));
    sql = PgServer.local(new ServerAddress.Local(server.socketDirectory(), ThrowawayPostgres.PORT));
  }

  @AfterAll
  static void stop() {
    sql.close();
    server.close();
  }

  @AfterEach
  void dropAll() {
    sql.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
  }

  private static ClusterSettings cluster(String slots) throws Exception {
    return ClusterSettings.fromJson(
        Json.mapper()
            .readTree(
                """
                {"metadata": {"name": "c", "namespace": "default"},
                 "spec": {"instances": 3, "replicationSlots": %s},
                 "status": {"instanceNames": ["c-1", "c-2", "c-3"]}}
                """
                    .formatted(slots)));
  }

  private static void create(String name) {
    sql.query("SELECT pg_create_physical_replication_slot($1, true)", name);
  }

  private static List<String> names() {
    return sql.query("SELECT slot_name FROM pg_replication_slots ORDER BY 1").rows().stream()
        .map((Rows.Row row) -> row.text("slot_name"))
        .toList();
  }

  @Test
  void aPrimaryHasOneForEachOtherInstanceAndLeavesItsUsersAlone() throws Exception {
    create("mine");
    create("_cnpg_c_9");

    Slots.onPrimary(sql, cluster("{}"), "c-1");

    assertThat(names()).containsExactly("_cnpg_c_2", "_cnpg_c_3", "mine");
  }

  @Test
  void aStandbyHasWhatThePrimaryHasAndKeepsAnInactiveOneOfAUser() throws Exception {
    create("mine");
    create("gone");
    var primarys =
        List.of(
            new Slot("mine", now()), new Slot("_cnpg_c_2", now()), new Slot("_cnpg_c_3", now()));

    Slots.onStandby(sql, cluster("{}"), "c-2", primarys);
    Slots.onStandby(sql, cluster("{}"), "c-2", primarys);

    assertThat(names()).containsExactly("_cnpg_c_3", "mine");
  }

  @Test
  void whatAPatternExcludesIsNeitherCopiedNorDropped() throws Exception {
    var settings = cluster("{\"synchronizeReplicas\": {\"excludePatterns\": [\"^local_\"]}}");
    create("local_one");

    Slots.onStandby(
        sql, settings, "c-2", List.of(new Slot("local_two", now()), new Slot("two", now())));

    assertThat(names()).containsExactly("local_one", "two");
  }

  @Test
  void withoutSynchronizationAStandbyHasNoneOfItsUsers() throws Exception {
    var settings = cluster("{\"synchronizeReplicas\": {\"enabled\": false}}");

    Slots.onStandby(
        sql, settings, "c-2", List.of(new Slot("mine", now()), new Slot("_cnpg_c_3", now())));

    assertThat(names()).containsExactly("_cnpg_c_3");
  }

  @Test
  void oneThatPostgresHasGivenUpIsMadeAnew() throws Exception {
    create("_cnpg_c_2");
    create("mine");
    giveUpAll();

    Slots.onPrimary(sql, cluster("{}"), "c-1");

    assertThat(names()).containsExactly("_cnpg_c_2", "_cnpg_c_3", "mine");
    assertThat(lost()).as("what is its user's alone").containsExactly("mine");
  }

  @Test
  void aCopyThatPostgresHasGivenUpIsMadeAnew() throws Exception {
    create("_cnpg_c_3");
    create("mine");
    giveUpAll();

    Slots.onStandby(
        sql, cluster("{}"), "c-2", List.of(new Slot("_cnpg_c_3", now()), new Slot("mine", now())));

    assertThat(names()).containsExactly("_cnpg_c_3", "mine");
    assertThat(lost()).isEmpty();
  }

  @Test
  void oneForWhichThereIsNoRoomKeepsNothingElseWaiting() throws Exception {
    for (int i = 0; i < ROOM - 1; i++) {
      create("mine_" + i);
    }

    Slots.onPrimary(sql, cluster("{}"), "c-1");

    assertThat(names()).hasSize(ROOM).containsAnyOf("_cnpg_c_2", "_cnpg_c_3");
  }

  /// It stopped in order, another was promoted, and it follows that one without a rewind: the slot
  /// is there still, nobody can read it, and the WAL from then on stays.
  @Test
  void aLogicalSlotOfAFormerPrimaryIsDroppedWithTheWalThatItKeeps() throws Exception {
    assumeTrue(PostgresBinaries.newest().major() < 16, "later ones read slots on standbys");
    try (var former = ThrowawayPostgres.start(Map.of("wal_level", "logical"));
        var next = former.standby("next")) {
      former.query("SELECT pg_create_logical_replication_slot('subscriber', 'pgoutput')");
      String oldest = former.query("SELECT pg_walfile_name(restart_lsn) FROM pg_replication_slots");
      changePlaces(former, next);
      try (var here = local(former)) {
        awaitWal(former, next);
        assertThat(wal(former)).as("kept by the slot").contains(oldest);

        assertThat(Slots.dropLeft(here, cluster("{}"))).containsExactly("subscriber");

        assertThat(former.query("SELECT count(*) FROM pg_replication_slots")).isEqualTo("0");
        awaitWal(former, next);
        assertThat(wal(former)).doesNotContain(oldest);
      }
    }
  }

  @Test
  void aLogicalSlotThatAPatternExcludesStays() throws Exception {
    try (var former = ThrowawayPostgres.start(Map.of("wal_level", "logical"));
        var next = former.standby("next")) {
      former.query("SELECT pg_create_logical_replication_slot('mine', 'pgoutput')");
      changePlaces(former, next);
      try (var here = local(former)) {
        var settings = cluster("{\"synchronizeReplicas\": {\"excludePatterns\": [\"^mine$\"]}}");

        assertThat(Slots.dropLeft(here, settings)).isEmpty();
      }
    }
  }

  @Test
  void aPrimaryKeepsItsLogicalSlots() throws Exception {
    try (var primary = ThrowawayPostgres.start(Map.of("wal_level", "logical"));
        var here = local(primary)) {
      primary.query("SELECT pg_create_logical_replication_slot('subscriber', 'pgoutput')");

      assertThat(Slots.dropLeft(here, cluster("{}"))).isEmpty();
    }
  }

  private static void changePlaces(ThrowawayPostgres former, ThrowawayPostgres next) {
    awaitTrue(former, "SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'");
    former.stop();
    next.query("SELECT pg_promote()");
    former.follow(next);
  }

  private static void awaitTrue(ThrowawayPostgres server, String question) {
    await().atMost(Duration.ofMinutes(3)).until(() -> server.query(question).equals("t"));
  }

  private static PgServer local(ThrowawayPostgres server) {
    return PgServer.local(
        new ServerAddress.Local(server.socketDirectory(), ThrowawayPostgres.PORT));
  }

  /// The primary writes some segments, and the standby has a restart point behind them.
  private static void awaitWal(ThrowawayPostgres standby, ThrowawayPostgres primary) {
    for (int i = 0; i < 3; i++) {
      primary.query("SELECT pg_logical_emit_message(false, 'test', 'x'), pg_switch_wal()");
    }
    primary.query("CHECKPOINT");
    String end = primary.query("SELECT pg_current_wal_flush_lsn()");
    awaitTrue(standby, "SELECT pg_last_wal_replay_lsn() >= '" + end + "'");
    standby.query("CHECKPOINT");
  }

  private static List<String> wal(ThrowawayPostgres server) {
    return server.query("SELECT name FROM pg_ls_waldir()").lines().toList();
  }

  private static void giveUpAll() {
    for (int i = 0; i < 3; i++) {
      sql.query("SELECT pg_logical_emit_message(false, 'test', 'x')");
      sql.query("SELECT pg_switch_wal()");
    }
    sql.checkpoint(Duration.ofMinutes(1));
    assertThat(lost()).isEqualTo(names());
  }

  private static List<String> lost() {
    return sql
        .query("SELECT slot_name FROM pg_replication_slots WHERE wal_status = 'lost' ORDER BY 1")
        .rows()
        .stream()
        .map((Rows.Row row) -> row.text("slot_name"))
        .toList();
  }

  private static Lsn now() {
    return Lsn.parse(sql.query("SELECT pg_current_wal_lsn()::text AS lsn").single().text("lsn"));
  }
}
