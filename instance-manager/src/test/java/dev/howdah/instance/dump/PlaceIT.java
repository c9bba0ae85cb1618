// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.dump;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.ThrowawayPostgres;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What a restore does with databases, and what it leaves alone.
class PlaceIT {
  private static final Instant NOW = Instant.parse("2026-11-22T04:00:00Z");
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

  private static boolean isOpen(String database) {
    return sql.query("select datallowconn from pg_database where datname = $1", database)
        .single()
        .flag("datallowconn");
  }

  @Test
  void dropsOnlyWhatThisRestoreHasMade() {
    var place = new Place(sql, "uid-1");
    place.execute("postgres", "CREATE DATABASE users");
    place.execute("postgres", "CREATE DATABASE others");
    new Place(sql, "uid-2").mark("others", Mark.State.FILLING);
    place.execute("postgres", "CREATE DATABASE ours");
    place.mark("ours", Mark.State.FILLING);

    for (String database : new String[] {"users", "others", "ours", "none"}) {
      place.drop(database);
    }

    assertThat(place.exists("users")).isTrue();
    assertThat(place.exists("others")).isTrue();
    assertThat(place.exists("ours")).isFalse();
  }

  @Test
  void anotherRunSeesThatTheSwapIsDone() throws Exception {
    var place = new Place(sql, "uid-3");
    place.execute("postgres", "CREATE DATABASE shop");
    place.execute("postgres", "CREATE DATABASE shop_restoring");
    place.mark("shop_restoring", Mark.State.FILLED);

    String kept = place.swap("shop_restoring", "shop", NOW);

    assertThat(kept).isEqualTo("shop_before_20261122040000");
    assertThat(place.replaced("shop")).contains(kept);
    assertThat(new Place(sql, "uid-4").replaced("shop")).isEmpty();
    assertThat(isOpen(kept)).isTrue();
    assertThat(isOpen("shop")).isTrue();
    assertThat(place.exists("shop_restoring")).isFalse();
    place.unmark("shop", "the shop's own comment");
    assertThat(place.mark("shop")).isEmpty();
  }

  /// A monitor that looks into all databases, for instance.
  @Test
  void sessionsOfTheFilledDatabaseDontKeepItFromItsPlace() throws Exception {
    var place = new Place(sql, "uid-7");
    place.execute("postgres", "CREATE DATABASE toys");
    place.execute("postgres", "CREATE DATABASE toys_restoring");
    place.mark("toys_restoring", Mark.State.FILLED);

    try (var _ = sql.open("toys_restoring");
        var _ = sql.open("toys")) {
      place.swap("toys_restoring", "toys", NOW);
    }

    assertThat(place.replaced("toys")).contains("toys_before_20261122040000");
  }

  @Test
  void anotherRunOpensTheOriginalThatAKilledOneHadClosed() {
    var place = new Place(sql, "uid-5");
    place.execute("postgres", "CREATE DATABASE books");
    place.execute("postgres", "CREATE DATABASE books_restoring");
    place.mark("books_restoring", Mark.State.SWAPPING);
    place.execute("postgres", "ALTER DATABASE books ALLOW_CONNECTIONS false");

    new Place(sql, "uid-6").reopen("books_restoring", "books");
    assertThat(isOpen("books")).isFalse();
    place.reopen("books_restoring", "books");

    assertThat(isOpen("books")).isTrue();
    assertThat(place.mark("books_restoring")).contains(new Mark("uid-5", Mark.State.FILLED));
  }
}
