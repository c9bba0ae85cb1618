// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.howdah.postgres.config.ClusterSettings.TablespaceSettings;
import dev.howdah.postgres.config.ConnInfo;
import dev.howdah.postgres.objects.ManagedRoles.Password;
import dev.howdah.postgres.objects.ManagedRoles.PasswordState;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.PostgresBinaries;
import dev.howdah.testing.ServerUser;
import dev.howdah.testing.ThrowawayPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DeclaredObjectsIT {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  static List<PostgresBinaries> versions() {
    return PostgresBinaries.all();
  }

  private static PgServer sql(ThrowawayPostgres server) {
    return PgServer.local(new ServerAddress.Local(server.socketDirectory(), 5432));
  }

  private static List<RoleSpec> roles(String yaml) throws Exception {
    var specs = new java.util.ArrayList<RoleSpec>();
    YAML.readTree(yaml).forEach(role -> specs.add(RoleSpec.fromJson(role)));
    return specs;
  }

  @ParameterizedTest
  @MethodSource("versions")
  void bringsRolesIntoShapeAndLeavesOthersAlone(PostgresBinaries binaries) throws Exception {
    try (var server = ThrowawayPostgres.start(binaries, Map.of());
        var pg = sql(server)) {
      server.query("create role other; create role gone; create role app createdb in role other");
      var managed = new ManagedRoles(pg, binaries.major());
      var specs =
          roles(
              """
              - {name: app, login: true, inRoles: [readers], validUntil: "2030-01-01T00:00:00Z"}
              - {name: readers, comment: may read}
              - {name: gone, ensure: absent}
              - {name: postgres}
              - {name: broken, inRoles: [nobody]}
              - {name: sealed, login: true}
              """);
      Map<String, Password> passwords =
          Map.of(
              "app", new Password.Given("secret", "7"),
              "sealed", new Password.Unreadable("secret x has no key password"));

      var first = managed.reconcile(specs, passwords, Map.of());

      assertThat(first.reconciled()).containsExactlyInAnyOrder("app", "readers", "gone");
      assertThat(first.pending()).containsExactly("broken", "sealed");
      assertThat(first.reserved()).containsExactly("postgres");
      assertThat(first.notManaged()).containsExactly("other");
      assertThat(first.errors().get("broken").getFirst()).contains("nobody");
      assertThat(first.passwords()).containsOnlyKeys("app");
      assertThat(
              server.query(
                  "select rolname, rolcreatedb, rolcanlogin, rolvaliduntil at time zone 'UTC',"
                      + " pg_has_role('app', 'readers', 'member'), pg_has_role('app', 'other', 'member')"
                      + " from pg_roles where rolname = 'app'"))
          .isEqualTo("app|f|t|2030-01-01 00:00:00|t|f");

      String before = server.query("select rolpassword, xmin from pg_authid where rolname = 'app'");
      var second = managed.reconcile(specs, passwords, first.passwords());
      assertThat(second.passwords()).isEqualTo(first.passwords());
      assertThat(server.query("select rolpassword, xmin from pg_authid where rolname = 'app'"))
          .isEqualTo(before);

      server.query("alter role app password 'somebody else''s'");
      var third = managed.reconcile(specs, passwords, second.passwords());
      assertThat(third.passwords().get("app"))
          .isNotEqualTo(second.passwords().get("app"))
          .extracting(PasswordState::version)
          .isEqualTo("7");

      managed.reconcile(specs, Map.of("app", new Password.Disabled()), third.passwords());
      assertThat(server.query("select rolpassword is null from pg_authid where rolname = 'app'"))
          .isEqualTo("t");
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void bringsDatabasesIntoShape(PostgresBinaries binaries) throws Exception {
    try (var server = ThrowawayPostgres.start(binaries, Map.of());
        var pg = sql(server)) {
      server.query("create role app; create role other");
      var databases = new DeclaredDatabases(pg);
      var spec =
          DatabaseSpec.fromJson(
              YAML.readTree(
                  """
                  name: my shop
                  owner: app
                  template: template0
                  encoding: UTF8
                  localeCollate: C
                  localeCType: C
                  connectionLimit: 7
                  schemas: [{name: sales, owner: other}, {name: never, ensure: absent}]
                  extensions: [{name: plpgsql}, {name: no_such}]
                  fdws: [{name: w, handler: "-", options: [{name: a, value: "it's"}], usage: [{name: app}]}]
                  servers: [{name: s, fdw: w, options: [{name: host, value: h}], usage: [{name: app}]}]
                  """));

      var first = databases.reconcile(spec);
      var second = databases.reconcile(spec);

      assertThat(first).isEqualTo(second);
      assertThat(first.applied()).isFalse();
      assertThat(first.message()).isEqualTo("database object reconciliation failed");
      assertThat(first.extensions())
          .extracting(DeclaredDatabases.ObjectResult::applied)
          .containsExactly(true, false);
      assertThat(first.servers()).allMatch(DeclaredDatabases.ObjectResult::applied);
      assertThat(server.query("my shop", "select srvoptions from pg_foreign_server"))
          .isEqualTo("{host=h}");
      assertThat(
              server.query(
                  "select datconnlimit, pg_get_userbyid(datdba) from pg_database where datname = 'my shop'"))
          .isEqualTo("7|app");

      var changed =
          DatabaseSpec.fromJson(
              YAML.readTree(
                  """
                  name: my shop
                  owner: other
                  connectionLimit: -1
                  allowConnections: true
                  schemas: [{name: sales, owner: app}]
                  fdws: [{name: w, ensure: absent}]
                  servers: [{name: s, fdw: w, ensure: absent}]
                  """));
      assertThat(databases.reconcile(changed).applied()).isTrue();
      assertThat(
              server.query(
                  "my shop",
                  "select (select count(*) from pg_foreign_data_wrapper where fdwname = 'w'),"
                      + " (select nspowner::regrole from pg_namespace where nspname = 'sales'),"
                      + " (select datdba::regrole from pg_database where datname = 'my shop')"))
          .isEqualTo("0|app|other");

      var gone = DatabaseSpec.fromJson(YAML.readTree("{name: my shop, owner: x, ensure: absent}"));
      assertThat(databases.reconcile(gone).applied()).isTrue();
      assertThat(server.query("select count(*) from pg_database where datname = 'my shop'"))
          .isEqualTo("0");
    }
  }

  @Test
  void sendsRowsFromAPublicationToASubscription() throws Exception {
    try (var from = ThrowawayPostgres.start(Map.of("wal_level", "logical"));
        var to = ThrowawayPostgres.start(Map.of("wal_level", "logical"));
        var atFrom = sql(from);
        var atTo = sql(to)) {
      for (var server : List.of(from, to)) {
        server.query("create table t (x int primary key, y int)");
      }
      var publication =
          Publication.fromJson(
              YAML.readTree(
                  "{name: p, dbname: postgres, target: {objects: [{table: {name: t, schema: public,"
                      + " columns: [x]}}]}, parameters: {publish: 'insert'}}"));
      publication.reconcile(atFrom);
      publication.reconcile(atFrom);
      var subscription =
          Subscription.fromJson(
              YAML.readTree(
                  "{name: s, dbname: postgres, publicationName: p, externalClusterName: e,"
                      + " parameters: {copy_data: 'true', streaming: 'true'}}"));
      var source =
          new ConnInfo(Map.of("host", from.address(), "user", "postgres", "dbname", "postgres"));
      subscription.reconcile(atTo, source, to.binaries().major());
      subscription.reconcile(atTo, source, to.binaries().major());

      from.query("insert into t values (1, 2)");

      await()
          .atMost(Duration.ofSeconds(90))
          .until(() -> to.query("select x, y is null from t").equals("1|t"));
      subscription.drop(atTo);
      publication.drop(atFrom);
      assertThat(to.query("select count(*) from pg_subscription")).isEqualTo("0");
      assertThat(from.query("select count(*) from pg_publication")).isEqualTo("0");
    }
  }

  @Test
  void makesTablespacesOnceTheirVolumesAreThere() {
    Path volume = ServerUser.temporaryDirectory("tbs");
    try (var server = ThrowawayPostgres.start();
        var pg = sql(server)) {
      server.query("create role app");
      var tablespaces = new Tablespaces(pg);
      var wanted =
          List.of(
              new TablespaceSettings("Fast \"one\"", "postgres", false),
              new TablespaceSettings("late", "postgres", false),
              new TablespaceSettings("bad", "nobody", false));

      var results = tablespaces.reconcile(wanted, name -> name.equals("late") ? null : volume);

      assertThat(results)
          .extracting(Tablespaces.Result::reconciled)
          .containsExactly(true, false, false);
      assertThat(results.get(1).error()).isEmpty();
      assertThat(results.get(2).error()).contains("nobody");
      var owned = List.of(new TablespaceSettings("Fast \"one\"", "app", false));
      tablespaces.reconcile(owned, name -> volume);
      assertThat(
              server.query(
                  "select spcname, spcowner::regrole from pg_tablespace where oid > 16000"))
          .isEqualTo("Fast \"one\"|app");
    } finally {
      ServerUser.delete(volume);
    }
  }
}
