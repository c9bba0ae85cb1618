// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.core.wal.Lsn;
import dev.howdah.postgres.TestInstance;
import dev.howdah.postgres.command.Postmaster;
import dev.howdah.postgres.command.Postmaster.StopMode;
import dev.howdah.postgres.config.RecoveryTarget.Point;
import dev.howdah.testing.PostgresBinaries;
import dev.howdah.testing.ServerUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JobConfigurationIT {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  static List<PostgresBinaries> versions() {
    return PostgresBinaries.all();
  }

  /// A manager that archives into a folder and restores from it.
  private static void archiveInto(TestInstance instance, Path archive) throws Exception {
    Files.writeString(
        instance.paths.manager(),
        """
        #!/bin/sh
        # manager wal-archive --log-destination LOG %%p | manager wal-restore --log-destination LOG %%f %%p
        cd %s || exit 1
        case $1 in
          wal-archive) cp "$4" new && mv new "%s/${4##*/}" ;;
          wal-restore) cp %s/"$4" "$5" ;;
        esac
        """
            .formatted(instance.pgData(), archive, archive));
  }

  @Test
  void recoversToATargetAndBecomesAPrimaryWithoutArchiving() throws Exception {
    var cluster = TestInstance.cluster("{metadata: {name: shop}, spec: {instances: 1}}");
    Path archive = ServerUser.temporaryDirectory("arch");
    try (var source = TestInstance.create("shop-1");
        var restored = TestInstance.create("shop-2")) {
      archiveInto(source, archive);
      archiveInto(restored, archive);
      source.configure(cluster, source.facts(ServerRole.PRIMARY));
      assertThat(source.start()).as(source.log()).isEqualTo(Postmaster.Phase.READY);
      ServerUser.runAsServer(List.of("rm", "-rf", restored.pgData().toString()));
      source.query("create table t as select 1 as x");
      // A copy of a server that is stopped is a base backup without a label.
      assertThat(source.postmaster().stop(StopMode.FAST, LIMIT)).isTrue();
      ServerUser.runAsServer(
          List.of("cp", "-a", source.pgData().toString(), restored.pgData().toString()));
      assertThat(source.start()).isEqualTo(Postmaster.Phase.READY);
      source.query("insert into t values (2)");
      Lsn target = Lsn.parse(source.query("select pg_current_wal_insert_lsn()"));
      source.query("insert into t values (3)");
      String segment = source.query("select pg_walfile_name(pg_switch_wal())");
      await().atMost(LIMIT).until(() -> Files.exists(archive.resolve(segment)));
      ServerUser.runAsServer(
          List.of("touch", restored.pgData().resolve("recovery.signal").toString()));
      long archived = count(archive);

      var configuration =
          JobConfiguration.recovery(
              cluster,
              restored.programs.installation().major(),
              restored
                  .facts(ServerRole.PRIMARY)
                  .withMinimums(restored.programs.controlData(restored.pgData()).hotStandby()),
              new RecoveryTarget("latest", new Point.Position(target), false));
      new ConfigurationFiles(restored.pgData()).write(configuration);
      // as ALTER SYSTEM has left it in the source
      Files.writeString(
          restored.pgData().resolve("postgresql.auto.conf"),
          "max_logical_replication_workers = '8'\n");
      restored.own();
      assertThat(restored.start(JobConfiguration.commandLine(configuration)))
          .as(restored.log())
          .isEqualTo(Postmaster.Phase.READY);
      await().atMost(LIMIT).until(() -> restored.query("select pg_is_in_recovery()").equals("f"));

      assertThat(restored.query("select string_agg(x::text, ',' order by x) from t"))
          .isEqualTo("1,2");
      assertThat(restored.query("show listen_addresses")).isEmpty();
      assertThat(restored.query("show max_logical_replication_workers")).isEqualTo("0");
      restored.query("select pg_switch_wal()");
      assertThat(restored.postmaster().stop(StopMode.FAST, LIMIT)).isTrue();
      assertThat(count(archive)).isEqualTo(archived);
    } finally {
      ServerUser.delete(archive);
    }
  }

  private static long count(Path folder) throws Exception {
    try (var files = Files.list(folder)) {
      return files.count();
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void startsForAnImport(PostgresBinaries binaries) throws Exception {
    try (var instance = TestInstance.create("shop-1", binaries)) {
      var cluster = TestInstance.cluster("{metadata: {name: shop}, spec: {instances: 3}}");
      new ConfigurationFiles(instance.pgData())
          .write(
              JobConfiguration.logicalImport(
                  cluster, binaries.major(), instance.facts(ServerRole.PRIMARY)));
      instance.own();

      assertThat(instance.start()).as(instance.log()).isEqualTo(Postmaster.Phase.READY);
      assertThat(instance.query("show wal_level")).isEqualTo("minimal");
    }
  }
}
