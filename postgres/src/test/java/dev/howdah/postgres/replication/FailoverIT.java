// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.postgres.TestInstance;
import dev.howdah.postgres.command.Installation;
import dev.howdah.postgres.command.PostgresPrograms;
import dev.howdah.postgres.command.PostgresPrograms.BaseBackup;
import dev.howdah.postgres.command.Postmaster;
import dev.howdah.postgres.command.Postmaster.StopMode;
import dev.howdah.postgres.config.ClusterSettings;
import dev.howdah.postgres.config.ConnInfo;
import dev.howdah.postgres.config.ServerRole;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.PostmasterPid;
import dev.howdah.postgres.data.WalDirectory;
import dev.howdah.postgres.replication.Rewinder.Outcome;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.Roles;
import dev.howdah.postgres.wire.ServerAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Three servers as instance managers would run them, over TLS with certificates on both sides.
class FailoverIT {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final String CLUSTER =
      """
      metadata: {name: shop}
      spec:
        instances: 3
        postgresql: {parameters: {wal_keep_size: 64MB, shared_buffers: 16MB}}
      status: {instanceNames: [shop-1, shop-2, shop-3]}
      """;

  private static PgServer sql(TestInstance instance) {
    return PgServer.local(new ServerAddress.Local(instance.paths.socketDirectory(), 5432));
  }

  private static ConnInfo from(TestInstance follower, TestInstance upstream) {
    return ConnInfo.streaming("shop-rw", upstream.address, 5432, follower.name, follower.paths)
        .with("sslmode", "verify-full");
  }

  private static void clone(TestInstance standby, TestInstance primary, ClusterSettings cluster)
      throws Exception {
    var directory = new DataDirectory(standby.pgData());
    standby.programs.baseBackup(
        new BaseBackup(
            from(standby, primary),
            directory.path(),
            null,
            true,
            LIMIT,
            _ -> true,
            List.of("--no-sync")));
    directory.markStandby();
    follow(standby, primary, cluster);
    assertThat(standby.start()).as(standby.log()).isEqualTo(Postmaster.Phase.READY);
  }

  private static void follow(TestInstance standby, TestInstance primary, ClusterSettings cluster)
      throws Exception {
    standby.configure(
        cluster, standby.facts(ServerRole.STANDBY).following(from(standby, primary), null));
  }

  @Test
  void promotesOntoAnyTimelineAndBringsTheOldPrimaryBack() throws Exception {
    ClusterSettings cluster = TestInstance.cluster(CLUSTER);
    try (var one = TestInstance.create("shop-1");
        var two = TestInstance.empty("shop-2");
        var three = TestInstance.empty("shop-3");
        var atOne = sql(one);
        var atTwo = sql(two);
        var atThree = sql(three)) {
      one.configure(cluster, one.facts(ServerRole.PRIMARY));
      assertThat(one.start()).as(one.log()).isEqualTo(Postmaster.Phase.READY);
      new Roles(atOne).ensureStreamingReplica();
      clone(two, one, cluster);
      clone(three, one, cluster);
      atOne.query("create table public.t (x int)");
      await()
          .atMost(LIMIT)
          .until(() ->
              atOne.status().standbys().size() == 2
                  && atOne.status().standbys().stream()
                      .allMatch(s -> s.replayed().equals(atOne.status().writeLsn())));

      // The first one dies with rows that nobody has.
      follow(two, two, cluster);
      three.configure(cluster, three.facts(ServerRole.STANDBY));
      two.configure(cluster, two.facts(ServerRole.STANDBY));
      atTwo.reload();
      atThree.reload();
      await().atMost(LIMIT).until(() -> atOne.status().standbys().isEmpty());
      atOne.query("insert into public.t select generate_series(1, 1000)");
      var history = new DataDirectory(one.pgData()).history(new Timeline(1)).orElseThrow();
      one.postmaster().kill(LIMIT);
      assertThat(PostmasterPid.removeStale(one.pgData())).isTrue();

      WalDirectory.of(new DataDirectory(two.pgData()))
          .reserveTimelines(new Timeline(1), new Timeline(5));
      two.own();
      two.configure(cluster, two.facts(ServerRole.PRIMARY));
      assertThat(atTwo.promote(LIMIT)).isTrue();
      assertThat(atTwo.status().timeline()).isEqualTo(5);
      atTwo.query("insert into public.t values (2001)");

      follow(three, two, cluster);
      atThree.reload();
      await()
          .atMost(LIMIT)
          .until(() -> atThree.query("select x from public.t").column().equals(List.of("2001")));
      assertThat(atThree.status().receiver().timeline()).isEqualTo(5);

      atTwo.checkpoint(LIMIT);
      var directory = new DataDirectory(one.pgData());
      var past = new DataDirectory(two.pgData()).history(new Timeline(5)).orElseThrow();
      var divergence = past.commonWith(history).orElseThrow();
      var rewinder = new Rewinder(one.programs, directory, one.output::add);
      one.own();
      var unreachable = from(one, one).with("sslmode", "disable");
      assertThat(rewinder.rewind(unreachable, divergence, false, Instant.now()))
          .isInstanceOf(Outcome.TryAgain.class);
      assertThat(directory.state()).isEqualTo(DataDirectory.State.PRIMARY);
      rewinder.rewind(unreachable, divergence, false, Instant.now().plusSeconds(60));
      try (var copies = Files.list(directory.beside("divergent"))) {
        assertThat(copies).as("the second attempt uses the copy of the first").hasSize(1);
      }
      var outcome = rewinder.rewind(from(one, two), divergence, false, Instant.now());
      assertThat(outcome).as(one.log()).isInstanceOf(Outcome.Rewound.class);
      assertThat(((Outcome.Rewound) outcome).keptWal())
          .isNotEmpty()
          .allSatisfy(file -> assertThat(Files.size(file)).isEqualTo(16 << 20));
      follow(one, two, cluster);
      one.own();
      assertThat(one.start()).as(one.log()).isEqualTo(Postmaster.Phase.READY);
      await()
          .atMost(LIMIT)
          .until(() -> atOne.query("select x from public.t").column().equals(List.of("2001")));
      assertThat(atOne.status().receiver().timeline()).isEqualTo(5);
      assertThat(directory.history(new Timeline(5)).orElseThrow().branches()).hasSize(1);

      for (TestInstance instance : List.of(three, one, two)) {
        assertThat(instance.postmaster().stop(StopMode.FAST, LIMIT)).isTrue();
      }
    }
  }

  /// PostgreSQL's recovery after the crash, which `pg_rewind` runs, ends with a checkpoint. What
  /// was before that isn't needed for another crash, but for the rewind.
  @Test
  void rewindsACrashedPrimaryWhoseLastSharedCheckpointIsFarBack() throws Exception {
    ClusterSettings cluster =
        TestInstance.cluster(CLUSTER.replace("wal_keep_size: 64MB", "wal_keep_size: \"0\""));
    try (var one = TestInstance.create("shop-1");
        var two = TestInstance.empty("shop-2");
        var atOne = sql(one);
        var atTwo = sql(two)) {
      one.configure(cluster, one.facts(ServerRole.PRIMARY));
      assertThat(one.start()).as(one.log()).isEqualTo(Postmaster.Phase.READY);
      new Roles(atOne).ensureStreamingReplica();
      clone(two, one, cluster);
      atOne.query("create table public.t (x int)");
      atOne.checkpoint(LIMIT);
      atOne.query("insert into public.t values (1)");
      await()
          .atMost(LIMIT)
          .until(() -> atTwo.query("select x from public.t").column().equals(List.of("1")));
      two.configure(cluster, two.facts(ServerRole.STANDBY));
      atTwo.reload();
      await().atMost(LIMIT).until(() -> atOne.status().standbys().isEmpty());
      for (int segment = 0; segment < 8; segment++) {
        atOne.query("insert into public.t values (2)");
        atOne.query("select pg_switch_wal()");
      }
      one.postmaster().kill(LIMIT);
      two.configure(cluster, two.facts(ServerRole.PRIMARY));
      assertThat(atTwo.promote(LIMIT)).isTrue();
      atTwo.checkpoint(LIMIT);
      var past = new DataDirectory(two.pgData()).history(new Timeline(2)).orElseThrow();
      var directory = new DataDirectory(one.pgData());
      var divergence =
          past.commonWith(directory.history(new Timeline(1)).orElseThrow()).orElseThrow();
      one.own();

      var outcome =
          new Rewinder(one.programs, directory, one.output::add)
              .rewind(from(one, two), divergence, false, Instant.now());

      assertThat(outcome).as(one.log()).isInstanceOf(Outcome.Rewound.class);
      follow(one, two, cluster);
      assertThat(one.start()).as(one.log()).isEqualTo(Postmaster.Phase.READY);
      await()
          .atMost(LIMIT)
          .until(() -> atOne.query("select x from public.t").column().equals(List.of("1")));
      assertThat(atOne.query("show wal_keep_size").column()).containsExactly("0");
    }
  }

  @Test
  void neverStartsWhatAFailedRewindLeft(@TempDir Path fake) throws Exception {
    try (var one = TestInstance.create("shop-1")) {
      var directory = new DataDirectory(one.pgData());
      var rewinder =
          rewinderWith(
              "echo 'pg_rewind: need to copy 5 MB' >&2; echo 'pg_rewind: error: lost' >&2; exit 1",
              fake,
              one,
              _ -> {});

      var outcome = rewinder.rewind(from(one, one), WalPosition.of(1, 0), false, Instant.now());

      assertThat(outcome).isInstanceOf(Outcome.Ruined.class);
      assertThat(directory.state()).isEqualTo(DataDirectory.State.UNFINISHED);
      assertThat(directory.unfinished().orElseThrow()).contains("a rewind failed").contains("lost");
    }
  }

  /// The source may lose its office just then, and its successor is followed the next moment.
  @ParameterizedTest
  @CsvSource({"connected to server, PRIMARY", "need to copy 5 MB, UNFINISHED"})
  void isInterruptedWithoutHarmUntilItChangesSomething(
      String said, DataDirectory.State left, @TempDir Path fake) throws Exception {
    try (var one = TestInstance.create("shop-1")) {
      var directory = new DataDirectory(one.pgData());
      Thread rewinding = Thread.currentThread();
      var rewinder =
          rewinderWith(
              "echo 'pg_rewind: " + said + "' >&2; exec sleep 60",
              fake,
              one,
              line -> {
                if (line.contains(said)) {
                  rewinding.interrupt();
                }
              });

      assertThatThrownBy(
              () -> rewinder.rewind(from(one, one), WalPosition.of(1, 0), false, Instant.now()))
          .isInstanceOf(InterruptedException.class);
      assertThat(directory.state()).isEqualTo(left);
    }
  }

  /// With a script for `pg_rewind`.
  private static Rewinder rewinderWith(
      String script, Path fake, TestInstance instance, Consumer<String> log) throws Exception {
    var real = instance.programs.installation();
    for (String name : List.of("postgres", "pg_controldata")) {
      Files.createSymbolicLink(fake.resolve(name), real.program(name));
    }
    Path program = Files.writeString(fake.resolve("pg_rewind"), "#!/bin/sh\n" + script + "\n");
    for (Path path : List.of(program, fake)) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    var programs =
        new PostgresPrograms(
            new Installation(fake, real.major(), real.version()), instance.programs.launch(), log);
    return new Rewinder(programs, new DataDirectory(instance.pgData()), log);
  }
}
