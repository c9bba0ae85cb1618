// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.postgres.TestInstance;
import dev.howdah.postgres.command.Postmaster;
import dev.howdah.postgres.command.Postmaster.StopMode;
import dev.howdah.testing.PostgresBinaries;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every configuration that we write starts a real server, which then has exactly the values that
/// we meant.
class ConfiguredServerIT {
  private static final String EVERYTHING =
      """
      metadata: {name: shop, namespace: database}
      spec:
        instances: 3
        podSelectorRefs: [{name: apps}]
        tablespaces: [{name: Scratch, temporary: true}, {name: fast}]
        replicationSlots: {highAvailability: {enabled: true}}
        postgresql:
          parameters:
            shared_buffers: 16MB
            work_mem: 4 MB
            log_line_prefix: "%m [%p] it's \\\\ \\t 'quoted' "
            search_path: '"$user", public'
            DateStyle: "ISO, DMY"
            pg_stat_statements.max: "2000"
            auto_explain.log_min_duration: 10s
            made_up.setting: "a\\nb'c\\\\d"
          pg_hba:
            - host all all 10.0.0.0/8 scram-sha-256
            - hostssl "my db",other "a ""b c" 10.0.0.0 255.0.0.0 md5 # old clients
            - hostssl all all ::1/128 cert clientcert=verify-full map=x
            - host all all samenet scram-sha-256
            - host all all .example.com scram-sha-256
            - host app app ${podselector:apps} scram-sha-256
          pg_ident: ["x /^(.*)@example\\\\.com$ \\\\1", mine alice app]
          ldap: {server: ldap.example, bindAsAuth: {prefix: "uid=", suffix: ",dc=example"}}
          synchronous: {method: any, number: 1}
      status:
        instanceNames: [shop-1, shop-2, shop-3]
        instancesStatus: {healthy: [shop-1, shop-2]}
        currentPrimary: shop-1
        podSelectorRefs: [{name: apps, ips: [10.1.2.3, "fd00::1"]}]
      """;

  static List<PostgresBinaries> versions() {
    return PostgresBinaries.all();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void startsWithEverythingAtOnce(PostgresBinaries binaries) throws Exception {
    try (var instance = TestInstance.create("shop-1", binaries)) {
      boolean full = instance.isFullBuild();
      var cluster =
          TestInstance.cluster(full ? EVERYTHING : EVERYTHING.replaceAll("ldap: .*\n", "\n"));
      var facts =
          instance
              .facts(ServerRole.PRIMARY)
              .withSynchronous(SynchronousStandbys.of(cluster, "shop-1").orElseThrow());
      var configuration = instance.configure(cluster, facts);

      assertThat(instance.programs.problemWithConfiguration(instance.pgData())).isEmpty();
      assertThat(instance.start(configuration.commandLine()))
          .as(instance.log())
          .isEqualTo(Postmaster.Phase.READY);
      assertThat(instance.query("show cnpg.config_sha256")).isEqualTo(configuration.configHash());
      assertThat(instance.query("show howdah.files_sha256")).isEqualTo(configuration.filesHash());
      assertThat(instance.query("show made_up.setting")).isEqualTo("a\nb'c\\d");
      assertThat(instance.query("show log_line_prefix")).isEqualTo("%m [%p] it's \\ \t 'quoted'");
      assertThat(instance.query("show synchronous_standby_names"))
          .isEqualTo("ANY 1 (\"shop-2\",\"shop-3\",\"shop-1\")");
      assertThat(instance.query("select count(*) from pg_hba_file_rules where error is not null"))
          .isEqualTo("0");
      assertThat(instance.query("select count(*) from pg_hba_file_rules"))
          .isEqualTo(full ? "14" : "13");
      assertThat(instance.query("select count(*) from pg_file_settings where error is not null"))
          .isEqualTo("0");
      if (binaries.major() >= 17) {
        assertThat(instance.query("show allow_alter_system")).isEqualTo("off");
      }
      assertThat(instance.postmaster().stop(StopMode.FAST, Duration.ofSeconds(90))).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void startsWithEveryParameterAtItsOwnDefault(PostgresBinaries binaries) throws Exception {
    try (var instance = TestInstance.create("shop-1", binaries)) {
      instance.configure(
          TestInstance.cluster("metadata: {name: shop}"), instance.facts(ServerRole.PRIMARY));
      assertThat(instance.start()).as(instance.log()).isEqualTo(Postmaster.Phase.READY);
      var boot = new TreeMap<String, String>();
      for (String row :
          instance
              .query(
                  "select name || '|' || coalesce(boot_val, '') from pg_settings"
                      + " where context <> 'internal' and name not like '%.%' and boot_val <> ''")
              .split("\n")) {
        String[] field = row.split("\\|", 2);
        if (!FixedParameters.isFixed(field[0])) {
          boot.put(field[0], field[1]);
        }
      }
      instance.postmaster().stop(StopMode.FAST, Duration.ofSeconds(90));

      boot.keySet().removeIf(name -> name.equals("extension_destdir")); // Debian's own
      var configuration = configureParameters(instance, boot);

      assertThat(configuration.findings()).isEmpty();
      assertThat(instance.start()).as(instance.log()).isEqualTo(Postmaster.Phase.READY);
      assertThat(instance.query("show cnpg.config_sha256")).isEqualTo(configuration.configHash());
      instance.postmaster().stop(StopMode.FAST, Duration.ofSeconds(90));
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void startsWhateverTheUserWrites(PostgresBinaries binaries) throws Exception {
    long first = Long.getLong("seed", 1);
    long count = Long.getLong("seeds", 6);
    try (var instance = TestInstance.create("shop-1", binaries)) {
      for (long seed = first; seed < first + count; seed++) {
        var fuzz = new ParameterFuzz(new SplittableRandom(seed), binaries.major());
        Map<String, String> user = fuzz.parameters(80);
        var configuration = configureParameters(instance, user);
        String replay =
            "major " + binaries.major() + " seed=" + seed + "; rerun with -Dseed=" + seed;

        assertThat(instance.programs.problemWithConfiguration(instance.pgData()))
            .as(replay)
            .isEmpty();
        assertThat(instance.start()).as(replay + instance.log()).isEqualTo(Postmaster.Phase.READY);
        for (var entry : user.entrySet()) {
          if (entry.getKey().matches("fuzz\\.p\\d+")) {
            String shown =
                instance.query(
                    "select encode(convert_to(current_setting('"
                        + entry.getKey()
                        + "'), 'UTF8'), 'hex')");
            assertThat(new String(java.util.HexFormat.of().parseHex(shown), "UTF-8"))
                .as(replay + " " + entry.getKey())
                .isEqualTo(entry.getValue());
          }
        }
        assertThat(instance.query("show cnpg.config_sha256"))
            .as(replay)
            .isEqualTo(configuration.configHash());
        assertThat(instance.query("show archive_command")).as(replay).contains("wal-archive");
        instance.postmaster().stop(StopMode.IMMEDIATE, Duration.ofSeconds(90));
      }
    }
  }

  private static ServerConfiguration configureParameters(
      TestInstance instance, Map<String, String> parameters) throws Exception {
    ObjectNode cluster = JsonNodeFactory.instance.objectNode();
    cluster.putObject("metadata").put("name", "shop");
    ObjectNode map = cluster.putObject("spec").putObject("postgresql").putObject("parameters");
    parameters.forEach(map::put);
    return instance.configure(
        ClusterSettings.fromJson(cluster), instance.facts(ServerRole.PRIMARY));
  }

  @ParameterizedTest
  @MethodSource("versions")
  void readsBrokenUserRulesWithoutStoppingTheServer(PostgresBinaries binaries) throws Exception {
    var random = new SplittableRandom(7);
    try (var instance = TestInstance.create("shop-1", binaries)) {
      ObjectNode cluster = JsonNodeFactory.instance.objectNode();
      cluster.putObject("metadata").put("name", "shop");
      var postgresql = cluster.putObject("spec").putObject("postgresql");
      var hba = postgresql.putArray("pg_hba");
      var ident = postgresql.putArray("pg_ident");
      for (int i = 0; i < 400; i++) {
        String line = ParameterFuzz.accessLine(random);
        if (instance.isFullBuild() || !line.matches(".*(gss|ldap|pam).*")) {
          hba.add(line);
        }
        ident.add(ParameterFuzz.nastyText(random));
      }
      instance.configure(ClusterSettings.fromJson(cluster), instance.facts(ServerRole.PRIMARY));

      assertThat(instance.start()).as(instance.log()).isEqualTo(Postmaster.Phase.READY);
      assertThat(
              instance.query(
                  "select string_agg(line_number || ': ' || error, e'\\n') from pg_hba_file_rules"
                      + " where error is not null"))
          .as(Files.readString(instance.pgData().resolve("pg_hba.conf")))
          .isEmpty();
    }
  }
}
