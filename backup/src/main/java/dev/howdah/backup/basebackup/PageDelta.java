// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import dev.howdah.core.wal.Lsn;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;

/// The pages of a relation's file that changed since an earlier backup began, as a file of its own:
/// magic, size of the whole file, number of pages, their numbers, the pages, and the CRC32C of all
/// that.
///
/// A page says itself when it was last changed: its header holds the position in the WAL. Those
/// without a position count as changed. What changes while we look has its WAL replayed.
public final class PageDelta {
  /// Before the file's name; PostgreSQL has no file of such a name.
  public static final String PREFIX = "HOWDAH_PAGES.";

  private static final long MAGIC = 0x484f574441483031L; // "HOWDAH01"
  private static final int PAGE = PageChecksum.PAGE;
  private static final int AT_ONCE = 32;

  /// Smaller ones are no positions: they stand in pages that were built without WAL. That of pages
  /// which `initdb` made is just this one.
  private static final long FIRST_REAL = 40;

  private final int[] blocks;
  private final long fileSize;

  private PageDelta(int[] blocks, long fileSize) {
    this.blocks = blocks;
    this.fileSize = fileSize;
  }

  /// Finds the changed pages of a file.
  ///
  /// @param parentSize of the file in the earlier backup; pages behind it are new
  /// @param read is told the bytes of each piece looked at
  static PageDelta scan(
      FileChannel channel, long parentSize, Lsn since, LongConsumer read, PageSink checker)
      throws IOException {
    long size = channel.size() / PAGE * PAGE;
    var blocks = new int[64];
    int count = 0;
    var buffer = ByteBuffer.allocate(AT_ONCE * PAGE);
    for (long at = 0; at < size; ) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), size - at));
      int n = fill(channel, buffer, at) / PAGE * PAGE;
      if (n == 0) {
        size = at; // truncated meanwhile
        break;
      }
      checker.pages(buffer.array(), n);
      for (int offset = 0; offset < n; offset += PAGE) {
        if (at + offset >= parentSize || isChanged(buffer.array(), offset, since)) {
          if (count == blocks.length) {
            blocks = Arrays.copyOf(blocks, 2 * count);
          }
          blocks[count++] = (int) ((at + offset) / PAGE);
        }
      }
      read.accept(n);
      at += n;
    }
    return new PageDelta(Arrays.copyOf(blocks, count), size);
  }

  /// Is given the pages as they are read, to check them.
  interface PageSink {
    void pages(byte[] bytes, int length) throws IOException;
  }

  private static int fill(FileChannel channel, ByteBuffer buffer, long at) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, at + buffer.position()) < 0) {
        break;
      }
    }
    return buffer.position();
  }

  private static boolean isChanged(byte[] page, int offset, Lsn since) {
    var header = ByteBuffer.wrap(page, offset, 8).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    long high = Integer.toUnsignedLong(header.getInt());
    long lsn = high << 32 | Integer.toUnsignedLong(header.getInt());
    return Long.compareUnsigned(lsn, FIRST_REAL) < 0
        || Long.compareUnsigned(lsn, since.value()) >= 0;
  }

  boolean isEmpty() {
    return blocks.length == 0;
  }

  long fileSize() {
    return fileSize;
  }

  /// The size of what [#write] writes.
  long size() {
    return 8 + 8 + 4 + 4L * blocks.length + (long) PAGE * blocks.length + 4;
  }

  void write(FileChannel channel, OutputStream out) throws IOException {
    var crc = new CRC32C();
    var header = ByteBuffer.allocate(20 + 4 * blocks.length);
    header.putLong(MAGIC).putLong(fileSize).putInt(blocks.length);
    for (int block : blocks) {
      header.putInt(block);
    }
    emit(out, crc, header.array(), header.capacity());
    var page = ByteBuffer.allocate(PAGE);
    for (int block : blocks) {
      page.clear();
      int n = fill(channel, page, (long) block * PAGE);
      Arrays.fill(page.array(), n, PAGE, (byte) 0); // truncated meanwhile
      emit(out, crc, page.array(), PAGE);
    }
    out.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }

  private static void emit(OutputStream out, CRC32C crc, byte[] bytes, int length)
      throws IOException {
    crc.update(bytes, 0, length);
    out.write(bytes, 0, length);
  }

  /// Puts the pages into a file as an earlier backup had it.
  ///
  /// @param target absent: only checks
  /// @throws IOException if what is read is damaged
  public static void apply(
      InputStream in, @org.jspecify.annotations.Nullable Path target, LongConsumer written)
      throws IOException {
    var crc = new CRC32C();
    var data = new DataInputStream(in);
    var header = data.readNBytes(20);
    crc.update(header);
    var fields = ByteBuffer.wrap(header);
    if (header.length < 20 || fields.getLong() != MAGIC) {
      throw new IOException("not a file of changed pages");
    }
    long size = fields.getLong();
    int count = fields.getInt();
    var numbers = data.readNBytes(4 * count);
    crc.update(numbers);
    var blocks = ByteBuffer.wrap(numbers).asIntBuffer();
    var channel =
        target == null
            ? null
            : FileChannel.open(target, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    try (channel) {
      for (int i = 0; i < count; i++) {
        var page = data.readNBytes(PAGE);
        crc.update(page);
        if (channel != null) {
          var bytes = ByteBuffer.wrap(page);
          long at = (long) blocks.get(i) * PAGE;
          while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
          }
        }
        written.accept(page.length);
      }
      if (data.readInt() != (int) crc.getValue()) {
        throw new IOException("its checksum is wrong");
      }
      if (channel != null && channel.size() > size) {
        channel.truncate(size);
      }
    }
  }
}
