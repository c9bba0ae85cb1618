// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.codec;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;
import org.apache.commons.compress.compressors.snappy.FramedSnappyCompressorInputStream;
import org.apache.commons.compress.compressors.snappy.FramedSnappyCompressorOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZInputStream;
import org.tukaani.xz.XZOutputStream;

/// How an object's bytes are compressed; the key's extension alone says which, as barman has it.
public enum Compression {
  NONE(""),
  GZIP(".gz"),
  BZIP2(".bz2"),
  SNAPPY(".snappy"),
  LZ4(".lz4"),
  ZSTD(".zst"),
  XZ(".xz");

  private static final int BUFFER = 128 * 1024;
  private static final int ZSTD_LEVEL = 3;

  /// Magic number and flags of a frame.
  private static final int LZ4_HEAD = 5;

  private static final int LZ4_INDEPENDENT = 0x20;
  private final String extension;

  Compression(String extension) {
    this.extension = extension;
  }

  /// With its dot; empty for [#NONE].
  public String extension() {
    return extension;
  }

  /// By the name that a Cluster's `compression` fields use; empty means none.
  ///
  /// @throws IllegalArgumentException with the names there are
  public static Compression named(String name) {
    if (name.isEmpty()) {
      return NONE;
    }
    for (var compression : values()) {
      if (compression.name().equals(name.toUpperCase(Locale.ROOT))) {
        return compression;
      }
    }
    throw new IllegalArgumentException(
        "no compression \"" + name + "\": one of bzip2, gzip, lz4, snappy, xz, zstd");
  }

  /// By a key's extension.
  public static Compression ofKey(String key) {
    for (var compression : values()) {
      if (compression != NONE && key.endsWith(compression.extension)) {
        return compression;
      }
    }
    return NONE;
  }

  /// The key without the extension of its compression.
  public static String plainKey(String key) {
    return key.substring(0, key.length() - ofKey(key).extension.length());
  }

  /// Compresses into one stream that every barman reads: a single gzip member, a single LZ4 frame.
  /// Closing it closes `out`.
  ///
  /// @param level the library's scale; negative for the default that we chose
  public OutputStream compress(OutputStream out, int level) throws IOException {
    return switch (this) {
      case NONE -> out;
      case GZIP -> gzip(out, level < 0 ? 6 : level);
      case BZIP2 -> new BZip2CompressorOutputStream(buffered(out), level < 0 ? 5 : level);
      case SNAPPY -> new FramedSnappyCompressorOutputStream(buffered(out));
      case LZ4 ->
          new LZ4FrameOutputStream(
              out,
              LZ4FrameOutputStream.BLOCKSIZE.SIZE_4MB,
              LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE);
      case ZSTD -> new ZstdStream(out, level < 0 ? ZSTD_LEVEL : level, -1);
      case XZ -> new XZOutputStream(buffered(out), new LZMA2Options(level < 0 ? 3 : level));
    };
  }

  /// Compresses a whole file, as [#compress(OutputStream, int)] does, and closes `out`.
  public void compress(Path from, OutputStream out, int level) throws IOException {
    if (this == ZSTD) {
      try (var file = FileChannel.open(from, StandardOpenOption.READ);
          var zstd = new ZstdStream(out, level < 0 ? ZSTD_LEVEL : level, file.size())) {
        zstd.transferFrom(file);
      }
      return;
    }
    try (var in = Files.newInputStream(from);
        var compressor = compress(out, level)) {
      var chunk = new byte[BUFFER];
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        compressor.write(chunk, 0, n);
      }
    }
  }

  private static OutputStream gzip(OutputStream out, int level) throws IOException {
    return new GZIPOutputStream(out, BUFFER) {
      {
        def = new Deflater(level, true);
      }

      @Override
      public void close() throws IOException {
        try {
          super.close();
        } finally {
          def.end();
        }
      }
    };
  }

  private static OutputStream buffered(OutputStream out) {
    return new BufferedOutputStream(out, BUFFER);
  }

  /// Python's lz4, and so barman, links each block to the one before, which lz4-java can't read.
  private static InputStream lz4(InputStream in) throws IOException {
    var head = new PushbackInputStream(in, LZ4_HEAD);
    var bytes = head.readNBytes(LZ4_HEAD);
    head.unread(bytes);
    boolean linked = bytes.length == LZ4_HEAD && (bytes[LZ4_HEAD - 1] & LZ4_INDEPENDENT) == 0;
    return linked
        ? new FramedLZ4CompressorInputStream(new BufferedInputStream(head, BUFFER), true)
        : new LZ4FrameInputStream(head);
  }

  /// Decompresses one or several concatenated streams; fails on a truncated one. Closing it closes
  /// `in`.
  public InputStream decompress(InputStream in) throws IOException {
    return switch (this) {
      case NONE -> in;
      case GZIP -> new GZIPInputStream(in, BUFFER);
      case BZIP2 -> new BZip2CompressorInputStream(in, true);
      case SNAPPY -> new FramedSnappyCompressorInputStream(in);
      case LZ4 -> lz4(in);
      case ZSTD -> new ZstdInputStream(in);
      case XZ -> new XZInputStream(in);
    };
  }
}
