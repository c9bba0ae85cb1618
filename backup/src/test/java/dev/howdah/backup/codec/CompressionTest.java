// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CompressionTest {
  private static final int[] SIZES = {0, 1, 4097, 300_000, 5_000_001};

  @ParameterizedTest
  @EnumSource
  void givesBackWhatItWasGiven(Compression compression) throws IOException {
    var random = new SplittableRandom(7);
    for (int size : SIZES) {
      var bytes = somewhatRandom(size, random);

      var again = decompressed(compression, compressed(compression, bytes));

      assertThat(Arrays.equals(again, bytes)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void givesBackAFileAsItWas(Compression compression, @TempDir Path folder) throws IOException {
    var random = new SplittableRandom(8);
    for (int size : new int[] {0, 1, 128 * 1024, 300_001}) {
      var bytes = somewhatRandom(size, random);
      var file = Files.write(folder.resolve("file"), bytes);
      var out = new ByteArrayOutputStream();

      compression.compress(file, out, -1);

      assertThat(Arrays.equals(decompressed(compression, out.toByteArray()), bytes)).isTrue();
    }
  }

  /// As Python's lz4 writes it: blocks of 64 KiB at most, each linked to the one before.
  @Test
  void readsLz4WhoseBlocksAreLinkedAsBarmanWritesThem() throws IOException {
    for (int size : new int[] {0, 1, 300_000}) {
      var bytes = somewhatRandom(size, new SplittableRandom(9));
      var out = new ByteArrayOutputStream();
      var parameters =
          new FramedLZ4CompressorOutputStream.Parameters(
              FramedLZ4CompressorOutputStream.BlockSize.K64, true, false, true);
      try (var lz4 = new FramedLZ4CompressorOutputStream(out, parameters)) {
        lz4.write(bytes);
      }
      var linked = out.toByteArray();

      assertThat(linked[4] & 0x20).isZero();
      assertThat(Arrays.equals(decompressed(Compression.LZ4, linked), bytes)).isTrue();
      if (size > 1) {
        var half = Arrays.copyOf(linked, linked.length / 2);
        assertThatThrownBy(() -> decompressed(Compression.LZ4, half))
            .isInstanceOf(IOException.class);
      }
    }
  }

  private static byte[] somewhatRandom(int size, SplittableRandom random) {
    var bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (random.nextInt(8) == 0 ? random.nextInt() : i >> 6);
    }
    return bytes;
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void failsOnATruncatedStream(Compression compression) throws IOException {
    var whole =
        compressed(
            compression,
            new SplittableRandom(1)
                .ints(50_000)
                .collect(
                    ByteArrayOutputStream::new,
                    (o, i) -> o.write(i),
                    (a, b) -> a.writeBytes(b.toByteArray()))
                .toByteArray());
    var half = Arrays.copyOf(whole, whole.length / 2);

    assertThatThrownBy(() -> decompressed(compression, half)).isInstanceOf(IOException.class);
  }

  @Test
  void endsNoFrameThatLacksSomething() throws IOException {
    var taken = new ByteArrayOutputStream();
    var failing =
        new FilterOutputStream(taken) {
          private int writes;

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            if (length > 0 && ++writes == 2) {
              throw new IOException("no");
            }
            taken.write(bytes, offset, length);
          }
        };
    var compressor = Compression.ZSTD.compress(failing, -1);

    assertThatThrownBy(() -> compressor.write(somewhatRandom(1 << 20, new SplittableRandom(1))))
        .hasMessage("no");
    compressor.close();

    assertThatThrownBy(() -> decompressed(Compression.ZSTD, taken.toByteArray()))
        .isInstanceOf(IOException.class);
  }

  @Test
  void takesNothingOnceItWasClosed() throws IOException {
    var compressor = Compression.ZSTD.compress(new ByteArrayOutputStream(), -1);
    compressor.close();

    assertThatThrownBy(() -> compressor.write(1)).hasMessageContaining("after it was closed");
  }

  @ParameterizedTest
  @EnumSource
  void isKnownByItsExtension(Compression compression) {
    var key = "a/000000010000000000000003" + compression.extension();

    assertThat(Compression.ofKey(key)).isEqualTo(compression);
    assertThat(Compression.plainKey(key)).isEqualTo("a/000000010000000000000003");
  }

  private static byte[] compressed(Compression compression, byte[] bytes) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var compressor = compression.compress(out, -1)) {
      compressor.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] decompressed(Compression compression, byte[] bytes) throws IOException {
    try (var in = compression.decompress(new ByteArrayInputStream(bytes))) {
      return in.readAllBytes();
    }
  }
}
