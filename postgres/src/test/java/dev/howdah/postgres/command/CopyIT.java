// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.postgres.TestInstance;
import dev.howdah.postgres.command.PostgresPrograms.BaseBackup;
import dev.howdah.postgres.config.ConnInfo;
import dev.howdah.postgres.config.ServerRole;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DurableFiles;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.Roles;
import dev.howdah.postgres.wire.ServerAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Copies of a running server that don't go well.
class CopyIT {
  private static final Duration LONG = Duration.ofMinutes(3);

  /// With which a copy of an empty database takes minutes.
  private static final List<String> SLOWLY = List.of("--no-sync", "--max-rate=100k");

  private static TestInstance primary;
  private static TestInstance standby;
  private static PgServer sql;

  @BeforeAll
  static void start() throws Exception {
    primary = TestInstance.create("shop-1");
    standby = TestInstance.empty("shop-2");
    primary.configure(
        TestInstance.cluster("{metadata: {name: shop}, spec: {instances: 2}}"),
        primary.facts(ServerRole.PRIMARY));
    assertThat(primary.start()).as(primary.log()).isEqualTo(Postmaster.Phase.READY);
    sql = PgServer.local(new ServerAddress.Local(primary.paths.socketDirectory(), 5432));
    new Roles(sql).ensureStreamingReplica();
  }

  @AfterAll
  static void stop() {
    sql.close();
    primary.close();
    standby.close();
  }

  @AfterEach
  void clear() throws IOException {
    DurableFiles.deleteTree(standby.pgData());
  }

  private static void copy(
      Duration patience, LongPredicate room, List<String> options, Consumer<String> log)
      throws InterruptedException {
    new PostgresPrograms(standby.programs.installation(), standby.programs.launch(), log)
        .baseBackup(
            new BaseBackup(
                ConnInfo.streaming("shop-rw", primary.address, 5432, "shop-2", standby.paths)
                    .lasting(),
                standby.pgData(),
                null,
                true,
                patience,
                room,
                options));
  }

  @Test
  void isGivenUpWhenTheSourceFallsSilentAndSucceedsAnew() throws Exception {
    List<String> senders = new CopyOnWriteArrayList<>();
    try {
      assertThatThrownBy(() ->
              copy(
                  Duration.ofSeconds(3),
                  _ -> true,
                  SLOWLY,
                  line -> {
                    if (line.contains(" kB (") && senders.isEmpty()) {
                      senders.addAll(sql.query("select pid from pg_stat_replication").column());
                      signal("STOP", senders);
                    }
                  }))
          .isInstanceOf(ProgramFailedException.class)
          .hasMessageContaining("nothing came from the source for 3 s");
      assertThat(senders).as("of the data and of WAL").hasSize(2);
    } finally {
      signal("CONT", senders);
    }
    clear();

    copy(LONG, _ -> true, List.of("--no-sync"), _ -> {});

    assertThat(new DataDirectory(standby.pgData()).hasControlFile()).isTrue();
  }

  @Test
  void endsBeforeItFillsAVolumeThatIsTooSmall() throws Exception {
    assertThatThrownBy(() -> copy(LONG, _ -> false, SLOWLY, _ -> {}))
        .isInstanceOfSatisfying(
            DataTooLargeException.class,
            e -> {
              long database =
                  Long.parseLong(
                      sql.query("select sum(pg_database_size(oid)) from pg_database")
                          .column()
                          .getFirst());
              assertThat(e.bytes()).isBetween(database, 2 * database);
            });
    try (var files = Files.walk(standby.pgData())) {
      long bytes = files.filter(Files::isRegularFile).mapToLong(CopyIT::size).sum();
      assertThat(bytes).as("of two segments of WAL and little else").isLessThan(40 << 20);
    }
  }

  @Test
  void saysWhyItFailedAndNotHowFarItWas() {
    assertThatThrownBy(() ->
            copy(
                LONG,
                _ -> true,
                SLOWLY,
                line -> {
                  if (line.contains(" kB (")) {
                    sql.query(
                        "select pg_terminate_backend(pid) from pg_stat_replication where state ="
                            + " 'backup'");
                  }
                }))
        .isInstanceOf(ProgramFailedException.class)
        .hasMessageContaining("pg_basebackup: error: ")
        .hasMessageNotContaining(" kB (");
  }

  private static long size(java.nio.file.Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void signal(String signal, List<String> processes) {
    for (String process : processes) {
      try {
        new ProcessBuilder("kill", "-s", signal, process).inheritIO().start().waitFor();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
