// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.ThrowawayPostgres;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What a restore does with databases, and what it leaves alone.
class PlaceIT {
  private static final Instant NOW = Instant.parse("2026-11-22T04:00:00Z");
  private static final Properties PLAIN =
      new Properties(
          "postgres", -1, false, Properties.DEFAULT_TABLESPACE, false, List.of(), List.of());
  private static ThrowawayPostgres server;
  private static PgServer sql;

  @BeforeAll
  static void start() {
    server = ThrowawayPostgres.start();
    sql = PgServer.local(new ServerAddress.Local(server.socketDirectory(), ThrowawayPostgres.PORT));
  }

  @AfterAll
  static void stop() {
    sql.close();
    server.close();
  }

  private static void execute(String statement) {
    new Place(sql, "none").execute("postgres", statement);
  }

  private static boolean isOpen(String database) {
    return sql.query("select datallowconn from pg_database where datname = $1", database)
        .single()
        .flag("datallowconn");
  }

  /// A restore that was killed just after it had made its database.
  private static Place begun() {
    var place = new Place(sql, UUID.randomUUID().toString());
    execute("CREATE DATABASE \"" + place.filling() + "\"");
    return place;
  }

  private static Place filled() {
    Place place = begun();
    place.markFilled();
    return place;
  }

  @Test
  void whatAKilledRunHasBegunIsKnownByItsName() {
    Place place = begun();
    Place others = filled();
    execute("CREATE DATABASE users");
    execute("CREATE DATABASE howdah_restore_users");

    assertThat(place.isFilled()).isFalse();
    assertThat(others.isFilled()).isTrue();
    assertThat(Place.unplaced(sql)).contains(place.uid(), others.uid()).doesNotContain("users");
    place.drop();

    assertThat(place.exists(place.filling())).isFalse();
    assertThat(Place.unplaced(sql)).contains(others.uid()).doesNotContain(place.uid());
    assertThat(place.exists("users")).isTrue();
    place.drop(); // once more
  }

  @Test
  void anotherRunSeesThatTheSwapIsDone() throws Exception {
    Place place = filled();
    execute("CREATE DATABASE shop");

    Place.Placed placed = place.swap("shop", PLAIN, NOW);

    assertThat(placed).isEqualTo(new Place.Placed("shop", "shop_before_20261122040000"));
    assertThat(place.placed()).contains(placed);
    assertThat(new Place(sql, "another").placed()).isEmpty();
    assertThat(isOpen(placed.kept())).isTrue();
    assertThat(isOpen("shop")).isTrue();
    assertThat(place.exists(place.filling())).isFalse();
    place.unmark(placed, "the shop's own comment");
    assertThat(place.comment("shop")).isEqualTo("the shop's own comment");
    assertThat(place.placed()).isEmpty();
  }

  /// Two of one database: the first one's run was killed before it could say that it was done.
  @Test
  void aSecondRestoreOfTheSameDatabaseLosesNothing() throws Exception {
    execute("CREATE DATABASE tea");
    Place first = filled();
    Place second = filled();

    Place.Placed one = first.swap("tea", PLAIN, NOW);
    Place.Placed two = second.swap("tea", PLAIN, NOW);

    assertThat(two.kept()).isNotEqualTo(one.kept());
    assertThat(first.placed()).contains(new Place.Placed(two.kept(), one.kept()));
    assertThat(second.placed()).contains(two);
    assertThat(second.comment(two.kept())).as("not the first one's mark").isEmpty();
    for (var database : List.of("tea", one.kept(), two.kept())) {
      assertThat(first.exists(database)).as(database).isTrue();
    }
  }

  /// A monitor that looks into all databases, for instance.
  @Test
  void sessionsOfTheFilledDatabaseDontKeepItFromItsPlace() throws Exception {
    Place place = filled();
    execute("CREATE DATABASE toys");

    try (var _ = sql.open(place.filling());
        var _ = sql.open("toys")) {
      place.swap("toys", PLAIN, NOW);
    }

    assertThat(place.placed()).contains(new Place.Placed("toys", "toys_before_20261122040000"));
  }

  @Test
  void aRunThatWasKilledInTheMidstOfTheSwapLeavesNoClosedOriginal() {
    Place place = filled();
    execute("CREATE DATABASE books");
    execute(
        "COMMENT ON DATABASE \"%s\" IS '%s'"
            .formatted(
                place.filling(), new Mark(place.uid(), Mark.State.SWAPPING, "books").text()));
    execute("ALTER DATABASE books ALLOW_CONNECTIONS false");

    new Place(sql, "another").reopen();
    assertThat(isOpen("books")).isFalse();
    place.drop(); // as nobody wants it any more

    assertThat(isOpen("books")).isTrue();
  }

  @Test
  void keepsOffANameThatIsTaken() throws Exception {
    execute("CREATE DATABASE taken");
    Place place = filled();

    assertThatThrownBy(() -> place.put("taken", PLAIN))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("there is a database taken already");
    assertThat(place.placed()).isEmpty();
    assertThat(place.put("free", PLAIN)).isEqualTo(new Place.Placed("free", ""));
    assertThat(place.exists("free")).isTrue();
  }

  @Test
  void whatTheReplacedDatabaseHadGoesToItsSuccessor() throws Exception {
    execute("CREATE ROLE boss");
    execute("CREATE ROLE guest");
    execute("CREATE DATABASE bank OWNER boss CONNECTION LIMIT 7");
    execute("REVOKE ALL ON DATABASE bank FROM PUBLIC");
    execute("GRANT CONNECT ON DATABASE bank TO guest WITH GRANT OPTION");
    execute("ALTER DATABASE bank SET work_mem TO '9MB'");
    execute("ALTER ROLE guest IN DATABASE bank SET search_path TO a, \"B c\"");
    Place place = filled();
    Properties before = place.properties("bank");

    Place.Placed placed = place.swap("bank", PLAIN, NOW);

    assertThat(place.properties("bank")).isEqualTo(before);
    assertThat(place.properties(placed.kept())).isEqualTo(before);
    assertThat(before.limit()).isEqualTo(7);
    assertThat(before.rules())
        .containsExactlyInAnyOrder(
            new Properties.Rule("", "work_mem=9MB"),
            new Properties.Rule("guest", "search_path=a, \"B c\""));
    assertThat(before.grants()).contains(new Properties.Grant("CONNECT", "guest", true));
    assertThat(PLAIN.replacedBy(before))
        .contains("work_mem=9MB", "search_path=a, \"B c\" for guest", "connection limit 7")
        .contains("at the restored moment there were instead: owner postgres");
    assertThat(before.replacedBy(before)).isEmpty();
  }

  @Test
  void whatTheBackupHadGoesToADatabaseThatReplacesNone() throws Exception {
    execute("CREATE ROLE clerk");
    execute("CREATE DATABASE old OWNER clerk CONNECTION LIMIT 3");
    execute("ALTER ROLE clerk IN DATABASE old SET work_mem TO '9MB'");
    Place place = filled();
    Properties then = place.properties("old");
    var gone =
        new Properties(
            then.owner(),
            then.limit(),
            then.template(),
            then.tablespace(),
            then.granted(),
            then.grants(),
            List.of(then.rules().getFirst(), new Properties.Rule("nobody", "work_mem=1MB")));

    place.swap("young", gone, NOW);

    assertThat(place.properties("young")).isEqualTo(then);
  }
}
