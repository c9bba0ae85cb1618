// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.instance.archive.RestoreCommand.Answer;
import dev.howdah.objectstore.ForwardingStore;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.file.FileStore;
import dev.howdah.postgres.data.DataDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A recovery asks for what isn't there: the end of the archive, a hole, or a file that comes late.
class RestoreCommandTest {
  private static final long SEGMENT = 1 << 20;

  @TempDir private Path folder;
  private WalArchive archive;
  private Stores.Opened store;
  private RestoreCommand command;
  private Runnable onList = () -> {};
  private Duration lateness = Duration.ZERO;
  private Duration patience = Duration.ofSeconds(60);
  private final AtomicInteger gets = new AtomicInteger();
  private volatile CountDownLatch held = new CountDownLatch(0);
  private boolean recovers = true;
  private String ends = "";
  private @Nullable TimelineHistory way;
  private volatile String trouble = "";
  private volatile @Nullable StoreException fault;

  @BeforeEach
  void begin() throws Exception {
    Path place = folder.resolve("store");
    store = FolderStore.open(place, new Listened(new FileStore(place)), "externalClusters");
    archive = store.archive(SEGMENT);
    Files.createDirectories(folder.resolve("pgdata/pg_wal"));
    command = new RestoreCommand(new DataDirectory(folder.resolve("pgdata")), new Source());
  }

  /// What is fetched ahead comes to its end before the folder is deleted that it is put into.
  @AfterEach
  void end() {
    command.close();
    await()
        .atMost(Duration.ofMinutes(1))
        .until(() ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("wal-fetcher-")));
  }

  private static String name(int timeline, int number) {
    return "%08X%08X%08X".formatted(timeline, 0, number);
  }

  private void stored(String name) {
    try {
      Path file = folder.resolve(name);
      if (name.endsWith(".history")) {
        Files.writeString(file, "1\t0/780000\tpromoted\n");
      } else {
        Files.write(file, new byte[(int) SEGMENT]);
      }
      archive.put(WalFile.named(name).orElseThrow(), file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Answer restore(String name) throws InterruptedException {
    return command.restore(name, "pg_wal/RECOVERYXLOG");
  }

  @Test
  void aHoleJustBeforeAFailoverIsNoEnd() throws Exception {
    stored(name(1, 5));
    stored(name(2, 7));
    stored("00000002.history");
    assertThat(restore("00000002.history")).isInstanceOf(Answer.Restored.class);
    assertThat(restore(name(1, 5))).isInstanceOf(Answer.Restored.class);

    assertThat(restore(name(1, 6)))
        .isInstanceOfSatisfying(
            Answer.Abort.class,
            abort -> assertThat(abort.why()).contains(name(1, 6) + " is missing", name(2, 7)));
  }

  @Test
  void whatLiesOnAnAbandonedBranchIsNoHole() throws Exception {
    stored(name(1, 8));
    stored(name(2, 7));
    stored("00000002.history");
    assertThat(restore("00000002.history")).isInstanceOf(Answer.Restored.class);

    assertThat(restore(name(2, 8))).isInstanceOf(Answer.Absent.class);
    assertThat(restore(name(1, 7))).isInstanceOf(Answer.Absent.class);
  }

  /// The new primary's first segment is not in the archive yet.
  @Test
  void whatALostPrimaryArchivedBehindTheForkIsNotTaken() throws Exception {
    stored(name(1, 6));
    stored(name(1, 7));
    stored(name(1, 8));
    stored("00000002.history");
    assertThat(restore("00000002.history")).isInstanceOf(Answer.Restored.class);
    assertThat(restore(name(1, 6))).isInstanceOf(Answer.Restored.class);

    assertThat(restore(name(2, 7))).isInstanceOf(Answer.Absent.class);
    assertThat(restore(name(1, 7))).isInstanceOf(Answer.Absent.class);
    assertThat(restore(name(1, 8))).isInstanceOf(Answer.Absent.class);
  }

  /// Its upstream would take what it has replayed of that for its own, acknowledged.
  @Test
  void aStandbyDoesNotTakeItEither() throws Exception {
    recovers = false;
    way = TimelineHistory.parse(new Timeline(2), "1\t0/780000\tpromoted\n");
    stored(name(1, 6));
    stored(name(1, 7));
    stored(name(2, 8));

    assertThat(restore(name(1, 7))).isInstanceOf(Answer.Absent.class);
    assertThat(restore(name(1, 6))).isInstanceOf(Answer.Restored.class);
    assertThat(restore(name(2, 8))).isInstanceOf(Answer.Restored.class);
  }

  @Test
  void aSegmentOfALiveArchiveMayComeAfterItsSuccessor() throws Exception {
    lateness = Duration.ofMinutes(1);
    stored(name(1, 6));
    onList =
        () -> {
          onList = () -> {};
          stored(name(1, 5));
        };

    assertThat(restore(name(1, 5))).isInstanceOf(Answer.Restored.class);
  }

  @Test
  void thePartialSegmentDoesWhereTheLogIsToEndInIt() throws Exception {
    stored(name(1, 5) + ".partial");
    assertThat(restore(name(1, 5))).isInstanceOf(Answer.Absent.class);

    ends = name(1, 6);
    stored(name(1, 6) + ".partial");
    assertThat(restore(name(1, 6))).isInstanceOf(Answer.Restored.class);
    assertThat(folder.resolve("pgdata/pg_wal/RECOVERYXLOG")).hasSize(SEGMENT);
  }

  @Test
  void aStandbySaysWhyTheArchiveCannotBeReadUntilItCan() throws Exception {
    recovers = false;
    stored(name(1, 5));
    fault = new StoreException(StoreException.Kind.UNREACHABLE, "no route to it", null);

    assertThat(restore(name(1, 5)))
        .isInstanceOfSatisfying(
            Answer.Failed.class, failed -> assertThat(failed.why()).contains("no route to it"));
    assertThat(trouble).contains("no route to it", "check endpointURL");

    fault = null;
    assertThat(restore(name(1, 5))).isInstanceOf(Answer.Restored.class);
    assertThat(trouble).isEmpty();
  }

  /// Its server asks again after a few seconds, and each time would be too short again.
  @Test
  void whatTakesLongerThanAStandbyWaitsIsNotFetchedAnewEachTime() throws Exception {
    recovers = false;
    stored(name(1, 5));
    patience = Duration.ofMillis(100);
    held = new CountDownLatch(1);
    assertThat(restore(name(1, 5))).isInstanceOf(Answer.Failed.class);
    assertThat(restore(name(1, 5))).isInstanceOf(Answer.Failed.class);

    patience = Duration.ofSeconds(60);
    held.countDown();
    assertThat(restore(name(1, 5))).isInstanceOf(Answer.Restored.class);
    assertThat(gets).hasValue(1);
  }

  /// Does something behind each listing of all WAL.
  private final class Listened extends ForwardingStore {
    Listened(ObjectStore store) {
      super(store);
    }

    @Override
    public InputStream get(String key, long from) {
      if (fault != null) {
        throw fault;
      }
      if (key.contains(name(1, 5))) {
        gets.incrementAndGet();
        try {
          held.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      return super.get(key, from);
    }

    @Override
    public void list(String prefix, Consumer<ObjectInfo> each) {
      super.list(prefix, each);
      if (prefix.endsWith("/wals/")) {
        onList.run();
      }
    }
  }

  private final class Source implements RestoreCommand.Source {
    @Override
    public boolean allows(WalFile file) {
      return true;
    }

    @Override
    public Optional<Stores.Opened> store() {
      return Optional.of(store);
    }

    @Override
    public Optional<TimelineHistory> way() {
      return Optional.ofNullable(way);
    }

    @Override
    public long segmentBytes() {
      return SEGMENT;
    }

    @Override
    public Duration patience() {
      return patience;
    }

    @Override
    public boolean endsWithoutFile() {
      return recovers;
    }

    @Override
    public boolean mayEndIn(WalFile file) {
      return file.name().equals(ends);
    }

    @Override
    public void troubled(String why) {
      trouble = why;
    }

    @Override
    public Duration lateness() {
      return lateness;
    }
  }
}
