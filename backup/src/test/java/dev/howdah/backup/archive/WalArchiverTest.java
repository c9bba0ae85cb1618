// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.backup.codec.Compression;
import dev.howdah.objectstore.ForwardingStore;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.crypt.ClientKeys;
import dev.howdah.objectstore.crypt.EncryptedStore;
import dev.howdah.objectstore.file.FileStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// PostgreSQL asks again for what it didn't hear of, when compression or encryption is another one.
class WalArchiverTest {
  private static final int SEGMENT = 1 << 20;
  private static final String FIRST = "000000010000000000000001";
  private static final String SECOND = "000000010000000000000002";
  private static final String THIRD = "000000010000000000000003";

  @TempDir private Path folder;
  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicReference<WalArchive> archive = new AtomicReference<>();
  private ObjectStore store;

  @BeforeEach
  void waiting() throws IOException {
    store =
        new ForwardingStore(new FileStore(folder.resolve("store"))) {
          @Override
          public void list(String prefix, Consumer<ObjectInfo> each) {
            looks.incrementAndGet();
            super.list(prefix, each);
          }
        };
    Files.createDirectories(folder.resolve("pg_wal/archive_status"));
    ready(FIRST, 1);
  }

  private void ready(String name, int content) throws IOException {
    var bytes = new byte[SEGMENT];
    bytes[100] = (byte) content;
    Files.write(folder.resolve("pg_wal").resolve(name), bytes);
    Files.write(folder.resolve("pg_wal/archive_status/" + name + ".ready"), new byte[0]);
  }

  private void use(ObjectStore to, Compression compression) {
    archive.set(new WalArchive(to, "pg", WalArchive.Settings.of(compression, SEGMENT)));
  }

  private WalArchiver archiver() {
    return new WalArchiver(archive::get, folder.resolve("pg_wal"), 1);
  }

  private List<String> keys() {
    var keys = new ArrayList<String>();
    new FileStore(folder.resolve("store"))
        .list("pg/wals/", info -> keys.add(info.key().replaceFirst(".*/", "")));
    return keys;
  }

  @Test
  void isNotStoredAgainUnderAnotherCompressionByALaterProcess() throws IOException {
    use(store, Compression.GZIP);
    try (var archiver = archiver()) {
      archiver.archive(FIRST);
    }
    use(store, Compression.ZSTD);
    ready(SECOND, 2);

    try (var archiver = archiver()) {
      archiver.archive(FIRST);
      archiver.archive(SECOND);
    }

    assertThat(keys()).containsExactly(FIRST + ".gz", SECOND + ".zst");
  }

  @Test
  void isNotStoredAgainWhenTheCompressionChangesBetweenTwoQuestions() throws IOException {
    use(store, Compression.NONE);
    try (var archiver = archiver()) {
      archiver.archive(FIRST);
      use(store, Compression.LZ4);
      ready(SECOND, 2);
      archiver.archive(FIRST);
      archiver.archive(SECOND);
    }

    assertThat(keys()).containsExactly(FIRST, SECOND + ".lz4");
  }

  @Test
  void otherBytesUnderAnotherCompressionAreAConflictToo() throws IOException {
    use(store, Compression.GZIP);
    try (var archiver = archiver()) {
      archiver.archive(FIRST);
    }
    ready(FIRST, 9);
    use(store, Compression.ZSTD);

    try (var archiver = archiver()) {
      assertThatThrownBy(() -> archiver.archive(FIRST)).isInstanceOf(WalConflictException.class);
    }
    assertThat(keys()).containsExactly(FIRST + ".gz");
  }

  @Test
  void isNotStoredAgainWhenEncryptionAndCompressionWereTurnedOn() throws IOException {
    use(store, Compression.NONE);
    try (var archiver = archiver()) {
      archiver.archive(FIRST);
    }
    var key = Base64.getEncoder().encodeToString(new byte[32]);
    var encrypted = new EncryptedStore(store, ClientKeys.of(Map.of("k", key), "k", "a test"));
    use(encrypted, Compression.ZSTD);

    try (var archiver = archiver()) {
      archiver.archive(FIRST);
    }

    assertThat(keys()).containsExactly(FIRST);
  }

  /// A request that would be made for each segment.
  @Test
  void looksForNothingThatNobodyCanHaveStored() throws IOException {
    use(store, Compression.ZSTD);
    try (var archiver = archiver()) {
      archiver.archive(FIRST);
      assertThat(looks).hasValue(1);
      Files.delete(folder.resolve("pg_wal/archive_status/" + FIRST + ".ready"));
      ready(SECOND, 2);
      archiver.archive(SECOND);
      ready(THIRD, 3);
      archiver.archive(THIRD);
      archiver.archive(THIRD);
    }

    assertThat(looks).hasValue(1);
    assertThat(keys()).hasSize(3);
  }

  /// As earlier versions may have left it.
  @Test
  void oneThatIsThereTwiceIsFetchedAndListedAsOne() throws IOException {
    var file = WalFile.named(FIRST).orElseThrow();
    var segment = folder.resolve("pg_wal").resolve(FIRST);
    for (var compression : List.of(Compression.GZIP, Compression.ZSTD)) {
      use(store, compression);
      archive.get().putUnlooked(file, segment);
    }
    assertThat(keys()).hasSize(2);

    for (var compression : List.of(Compression.GZIP, Compression.ZSTD, Compression.LZ4)) {
      use(store, compression);
      var target = folder.resolve("back" + compression);
      assertThat(archive.get().fetch(file, target)).isTrue();
      assertThat(Files.mismatch(target, segment)).isEqualTo(-1);
      archive.get().put(file, segment);
      assertThat(archive.get().holds(file, segment)).isTrue();
    }
    assertThat(keys()).hasSize(2);
  }
}
