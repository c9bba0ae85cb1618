// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.backup.basebackup.BaseBackup;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.codec.Compression;
import dev.howdah.backup.restore.BaseRestore;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.kube.Json;
import dev.howdah.objectstore.file.FileStore;
import dev.howdah.postgres.config.RecoveryTarget;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.ServerUser;
import dev.howdah.testing.ThrowawayPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A thousand timestamped transactions, over two base backups and a failover, while pgbench runs
/// beside them; then recovery to moments, positions, transactions and names, and each time exactly
/// what was committed then.
class PointInTimeIT {
  private static final long SEED = Long.getLong("howdah.seed", System.nanoTime());
  private static final Random RANDOM = new Random(SEED);
  private static final int MOMENTS = Integer.getInteger("howdah.moments", 20);
  private static final String SERVER = "pg";

  /// The rows behind the six hundredth that were written while nothing else was.
  private static final int ALONE = 30;

  private static final String ROWS =
      "SELECT count(*) || ' to ' || coalesce(max(n), 0) FROM moments WHERE n > 0";

  /// What pgbench never breaks; where it does, half of a transaction was restored.
  private static final String BALANCED =
      "SELECT (SELECT sum(delta) FROM pgbench_history) = (SELECT sum(abalance) FROM pgbench_accounts)"
          + " AND (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(tbalance) FROM pgbench_tellers)"
          + " AND (SELECT sum(tbalance) FROM pgbench_tellers) = (SELECT sum(bbalance) FROM pgbench_branches)";

  /// What is known of a committed transaction.
  private record Moment(
      int row, String after, String lsn, String xid, String commitTime, int timeline) {}

  @TempDir private static Path folder;
  private static final List<Moment> WRITTEN = new ArrayList<>();
  private static final Map<String, Path> RESTORED = new HashMap<>();
  private static final AtomicLong SECONDS = new AtomicLong();
  private static Path wal;
  private static Path home;
  private static FileStore store;
  private static BackupInfo first;
  private static BackupInfo second;
  private static int lost;

  @BeforeAll
  static void writeBackUpAndFailOver() throws Exception {
    System.err.println("howdah.seed=" + SEED);
    home = ServerUser.temporaryDirectory("pitr");
    wal = ServerUser.temporaryDirectory("wal");
    store = new FileStore(folder.resolve("store"));
    try (var primary = ThrowawayPostgres.start(Map.of("archive_mode", "on"))) {
      primary.query("ALTER SYSTEM SET archive_mode = 'on'");
      primary.query("ALTER SYSTEM SET track_commit_timestamp = on");
      primary.query("ALTER SYSTEM SET autovacuum = off"); // nobody commits but those below
      primary.query(
          "ALTER SYSTEM SET archive_command = 'test ! -e %s/%%f && cp %%p %s/%%f'"
              .formatted(wal, wal));
      primary.stop();
      primary.startAgain();
      run(primary, "pgbench", "-i", "-q");
      primary.query("CREATE TABLE moments (n int PRIMARY KEY)");
      try (var standby = primary.standby("s")) {
        until(primary, standby);
      }
    }
    archiveAndFetchBack();
  }

  private static void until(ThrowawayPostgres primary, ThrowawayPostgres standby) throws Exception {
    var load = pgbench(primary);
    write(primary, 200, 1);
    first = backUp(primary);
    write(primary, 250, 1);
    primary.query("SELECT pg_create_restore_point('before the second')");
    second = backUp(primary);
    write(primary, 150, 1);
    primary.query("SELECT pg_create_restore_point('six hundred')");
    end(load, primary);
    write(primary, ALONE, 1);
    String position = primary.query("SELECT pg_current_wal_insert_lsn()");
    Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .until(() ->
            standby.query("SELECT pg_last_wal_replay_lsn() >= '" + position + "'").equals("t"));
    standby.stop();
    // committed, archived, and lost by the failover
    lost = 20;
    primary.query("INSERT INTO moments SELECT -n FROM generate_series(1, " + lost + ") n");
    primary.query("SELECT pg_switch_wal()");
    awaitArchived(primary);
    primary.kill();

    standby.startAgain();
    standby.query("SELECT pg_promote(true, 300)");
    load = pgbench(standby);
    write(standby, 370, 2);
    end(load, standby);
    standby.query("SELECT pg_switch_wal()");
    awaitArchived(standby);
  }

  private static void awaitArchived(ThrowawayPostgres server) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .until(() ->
            server
                .query("SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'")
                .equals("0"));
  }

  private static void run(ThrowawayPostgres server, String program, String... options) {
    var command = new ArrayList<>(List.of(server.binaries().program(program).toString()));
    command.addAll(List.of(options));
    command.add(server.conninfo("postgres"));
    ServerUser.runAsServer(command);
  }

  /// Begins to load a server; returns once it has written something.
  private static Process pgbench(ThrowawayPostgres server) throws Exception {
    String rows = "SELECT count(*) FROM pgbench_history";
    String before = server.query(rows);
    Process load = startPgbench(server);
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> !server.query(rows).equals(before));
    return load;
  }

  /// Ends the load with its sessions: these may be about to commit what they were told before.
  private static void end(Process load, ThrowawayPostgres server) throws Exception {
    load.destroy();
    load.waitFor();
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() ->
            server
                .query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbench'")
                .equals("0"));
  }

  private static Process startPgbench(ThrowawayPostgres server) throws Exception {
    return new ProcessBuilder(
            server.binaries().program("pgbench").toString(),
            "-n",
            "-c",
            "2",
            "-R",
            "150",
            "-T",
            "120",
            server.conninfo("postgres"))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static void write(ThrowawayPostgres server, int rows, int timeline) throws Exception {
    try (Connection connection = DriverManager.getConnection(server.jdbcUrl("postgres"));
        var statement = connection.createStatement()) {
      for (int i = 0; i < rows; i++) {
        int n = WRITTEN.size() + 1;
        String xid;
        try (var inserted =
            statement.executeQuery(
                "INSERT INTO moments VALUES (" + n + ") RETURNING pg_current_xact_id()")) {
          inserted.next();
          xid = inserted.getString(1);
        }
        try (var now =
            statement.executeQuery(
                "SELECT clock_timestamp(), pg_current_wal_insert_lsn(), pg_xact_commit_timestamp('%s')"
                    .formatted(xid))) {
          now.next();
          WRITTEN.add(
              new Moment(n, now.getString(1), now.getString(2), xid, now.getString(3), timeline));
        }
      }
    }
  }

  private static BackupInfo backUp(ThrowawayPostgres server) throws Exception {
    try (var connection =
        PgConnection.open(
            new ServerAddress.Local(server.socketDirectory(), ThrowawayPostgres.PORT),
            PgConnection.Login.of("postgres", "postgres", "backup"),
            Duration.ofMinutes(1))) {
      return new BaseBackup(
              store, () -> InstantSource.system().instant().plusSeconds(SECONDS.getAndIncrement()))
          .take(
              connection,
              new BaseBackup.Request(
                  SERVER,
                  server.dataDirectory(),
                  null,
                  Compression.ZSTD,
                  true,
                  "",
                  Map.of(),
                  _ -> {}));
    }
  }

  private static void archiveAndFetchBack() throws Exception {
    var archive = archive();
    try (var files = Files.list(wal)) {
      for (var file : files.toList()) {
        archive.put(WalFile.named(file.getFileName().toString()).orElseThrow(), file);
      }
    }
    var fetched = home.resolve("fetched");
    Files.createDirectory(fetched);
    for (var file : archive.list()) {
      assertThat(archive.fetch(file, fetched.resolve(file.name()))).isTrue();
    }
    ServerUser.own(fetched);
  }

  private static WalArchive archive() {
    return new WalArchive(store, SERVER, WalArchive.Settings.of(Compression.ZSTD, 16 << 20));
  }

  @AfterAll
  static void stop() {
    ServerUser.delete(wal);
    ServerUser.delete(home);
    store.close();
  }

  // ---- recovery

  private static RecoveryTarget target(String field, String value) {
    return RecoveryTarget.fromJson(Json.object().put(field, value));
  }

  private static RecoveryTarget exclusive(String field, String value) {
    return RecoveryTarget.fromJson(Json.object().put(field, value).put("exclusive", true));
  }

  private static BackupInfo choose(RecoveryTarget target, String id) throws Exception {
    var done =
        new BackupCatalog(store, SERVER)
            .list().done().stream().map(BackupCatalog.Entry::info).toList();
    TimelineHistory history =
        switch (target.timeline()) {
          case "current" -> null;
          case "1" -> TimelineHistory.none(new Timeline(1));
          default ->
              TimelineHistory.parse(
                  new Timeline(2), Files.readString(home.resolve("fetched/00000002.history")));
        };
    return BackupChoice.of(done, id, target, history);
  }

  private static Path restored(BackupInfo backup) throws Exception {
    Path there = RESTORED.get(backup.id());
    if (there == null) {
      there = home.resolve(backup.id());
      new BaseRestore(store, SERVER)
          .restore(backup, new BaseRestore.Target(there, Map.of()), _ -> {});
      Files.createFile(there.resolve("recovery.signal"));
      ServerUser.own(there);
      RESTORED.put(backup.id(), there);
    }
    return there;
  }

  private static ThrowawayPostgres recovered(RecoveryTarget target, String backupId)
      throws Exception {
    var settings = new HashMap<String, String>(target.parameters());
    settings.put("restore_command", "cp " + home.resolve("fetched") + "/%f %p");
    settings.put("archive_mode", "off");
    var server = ThrowawayPostgres.copyOf(restored(choose(target, backupId)), settings);
    server.startAgain();
    Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> server.query("SELECT pg_is_in_recovery()").equals("f"));
    return server;
  }

  private static void assertRows(RecoveryTarget target, String backupId, int rows)
      throws Exception {
    try (var server = recovered(target, backupId)) {
      assertThat(server.query(ROWS)).as("%s", target).isEqualTo(rows + " to " + rows);
      assertThat(server.query(BALANCED)).as("pgbench's sums at %s", target).isEqualTo("t");
    }
  }

  private static void assertRows(RecoveryTarget target, int rows) throws Exception {
    assertRows(target, "", rows);
  }

  private static Moment at(int row) {
    return WRITTEN.get(row - 1);
  }

  /// Between the first backup and the end, on both timelines.
  private static Moment anyMoment() {
    return at(201 + RANDOM.nextInt(WRITTEN.size() - 201));
  }

  @Test
  void hasAThousandTransactionsOnTwoTimelines() {
    assertThat(WRITTEN).hasSize(1000);
    assertThat(first.id()).isLessThan(second.id());
    assertThat(home.resolve("fetched/00000002.history")).exists();
  }

  @Test
  void recoversExactlyWhatWasCommittedAtRandomMoments() throws Exception {
    for (int i = 0; i < MOMENTS; i++) {
      Moment moment = anyMoment();
      assertRows(target("targetTime", moment.after()), moment.row());
    }
  }

  /// Two sessions that commit at once may get their times in one order and their places in the log
  /// in the other.
  @Test
  void recoversToTheMicrosecondOfACommitWithItOrWithoutIt() throws Exception {
    Moment moment = at(601 + RANDOM.nextInt(ALONE));
    assertRows(target("targetTime", moment.commitTime()), moment.row());
    assertRows(exclusive("targetTime", moment.commitTime()), moment.row() - 1);
  }

  @Test
  void recoversToAPosition() throws Exception {
    Moment moment = anyMoment();
    assertRows(target("targetLSN", moment.lsn()), moment.row());
    assertRows(exclusive("targetLSN", moment.lsn()), moment.row());
  }

  @Test
  void recoversToATransactionWithItOrWithoutIt() throws Exception {
    Moment moment = at(460 + RANDOM.nextInt(WRITTEN.size() - 460)); // behind the second backup
    assertRows(target("targetXID", moment.xid()), moment.row());
    assertRows(exclusive("targetXID", moment.xid()), moment.row() - 1);
  }

  @Test
  void recoversToNames() throws Exception {
    assertRows(target("targetName", "six hundred"), 600);
    assertRows(target("targetName", "before the second"), first.id(), 450);
  }

  @Test
  void recoversToTheEndOfABackup() throws Exception {
    var target = RecoveryTarget.fromJson(Json.object().put("targetImmediate", true));
    assertRows(target, first.id(), 200);
    assertRows(target, second.id(), 450);
    assertRows(target, 450);
  }

  @Test
  void recoversAllOfTheNewestTimelineFromEitherBackup() throws Exception {
    var target = RecoveryTarget.latest();
    assertRows(target, 1000);
    assertRows(target, first.id(), 1000);
    try (var server = recovered(target, "")) {
      assertThat(server.query("SELECT count(*) FROM moments WHERE n < 0")).isEqualTo("0");
    }
  }

  /// What the failover left behind is still to be had on the old timeline.
  @Test
  void recoversTheEndOfTheTimelineBeforeTheFailover() throws Exception {
    ObjectNode tree = Json.object().put("targetTLI", "1");
    for (var timeline : List.of("1", "current")) {
      tree.put("targetTLI", timeline);
      try (var server = recovered(RecoveryTarget.fromJson(tree), "")) {
        assertThat(server.query("SELECT count(*) FROM moments WHERE n < 0")).isEqualTo("" + lost);
        assertThat(server.query(ROWS)).isEqualTo("630 to 630");
      }
    }
  }

  @Test
  void refusesAMomentBeforeTheFirstBackup() {
    assertThatThrownBy(() -> choose(target("targetTime", at(100).after()), ""))
        .hasMessageContaining("lies before the end of the oldest backup, " + first.id());
    assertThatThrownBy(() -> choose(target("targetLSN", at(100).lsn()), ""))
        .hasMessageContaining("lies before the end of the oldest backup, " + first.id());
  }
}
