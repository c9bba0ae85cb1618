// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.backup.config.StoreConfiguration;
import dev.howdah.instance.archive.RestoreCommand.Answer;
import dev.howdah.kube.Json;
import dev.howdah.objectstore.ForwardingStore;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.file.FileStore;
import dev.howdah.postgres.data.DataDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
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

  @BeforeEach
  void begin() throws Exception {
    var tree = Json.object().put("destinationPath", "file://" + folder.resolve("store"));
    store =
        new Stores.Opened(
            new Listened(new FileStore(folder.resolve("store"))),
            StoreConfiguration.of(tree, "server", (name, key) -> name + key),
            StoreSpec.of(tree, "server", "externalClusters"));
    archive = store.archive(SEGMENT);
    Files.createDirectories(folder.resolve("pgdata/pg_wal"));
    command = new RestoreCommand(new DataDirectory(folder.resolve("pgdata")), new Source());
  }

  @AfterEach
  void end() {
    command.close();
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

  /// Does something behind each listing of all WAL.
  private final class Listened extends ForwardingStore {
    Listened(ObjectStore store) {
      super(store);
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
    public long segmentBytes() {
      return SEGMENT;
    }

    @Override
    public Duration patience() {
      return Duration.ofSeconds(60);
    }

    @Override
    public boolean endsWithoutFile() {
      return true;
    }

    @Override
    public Duration lateness() {
      return lateness;
    }
  }
}
