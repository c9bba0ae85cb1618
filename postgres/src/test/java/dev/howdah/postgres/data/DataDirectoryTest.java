// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.data.DataDirectory.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final long BYTES = WalSegment.DEFAULT_BYTES;

  @TempDir Path volume;
  private DataDirectory directory;

  @BeforeEach
  void locate() {
    directory = new DataDirectory(volume.resolve("pgdata"));
  }

  private void fill() throws IOException {
    Files.createDirectories(directory.path().resolve("global"));
    Files.createDirectories(directory.path().resolve("pg_wal/archive_status"));
    Files.writeString(directory.path().resolve("PG_VERSION"), "15\n");
    Files.writeString(directory.path().resolve("global/pg_control"), "x");
  }

  @Test
  void tellsWhatTheFolderIsGoodFor() throws Exception {
    assertThat(directory.state()).isEqualTo(State.EMPTY);
    Files.createDirectories(directory.path().resolve("lost+found"));
    assertThat(directory.state()).isEqualTo(State.EMPTY);
    Files.writeString(directory.path().resolve("notes.txt"), "x");
    assertThat(directory.state()).isEqualTo(State.FOREIGN);

    fill();
    assertThat(directory.state()).isEqualTo(State.PRIMARY);
    assertThat(directory.majorVersion()).isEqualTo(15);
    directory.markStandby();
    assertThat(directory.state()).isEqualTo(State.STANDBY);
    directory.unmarkStandby();
    assertThat(directory.state()).isEqualTo(State.PRIMARY);

    directory.begin("pg_rewind from 127.0.0.2");
    assertThat(directory.state()).isEqualTo(State.UNFINISHED);
    assertThat(directory.unfinished()).contains("pg_rewind from 127.0.0.2");
    directory.finish();
    assertThat(directory.state()).isEqualTo(State.PRIMARY);

    Files.writeString(directory.path().resolve("global/pg_control"), "");
    assertThat(directory.state()).isEqualTo(State.FOREIGN);
  }

  @Test
  void keepsADatabaseAsideAndDeletesRubbish() throws Exception {
    fill();
    directory.begin("something");
    List<Path> kept = directory.setAside(NOW);

    assertThat(kept).containsExactly(volume.resolve("pgdata_20260102T030405"));
    assertThat(kept.getFirst().resolve("PG_VERSION")).exists();
    assertThat(directory.state()).isEqualTo(State.EMPTY);

    fill();
    assertThat(directory.setAside(NOW)).containsExactly(volume.resolve("pgdata_20260102T030405-2"));

    Files.createDirectories(directory.path().resolve("base"));
    assertThat(directory.setAside(NOW)).isEmpty();
    assertThat(directory.path()).doesNotExist();
  }

  /// The disk doesn't say whether there is a control file: here as it is a link to itself.
  @Test
  void keepsWhatMayBeADatabaseAside() throws Exception {
    fill();
    Path control = directory.path().resolve("global/pg_control");
    Files.delete(control);
    Files.createSymbolicLink(control, control.getFileName());
    assertThatThrownBy(directory::hasControlFile).isInstanceOf(IOException.class);
    assertThat(directory.state()).isEqualTo(State.FOREIGN);

    List<Path> kept = directory.setAside(NOW);

    assertThat(kept).containsExactly(volume.resolve("pgdata_20260102T030405"));
    assertThat(kept.getFirst().resolve("PG_VERSION")).exists();
  }

  @Test
  void keepsTheWalOfADatabaseAsideToo() throws Exception {
    fill();
    Path wal = volume.resolve("wal/pg_wal");
    Files.writeString(directory.path().resolve("pg_wal/000000010000000000000001"), "wal");
    assertThat(WalDirectory.of(directory).moveTo(wal)).isTrue();

    List<Path> kept = directory.setAside(NOW);

    assertThat(kept)
        .containsExactly(
            volume.resolve("pgdata_20260102T030405"), volume.resolve("wal/pg_wal_20260102T030405"));
    assertThat(kept.getFirst().resolve("pg_wal/000000010000000000000001")).hasContent("wal");
    assertThat(wal).doesNotExist();

    assertThat(directory.forgetKept(1)).isEmpty();
    assertThat(directory.forgetKept(NOW)).isEmpty();
    assertThat(directory.forgetKept(NOW.plusSeconds(1))).containsExactly(kept.getFirst());
    assertThat(kept.get(1)).doesNotExist();
  }

  @Test
  void movesTheWalToItsVolumeAlsoAfterACrashInTheMiddle() throws Exception {
    fill();
    Path wal = volume.resolve("wal/pg_wal");
    WalDirectory walDirectory = WalDirectory.of(directory);
    Files.writeString(walDirectory.path().resolve("000000010000000000000001"), "one");
    Files.createDirectories(wal);
    Files.writeString(wal.resolve("000000010000000000000001"), "half");
    Files.writeString(wal.resolve("000000010000000000000009"), "of an earlier cluster");
    assertThat(walDirectory.isInside()).isTrue();

    assertThat(walDirectory.moveTo(wal)).isTrue();
    assertThat(walDirectory.isInside()).isFalse();
    assertThat(wal.resolve("000000010000000000000009")).doesNotExist();
    assertThat(walDirectory.moveTo(wal)).isFalse();
    assertThat(walDirectory.path()).isSymbolicLink();
    assertThat(wal.resolve("000000010000000000000001")).hasContent("one");
    assertThat(wal.resolve("archive_status")).isDirectory();

    Files.delete(walDirectory.path()); // as if it had stopped before the link
    Files.createDirectories(directory.path().resolve("pg_wal.moved"));
    assertThat(walDirectory.moveTo(wal)).isTrue();
    assertThat(directory.path().resolve("pg_wal.moved")).doesNotExist();

    Path moved = volume.resolve("elsewhere");
    Files.move(volume.resolve("wal"), moved);
    assertThat(walDirectory.moveTo(moved.resolve("pg_wal"))).isTrue();
    assertThatThrownBy(() -> walDirectory.moveTo(volume.resolve("third")))
        .isInstanceOf(PostgresException.class);
  }

  @Test
  void archivesHistoriesFirstAndSegmentsInOrder() throws Exception {
    fill();
    WalDirectory wal = WalDirectory.of(directory);
    for (String name :
        List.of(
            "000000020000000000000003",
            "000000010000000000000002",
            "00000002.history",
            "000000010000000000000003.partial")) {
      wal.markReady(name);
    }

    assertThat(wal.readyToArchive())
        .containsExactly(
            "00000002.history",
            "000000010000000000000002",
            "000000020000000000000003",
            "000000010000000000000003.partial");
    wal.markArchived("00000002.history");
    assertThat(wal.readyToArchive()).hasSize(3);
    assertThat(wal.path().resolve("archive_status/00000002.history.done")).exists();
  }

  @Test
  void takesTimelinesBetween() throws Exception {
    fill();
    WalDirectory wal = WalDirectory.of(directory);

    assertThat(wal.reserveTimelines(new Timeline(1), new Timeline(2))).isEmpty();
    assertThat(wal.reserveTimelines(new Timeline(1), new Timeline(4)))
        .containsExactly(new Timeline(2), new Timeline(3));
    assertThat(wal.readyToArchive()).containsExactly("00000002.history", "00000003.history");
    assertThatThrownBy(() -> wal.reserveTimelines(new Timeline(1), new Timeline(3)))
        .isInstanceOf(PostgresException.class);
  }

  @Test
  void setsDivergentWalAside() throws Exception {
    fill();
    WalDirectory wal = WalDirectory.of(directory);
    for (String name :
        List.of(
            "000000010000000000000002",
            "000000010000000000000003",
            "000000010000000000000004",
            "000000020000000000000004")) {
      Files.writeString(wal.path().resolve(name), name);
    }
    wal.markReady("000000010000000000000004");
    var history = TimelineHistory.parse(new Timeline(2), "1\t0/3000100\tx\n");

    var moved = wal.setAsideDivergent(history, BYTES, volume.resolve("kept"));

    assertThat(moved)
        .extracting(WalSegment::name)
        .containsExactly("000000010000000000000003", "000000010000000000000004");
    assertThat(wal.segments(BYTES))
        .extracting(WalSegment::name)
        .containsExactly("000000010000000000000002", "000000020000000000000004");
    assertThat(volume.resolve("kept/000000010000000000000004"))
        .hasContent("000000010000000000000004");
    assertThat(wal.readyToArchive()).isEmpty();
  }

  @Test
  void isLockedByOneAtATime() throws Exception {
    try (var lock = DirectoryLock.tryAcquire(directory).orElseThrow()) {
      assertThat(DirectoryLock.tryAcquire(directory)).isEmpty();
      lock.claim("pod-uid/1");
      assertThat(lock.isClaimedBy("pod-uid/1")).isTrue();
      assertThat(lock.isClaimedBy("pod-uid/2")).isFalse();
    }
    try (var _ = DirectoryLock.tryAcquire(directory).orElseThrow()) {
      assertThat(DirectoryLock.owner(directory)).contains("pod-uid/1");
    }
  }

  @Test
  void readsThePidFileAndKnowsTheDead() throws Exception {
    fill();
    Files.writeString(
        directory.path().resolve("postmaster.pid"),
        "4194300\n/x/pgdata\n1700000000\n5432\n/x/run\n127.0.0.5\n  123 456\nready   \n");

    var pid = PostmasterPid.read(directory.path()).orElseThrow();

    assertThat(pid)
        .isEqualTo(new PostmasterPid(4194300, 1700000000, 5432, "/x/run", "127.0.0.5", "ready"));
    assertThat(pid.isAlive(directory.path())).isFalse();
    assertThat(PostmasterPid.parse(List.of("garbage"))).isEmpty();
    assertThat(new PostmasterPid(ProcessHandle.current().pid(), 0, 0, "", "", "").isAlive(volume))
        .isFalse();
    assertThat(PostmasterPid.removeStale(directory.path())).isTrue();
    assertThat(PostmasterPid.read(directory.path())).isEmpty();
  }

  @Test
  void removesTheSocketsOfAKilledServerAndNothingElse() throws Exception {
    Files.writeString(volume.resolve(".s.PGSQL.5432.lock"), ProcessHandle.current().pid() + "\n");
    Files.writeString(volume.resolve(".s.PGSQL.5432"), "");
    Files.writeString(volume.resolve("other"), "");

    PostmasterPid.removeStaleSockets(volume);
    PostmasterPid.removeStaleSockets(volume.resolve("absent"));

    assertThat(volume.resolve(".s.PGSQL.5432.lock")).doesNotExist();
    assertThat(volume.resolve(".s.PGSQL.5432")).doesNotExist();
    assertThat(volume.resolve("other")).exists();
  }
}
