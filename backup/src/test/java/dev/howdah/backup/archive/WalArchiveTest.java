// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.backup.codec.Compression;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ForwardingStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.file.FileStore;
import dev.howdah.postgres.data.WalDirectory;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WalArchiveTest {
  private static final long SEGMENT = 1 << 20;
  @TempDir private Path folder;

  private WalArchive archive(Compression compression) {
    return new WalArchive(
        new FileStore(folder.resolve("store")), "pg", WalArchive.Settings.of(compression, SEGMENT));
  }

  /// What contains this is deleted by the retention policy at the moment when it is about to be
  /// read.
  private WalArchive cleaned(String part) {
    var store =
        new ForwardingStore(new FileStore(folder.resolve("store"))) {
          @Override
          public InputStream get(String key, long offset) {
            if (key.contains(part)) {
              delete(List.of(key));
            }
            return super.get(key, offset);
          }
        };
    return new WalArchive(store, "pg", WalArchive.Settings.of(Compression.GZIP, SEGMENT));
  }

  private Path segment(int seed) throws IOException {
    var bytes = new byte[(int) SEGMENT];
    var random = new SplittableRandom(seed);
    for (int i = 0; i < bytes.length / 2; i++) {
      bytes[i] = (byte) random.nextInt();
    }
    return Files.write(folder.resolve("segment" + seed), bytes);
  }

  private static WalFile wal(String name) {
    return WalFile.named(name).orElseThrow();
  }

  @ParameterizedTest
  @EnumSource
  void givesBackASegmentWhateverItsCompression(Compression compression) throws IOException {
    var file = wal("000000010000000A000000FF");
    var segment = segment(1);

    archive(compression).put(file, segment);

    var target = folder.resolve("restored");
    assertThat(archive(Compression.NONE).fetch(file, target)).isTrue();
    assertThat(Files.mismatch(segment, target)).isEqualTo(-1);
    assertThat(
            folder.resolve(
                "store/pg/wals/000000010000000A/" + file.name() + compression.extension()))
        .exists();
  }

  @Test
  void takesTheSameContentTwiceAndRefusesAnother() throws IOException {
    var archive = archive(Compression.ZSTD);
    var file = wal("000000010000000000000001");
    archive.put(file, segment(1));

    archive.put(file, segment(1));

    assertThatThrownBy(() -> archive.put(file, segment(2)))
        .isInstanceOf(WalConflictException.class)
        .hasMessageContaining("nothing was overwritten")
        .hasMessageContaining("serverName");
    archive.fetch(file, folder.resolve("restored"));
    assertThat(Files.mismatch(segment(1), folder.resolve("restored"))).isEqualTo(-1);
  }

  @Test
  void noticesAnotherHistoryUnderAnotherCompression() throws IOException {
    var history = wal("00000002.history");
    var ours = Files.writeString(folder.resolve("ours"), "1\t0/5000000\tours\n");
    var theirs = Files.writeString(folder.resolve("theirs"), "1\t0/6000000\ttheirs\n");
    archive(Compression.GZIP).put(history, theirs);

    archive(Compression.NONE).put(history, theirs);

    assertThatThrownBy(() -> archive(Compression.NONE).put(history, ours))
        .isInstanceOf(WalConflictException.class);
    assertThat(archive(Compression.NONE).list()).hasSize(1);
  }

  @Test
  void aNumberThatWasPassedOverYieldsToTheServerThatTookIt() throws IOException {
    var archive = archive(Compression.NONE);
    var history = wal("00000002.history");
    var real = Files.writeString(folder.resolve("real"), "1\t0/5000000\tpromoted\n");
    var nobodys = Files.writeString(folder.resolve("nobodys"), WalDirectory.NOBODYS);
    archive.put(history, real);

    archive.put(history, nobodys);

    archive.fetch(history, folder.resolve("fetched"));
    assertThat(folder.resolve("fetched")).hasSameTextualContentAs(real);
    var other = wal("00000003.history");
    archive.put(other, nobodys);
    assertThatThrownBy(() -> archive.put(other, real)).isInstanceOf(WalConflictException.class);
  }

  @Test
  void tellsWhoseSegmentsItHolds() throws IOException {
    var archive = archive(Compression.GZIP);
    assertThat(archive.systemId()).isEmpty();
    var bytes = ByteBuffer.allocate((int) SEGMENT).order(ByteOrder.nativeOrder());
    bytes.putLong(24, 7_412_345_678_901_234_567L);
    var segment = Files.write(folder.resolve("headed"), bytes.array());
    var file = wal("000000010000000000000001");
    archive.put(file, segment);

    assertThat(archive.systemId()).hasValue(7_412_345_678_901_234_567L);
    archive.put(wal("000000010000000000000002"), segment);
    assertThat(cleaned("0000000000000001").systemId()).hasValue(7_412_345_678_901_234_567L);
    assertThat(cleaned("0000000000000002").holds(wal("000000010000000000000002"), segment))
        .isFalse();
    archive.put(file, segment);
    assertThat(archive.holds(file, segment)).isTrue();
    assertThat(archive.holds(file, segment(1))).isFalse();
    assertThat(archive.isEmpty()).isFalse();
  }

  @Test
  void leavesNothingOfADamagedSegment() throws IOException {
    var archive = archive(Compression.ZSTD);
    var file = wal("000000010000000000000001");
    archive.put(file, segment(1));
    var stored = folder.resolve("store/pg/wals/0000000100000000/" + file.name() + ".zst");
    var bytes = Files.readAllBytes(stored);
    Files.write(stored, Arrays.copyOf(bytes, bytes.length / 2));

    var target = folder.resolve("restored");
    assertThatThrownBy(() -> archive.fetch(file, target))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(file.name());
    try (var left = Files.list(folder)) {
      assertThat(left.map(p -> p.getFileName().toString()))
          .noneMatch(n -> n.startsWith("restored"));
    }
  }

  @Test
  void refusesASegmentOfAnotherSize() throws IOException {
    var other =
        new WalArchive(
            new FileStore(folder.resolve("store")),
            "pg",
            WalArchive.Settings.of(Compression.NONE, 2 * SEGMENT));
    var file = wal("000000010000000000000001");
    other.put(file, segment(1));

    assertThatThrownBy(() -> other.fetch(file, folder.resolve("restored")))
        .hasMessageContaining("has 1048576 bytes instead of 2097152");
  }

  @Test
  void listsWalAndNothingElse() throws IOException {
    var archive = archive(Compression.GZIP);
    assertThat(archive.isEmpty()).isTrue();
    for (var name :
        new String[] {
          "00000002.history",
          "000000010000000000000002.00000028.backup",
          "000000010000000000000002.partial",
          "000000010000000000000001"
        }) {
      archive.put(wal(name), segment(1));
    }
    Files.writeString(folder.resolve("store/pg/wals/README"), "not WAL");

    assertThat(archive.list())
        .extracting(WalFile::name)
        .containsExactly(
            "000000010000000000000001",
            "000000010000000000000002.00000028.backup",
            "000000010000000000000002.partial",
            "00000002.history");
    assertThat(archive.fetch(wal("000000010000000000000009"), folder.resolve("none"))).isFalse();
  }

  /// As PostgreSQL does with a segment that it needs no more.
  private static void recycle(Path segment) throws IOException {
    var next = segment.resolveSibling("000000010000000B000000FF");
    Files.move(segment, next);
    Files.write(next, new byte[(int) SEGMENT / 2], StandardOpenOption.WRITE);
  }

  /// Every request finds the segment written anew when it has read some of it.
  private WalArchive recycling(Path segment) {
    var store =
        new ForwardingStore(new FileStore(folder.resolve("store"))) {
          @Override
          public boolean put(String key, Body body, PutOptions options) {
            return super.put(key, new RecycledBody(body, segment), options);
          }
        };
    return new WalArchive(store, "pg", WalArchive.Settings.of(Compression.NONE, SEGMENT));
  }

  private record RecycledBody(Body body, Path segment) implements Body {
    @Override
    public long length() {
      return body.length();
    }

    @Override
    public InputStream open() throws IOException {
      var in = body.open();
      var first = new ByteArrayInputStream(in.readNBytes(1000));
      recycle(segment);
      return new SequenceInputStream(first, in);
    }
  }

  @Test
  void takesNoSegmentThatIsWrittenAnewWhileItIsRead() throws IOException {
    var file = wal("000000010000000A000000FF");
    var segment = segment(1);
    var archive = recycling(segment);

    assertThat(archive.putIfStill(file, segment)).isFalse();

    assertThat(archive.has(file)).isFalse();
    assertThat(archive.putIfStill(file, segment)).isFalse();
    assertThat(archive(Compression.NONE).putIfStill(file, segment(1))).isTrue();
    assertThat(archive.holds(file, segment(1))).isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"NONE", "ZSTD"})
  void saysOfNoSegmentThatIsWrittenAnewThatItIsAnother(Compression compression) throws IOException {
    var file = wal("000000010000000A000000FF");
    archive(compression).put(file, segment(1));
    var other = segment(2);
    var store =
        new ForwardingStore(new FileStore(folder.resolve("store"))) {
          @Override
          public InputStream get(String key, long offset) {
            var in = super.get(key, offset);
            return new FilterInputStream(in) {
              @Override
              public void close() throws IOException {
                super.close();
                recycle(other);
              }
            };
          }
        };
    var archive = new WalArchive(store, "pg", WalArchive.Settings.of(compression, SEGMENT));

    assertThat(archive.putIfStill(file, other)).isFalse();
    assertThatThrownBy(() -> archive(compression).putIfStill(file, segment(2)))
        .isInstanceOf(WalConflictException.class);
  }

  /// The store's own trouble is none of the file's.
  @Test
  void takesNoFailureOfTheStoreForASegmentThatIsGone() throws IOException {
    var store =
        new ForwardingStore(new FileStore(folder.resolve("store"))) {
          @Override
          public boolean put(String key, Body body, PutOptions options) {
            throw new StoreException(
                StoreException.Kind.NOT_FOUND, "no folder", new NoSuchFileException("elsewhere"));
          }
        };
    var archive = new WalArchive(store, "pg", WalArchive.Settings.of(Compression.NONE, SEGMENT));

    assertThatThrownBy(() -> archive.putIfStill(wal("000000010000000A000000FF"), segment(1)))
        .isInstanceOf(StoreException.class);
  }
}
