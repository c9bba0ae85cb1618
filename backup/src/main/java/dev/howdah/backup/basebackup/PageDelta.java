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
import org.jspecify.annotations.Nullable;

/// The pages of a relation's file that changed since an earlier backup began, as a file of its own:
/// magic, size of the whole file, number of pages, their numbers, the pages, and the CRC32C of all
/// that.
///
/// A page says itself when it was last changed: its header holds the position in the WAL. Those
/// without a position count as changed. What changes while we look has its WAL replayed. Where the
/// server has noted which pages its WAL changed ([WalSummaries]), only those are looked at.
public final class PageDelta {
  /// Before the file's name; PostgreSQL has no file of such a name.
  public static final String PREFIX = "HOWDAH_PAGES.";

  private static final long MAGIC = 0x484f574441483031L; // "HOWDAH01"
  private static final int PAGE = PageChecksum.PAGE;
  private static final int AT_ONCE = 32;

  /// What costs less to read than to pass over.
  private static final long GAP = 2L * PAGE;

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
  /// @param candidates the only others that may have changed; null: all may have
  /// @param read is told the bytes of each piece looked at, or passed over
  static PageDelta scan(
      FileChannel channel,
      long parentSize,
      Lsn since,
      WalSummaries.@Nullable Pages candidates,
      LongConsumer read,
      PageSink checker)
      throws IOException {
    long size = channel.size() / PAGE * PAGE;
    var blocks = new int[64];
    int count = 0;
    var buffer = ByteBuffer.allocate(AT_ONCE * PAGE);
    for (long at = 0; at < size; ) {
      long from = Math.min(candidates == null ? at : next(candidates, at, parentSize), size);
      read.accept(from - at);
      at = from;
      if (at == size) {
        break;
      }
      long to = candidates == null ? size : end(candidates, at, parentSize);
      buffer.clear().limit((int) Math.min(buffer.capacity(), Math.min(size, to) - at));
      int n = fill(channel, buffer, at) / PAGE * PAGE;
      if (n == 0) {
        size = at; // truncated meanwhile
        break;
      }
      checker.pages(at / PAGE, buffer.array(), n);
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

  /// Where the next page begins that is to be read.
  private static long next(WalSummaries.Pages candidates, long at, long parentSize) {
    return at >= parentSize ? at : Math.min(candidates.next(at / PAGE), parentSize / PAGE) * PAGE;
  }

  /// Where the pages end that are read at once with this one: small gaps are read, too.
  private static long end(WalSummaries.Pages candidates, long at, long parentSize) {
    long end = at + PAGE;
    while (end - at < (long) AT_ONCE * PAGE) {
      long next = next(candidates, end, parentSize);
      if (next - end > GAP) {
        break;
      }
      end = next + PAGE;
    }
    return end;
  }

  /// Is given the pages as they are read, to check them.
  interface PageSink {
    /// @param block the number of the first one in its file
    void pages(long block, byte[] bytes, int length) throws IOException;
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
  public static void apply(InputStream in, @Nullable Path target, LongConsumer written)
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
