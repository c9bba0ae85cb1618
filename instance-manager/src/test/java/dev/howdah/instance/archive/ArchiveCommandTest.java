// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.instance.volume.EmptyArchiveMark;
import dev.howdah.postgres.data.DataDirectory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The first file of a new Cluster, and an archive that isn't empty.
class ArchiveCommandTest {
  private static final long SEGMENT = 1 << 20;
  private static final long OURS = 7_000_000_000_000_000_001L;
  private static final String FIRST = "000000010000000000000001";
  private static final String SECOND = "000000010000000000000002";

  @TempDir private Path folder;
  private Stores.Opened store;
  private WalArchive archive;
  private EmptyArchiveMark mark;
  private ArchiveCommand command;
  private String failure = "";

  @BeforeEach
  void begin() throws Exception {
    store = FolderStore.open(folder.resolve("store"));
    archive = store.archive(SEGMENT);
    Files.createDirectories(folder.resolve("pgdata/pg_wal/archive_status"));
    var data = new DataDirectory(folder.resolve("pgdata"));
    mark = new EmptyArchiveMark(data);
    command = new ArchiveCommand(data, new Target(), new Listener());
    segment(FIRST, OURS);
    segment(SECOND, OURS);
  }

  @AfterEach
  void end() {
    command.close();
  }

  private Path segment(String name, long system) throws Exception {
    var bytes = ByteBuffer.allocate((int) SEGMENT).order(ByteOrder.nativeOrder());
    bytes.putLong(24, system);
    return Files.write(folder.resolve("pgdata/pg_wal").resolve(name), bytes.array());
  }

  private void archived(String name, long system) throws Exception {
    archive.put(WalFile.named(name).orElseThrow(), segment(name, system));
    segment(name, OURS);
  }

  @Test
  void storesNothingBesideTheWalOfAnotherServer() throws Exception {
    archived("000000010000000000000009", 1);
    mark.writeForNewSystem();

    assertThat(command.archive(FIRST)).contains("Expected empty archive");

    assertThat(failure).contains("Expected empty archive");
    assertThat(archive.list()).hasSize(1);
    assertThat(mark.isThere()).isTrue();
  }

  @Test
  void aCopyHasTheSystemIdentifierOfAnotherAndIsRefusedAllTheSame() throws Exception {
    archived(FIRST, OURS);
    mark.writeForCopy();

    assertThat(command.archive(SECOND)).contains("Expected empty archive");
  }

  @Test
  void goesOnInItsOwnArchiveWhereTheMarkOutlivedTheFirstFile() throws Exception {
    archived(FIRST, OURS);

    mark.writeForNewSystem();
    assertThat(command.archive(SECOND)).isEmpty();
    assertThat(mark.isThere()).isFalse();
  }

  @Test
  void theVeryFileIsItsOwnOnACopyToo() throws Exception {
    archived(FIRST, OURS);

    mark.writeForCopy();
    assertThat(command.archive(FIRST)).isEmpty();
    assertThat(mark.isThere()).isFalse();
  }

  private final class Target implements ArchiveCommand.Target {
    @Override
    public Optional<Stores.Opened> store() {
      return Optional.of(store);
    }

    @Override
    public String forbidden() {
      return "";
    }

    @Override
    public boolean skipsEmptyCheck() {
      return false;
    }

    @Override
    public long segmentBytes() {
      return SEGMENT;
    }

    @Override
    public long systemId() {
      return OURS;
    }
  }

  private final class Listener implements ArchiveCommand.Listener {
    @Override
    public void archived(String file) {}

    @Override
    public void failed(String file, String why) {
      failure = why;
    }
  }
}
