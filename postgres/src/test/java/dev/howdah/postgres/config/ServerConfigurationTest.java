// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerConfigurationTest {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  static ClusterSettings cluster(String yaml) throws Exception {
    return ClusterSettings.fromJson(YAML.readTree(yaml));
  }

  static ClusterSettings withPostgres(String indented) throws Exception {
    return cluster(
        """
        metadata: {name: shop, namespace: database}
        spec:
          instances: 3
          postgresql:
        """
            + indented.indent(4)
            + """
            status:
              instanceNames: [shop-1, shop-2, shop-3]
              instancesStatus: {healthy: [shop-1, shop-2]}
              currentPrimary: shop-1
            """);
  }

  static ServerFacts facts() {
    return ServerFacts.of("shop-1", ServerRole.PRIMARY, ServerPaths.container(), "*", "postgres");
  }

  private static ServerConfiguration configure(String indented, int major) throws Exception {
    return ServerConfiguration.of(withPostgres(indented), major, facts());
  }

  @Test
  void writesTheDefaultsOfTheApi() throws Exception {
    var configuration = configure("{}", 15);

    assertThat(configuration.findings()).isEmpty();
    assertThat(configuration.parameters())
        .containsEntry("archive_timeout", "5min")
        .containsEntry("wal_level", "logical")
        .containsEntry("wal_log_hints", "on")
        .containsEntry("listen_addresses", "*")
        .containsEntry("cluster_name", "shop")
        .containsEntry("unix_socket_directories", "/controller/run")
        .containsEntry(
            "archive_command",
            "/controller/manager wal-archive --log-destination /controller/log/postgres.json %p")
        .doesNotContainKey("allow_alter_system");
    assertThat(configuration.customConf())
        .endsWith("cnpg.config_sha256 = '" + configuration.configHash() + "'\n");
  }

  @Test
  void letsUserParametersWinOverDefaultsButNotOverItsOwn() throws Exception {
    var configuration =
        configure(
            """
            parameters: {wal_keep_size: 1GB, MAX_Connections: "200", archive_command: "true", port: "5432",
                         log_destination: csvlog, Include: /etc/passwd, cnpg.config_sha256: "0"}
            """,
            16);

    assertThat(configuration.parameters())
        .containsEntry("wal_keep_size", "1GB")
        .containsEntry("max_connections", "200")
        .containsEntry("log_destination", "csvlog")
        .doesNotContainKey("include");
    assertThat(configuration.parameters().get("archive_command")).contains("wal-archive");
    assertThat(configuration.findings())
        .extracting(Finding::field)
        .containsExactlyInAnyOrder(
            "spec.postgresql.parameters.archive_command",
            "spec.postgresql.parameters.port",
            "spec.postgresql.parameters.Include",
            "spec.postgresql.parameters.cnpg.config_sha256");
  }

  @Test
  void leavesOutWhatTheMajorDoesNotKnow() throws Exception {
    String parameters = "parameters: {summarize_wal: 'on', vacuum_defer_cleanup_age: '0'}";

    assertThat(configure(parameters, 15).parameters())
        .containsKey("vacuum_defer_cleanup_age")
        .doesNotContainKey("summarize_wal");
    assertThat(configure(parameters, 17).parameters())
        .containsKey("summarize_wal")
        .doesNotContainKey("vacuum_defer_cleanup_age");
    assertThat(configure(parameters, 17).findings())
        .singleElement()
        .asString()
        .isEqualTo(
            "spec.postgresql.parameters.vacuum_defer_cleanup_age: is not known to PostgreSQL 17;"
                + " remove it or correct its name");
  }

  @Test
  void refusesValuesThatThePostmasterWouldDieOf() throws Exception {
    var configuration =
        configure(
            """
            parameters: {work_mem: lots, max_connections: "3", wal_level: minimal, jit: perhaps,
                         ssl_min_protocol_version: TLSv1.3, ssl_max_protocol_version: TLSv1.2, min_wal_size: 16MB}
            """,
            15);

    assertThat(configuration.findings()).hasSize(7);
    assertThat(configuration.parameters())
        .containsEntry("wal_level", "logical")
        .doesNotContainKeys("work_mem", "max_connections", "jit", "min_wal_size");
  }

  @Test
  void preloadsTheLibrariesOfManagedExtensionsAfterTheUsersOwn() throws Exception {
    String settings =
        """
        shared_preload_libraries: [timescaledb, "odd, name"]
        parameters: {pg_stat_statements.max: "5000", pgaudit.log: all}
        """;
    var everything = configure(settings, 15);
    var installed =
        ServerConfiguration.of(
            withPostgres(settings), 15, facts().withLibraries(Set.of("pg_stat_statements")));

    assertThat(everything.parameters())
        .containsEntry(
            "shared_preload_libraries", "timescaledb,\"odd, name\",pgaudit,pg_stat_statements");
    assertThat(installed.parameters())
        .containsEntry("shared_preload_libraries", "pg_stat_statements");
    assertThat(installed.findings()).hasSize(3);
    assertThat(installed.findings().getLast().message()).contains("postgresql-15-pgaudit");
  }

  @Test
  void keepsTheLogInALanguageThatIsUnderstood() throws Exception {
    assertThat(configure("{}", 15).parameters()).containsEntry("lc_messages", "C");
    assertThat(configure("parameters: {lc_messages: en_US.UTF-8}", 15).findings()).isEmpty();
    var german = configure("parameters: {lc_messages: de_DE.UTF-8}", 15);
    assertThat(german.parameters()).containsEntry("lc_messages", "de_DE.UTF-8");
    assertThat(german.findings())
        .singleElement()
        .satisfies(finding -> assertThat(finding.message()).contains("can't read"));
  }

  @Test
  void sharesOneHashAmongInstancesWhateverTheirPathsAndRoles() throws Exception {
    var cluster = withPostgres("parameters: {work_mem: 8MB}");
    var primary = ServerConfiguration.of(cluster, 15, facts());
    var standby =
        ServerConfiguration.of(
            cluster,
            15,
            ServerFacts.of(
                    "shop-2", ServerRole.STANDBY, new ServerPaths("/tmp/x/"), "127.0.0.5", "me")
                .withMinimums(Map.of("max_connections", 500))
                .following(
                    ConnInfo.streaming(
                        "shop-rw", "127.0.0.4", 5432, "shop-2", new ServerPaths("/tmp/x")),
                    "_cnpg_shop_2"));

    assertThat(standby.configHash()).isEqualTo(primary.configHash());
    assertThat(standby.filesHash()).isNotEqualTo(primary.filesHash());
    assertThat(standby.parameters())
        .containsEntry("listen_addresses", "127.0.0.5")
        .containsEntry("max_connections", "500")
        .containsEntry("ssl_key_file", "/tmp/x/controller/certificates/server.key");
    assertThat(standby.overrides())
        .containsEntry("primary_slot_name", "_cnpg_shop_2")
        .hasEntrySatisfying(
            "primary_conninfo",
            info ->
                assertThat(info)
                    .startsWith("host=shop-rw hostaddr=127.0.0.4 user=streaming_replica")
                    .contains("sslmode=verify-ca")
                    .contains("application_name=shop-2"));
    assertThat(configure("parameters: {work_mem: 9MB}", 15).configHash())
        .isNotEqualTo(primary.configHash());
  }

  @Test
  void followsTheOrderOfTheReferenceInPgHba() throws Exception {
    var cluster =
        cluster(
            """
            metadata: {name: shop}
            spec:
              podSelectorRefs: [{name: apps}, {name: none}]
              postgresql:
                pg_hba:
                  - hostssl app all 10.0.0.0/8 cert
                  - host app app ${podselector:apps} scram-sha-256
                  - host app app ${podselector:none} trust
                ldap: {server: ldap.example, port: 636, scheme: ldaps,
                       bindSearchAuth: {baseDN: 'dc=example "x"', bindDN: cn=me, searchAttribute: uid,
                                        bindPassword: {name: s, key: p}}}
                pg_ident: [mine alice app]
            status:
              podSelectorRefs: [{name: apps, ips: [10.1.2.3, "fd00::1"]}]
            """);
    var configuration =
        ServerConfiguration.of(cluster, 16, facts().withLdapBindPassword("secret #1\n"));

    assertThat(configuration.findings()).isEmpty();
    assertThat(configuration.hba())
        .isEqualTo(
            """
            # Written by Howdah; changes are lost. Use spec.postgresql.pg_hba.
            local all cnpg_metrics_exporter peer map=cnpg_metrics_exporter
            local all all peer map=local
            hostssl postgres streaming_replica all cert map=cnpg_streaming_replica
            hostssl replication streaming_replica all cert map=cnpg_streaming_replica
            hostssl all cnpg_pooler_pgbouncer all cert map=cnpg_pooler_pgbouncer
            hostssl app all 10.0.0.0/8 cert
            host app app 10.1.2.3/32 scram-sha-256
            host app app fd00::1/128 scram-sha-256
            host all all 0.0.0.0/0 ldap ldapserver="ldap.example" ldapport=636 ldapscheme="ldaps" \
            ldapbasedn="dc=example ""x\""" ldapbinddn="cn=me" ldapbindpasswd="secret #1" ldapsearchattribute="uid"
            host all all all scram-sha-256
            """);
    assertThat(configuration.ident())
        .endsWith("cnpg_metrics_exporter \"postgres\" cnpg_metrics_exporter\nmine alice app\n");
    assertThat(configuration.toString()).doesNotContain("secret");
  }

  @Test
  void letsNobodyInBehindARuleThatItCannotRead() throws Exception {
    var configuration =
        configure(
            """
            pg_hba: ["host all all 10.0.0.0/8 trust", "host all bob 10.0.0.0/33 reject", "host all all ${podselector:x} trust"]
            """,
            15);

    assertThat(configuration.hba())
        .contains("host all all 10.0.0.0/8 trust\n# has no valid address mask")
        .contains("# host all bob 10.0.0.0/33 reject\nhost all all all reject\n");
    assertThat(configuration.findings())
        .extracting(Finding::field)
        .containsExactly("spec.postgresql.pg_hba[1]", "spec.postgresql.pg_hba[2]");
  }

  @Test
  void warnsOfWhatMakesCommittedDataLessSafe() throws Exception {
    var configuration = configure("parameters: {fsync: 'off', synchronous_commit: 'off'}", 15);

    assertThat(configuration.parameters()).containsEntry("fsync", "off");
    assertThat(configuration.findings())
        .extracting(Finding::kind)
        .containsOnly(Finding.Kind.DURABILITY_REDUCED)
        .hasSize(2);
  }

  @Test
  void saysWhatAChangeTakes() throws Exception {
    var before = configure("parameters: {work_mem: 1GB, max_connections: '100'}", 15);
    var after =
        configure(
            "parameters: {work_mem: 1024MB, max_connections: '90', shared_buffers: 1GB,"
                + " log_lock_waits: 'yes'}",
            15);

    List<ConfigurationChange> changes = ConfigurationChange.between(before, after, 15);

    assertThat(changes)
        .extracting(
            ConfigurationChange::name, ConfigurationChange::takes, ConfigurationChange::raised)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("log_lock_waits", ParameterClass.RELOAD, null),
            org.assertj.core.groups.Tuple.tuple("max_connections", ParameterClass.RESTART, false),
            org.assertj.core.groups.Tuple.tuple("shared_buffers", ParameterClass.RESTART, null));
    assertThat(ConfigurationChange.needsRestart(changes)).isTrue();
  }

  @Test
  void writesTheSynchronousStandbysBesideTheFilesOfTheCluster() throws Exception {
    var cluster = withPostgres("synchronous: {method: any, number: 1}");
    var standbys = SynchronousStandbys.of(cluster, "shop-1").orElseThrow();
    var configuration = ServerConfiguration.of(cluster, 15, facts().withSynchronous(standbys));

    assertThat(configuration.overrides())
        .containsEntry("synchronous_standby_names", "ANY 1 (\"shop-2\",\"shop-3\",\"shop-1\")");
  }

  @Test
  void keepsItsIncludesLastInPostgresqlConf() {
    String wanted = "a = 1\ninclude 'custom.conf'\ninclude 'override.conf'\n";

    assertThat(MainConf.withIncludes("a = 1\n")).isEqualTo(wanted);
    assertThat(MainConf.withIncludes(wanted)).isEqualTo(wanted);
    assertThat(MainConf.withIncludes("include 'custom.conf' # x\na = 1\n\n")).isEqualTo(wanted);
    assertThat(MainConf.withIncludes("")).isEqualTo(wanted.substring(6));
  }

  @Test
  void takesDurabilityOutOfTheReachOfAlterSystem() {
    assertThat(
            MainConf.withoutFixed(
                "# Do not edit\nfsync = 'off'\nwork_mem = '8MB'\nFull_Page_Writes=off\n"
                    + "synchronous_standby_names = ''\nsearch_path = '''$user'', public'\n"))
        .isEqualTo("# Do not edit\nwork_mem = '8MB'\nsearch_path = '''$user'', public'\n");
  }

  @Test
  void theParametersOfACopyOverruleWhatTheSourceSaidByAlterSystem(@TempDir Path data)
      throws Exception {
    Path auto = data.resolve("postgresql.auto.conf");
    Files.writeString(
        auto, "Max_Logical_Replication_Workers = '8'\ncron.launch_active_jobs = 'on'\na.b = 1\n");

    new ConfigurationFiles(data)
        .forgetAlterSystem(Set.of("max_logical_replication_workers", "cron.launch_active_jobs"));

    assertThat(auto).content().isEqualTo("a.b = 1\n");
  }

  @Test
  void aCopyRunsNeitherSubscriptionsNorJobs() throws Exception {
    var job =
        JobConfiguration.recovery(
            withPostgres("shared_preload_libraries: [pg_cron, timescaledb, pg_tle]"),
            15,
            facts(),
            new RecoveryTarget("latest", new RecoveryTarget.Point.End(), false));

    assertThat(JobConfiguration.commandLine(job))
        .contains(
            "max_logical_replication_workers=0",
            "cron.launch_active_jobs=off",
            "pgtle.enable_clientauth=off",
            "pgtle.enable_password_check=off",
            "timescaledb.max_background_workers=0");
    assertThat(job.overrides()).containsEntry("timescaledb.max_background_workers", "0");
  }
}
