// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;

/// When the bytes of a log were written: pairs of (end offset, milliseconds), oldest first.
///
/// The bytes before an end offset, and after the one before, were there at that time.
final class TimeIndex {
  private static final int PAIR = 2 * Long.BYTES;

  private final Path file;

  TimeIndex(Path file) {
    this.file = file;
  }

  /// The offset up to which times are known.
  long end() throws IOException {
    long count = count();
    return count == 0 ? 0 : pair(count - 1)[0];
  }

  void add(long end, Instant time) throws IOException {
    var pair = ByteBuffer.allocate(PAIR).putLong(end).putLong(time.toEpochMilli()).flip();
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(pair, count() * PAIR);
    }
  }

  void clear() throws IOException {
    Files.deleteIfExists(file);
  }

  /// Forgets what lies before an offset.
  void dropBefore(long offset) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    byte[] all = Files.readAllBytes(file);
    int keep = Math.toIntExact(firstAfter(offset) * PAIR);
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.write(fresh, java.util.Arrays.copyOfRange(all, keep, all.length / PAIR * PAIR));
    Files.move(fresh, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  /// Where the bytes written at or after a time begin; the end of the log if there are none.
  long offsetOf(Instant since) throws IOException {
    long low = 0;
    long high = count();
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (pair(middle)[1] < since.toEpochMilli()) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? 0 : pair(low - 1)[0];
  }

  /// When the byte at an offset was written.
  Instant timeOf(long offset) throws IOException {
    long count = count();
    if (count == 0) {
      return Instant.EPOCH;
    }
    return Instant.ofEpochMilli(pair(Math.min(firstAfter(offset), count - 1))[1]);
  }

  /// The first pair whose end lies after an offset.
  private long firstAfter(long offset) throws IOException {
    long low = 0;
    long high = count();
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (pair(middle)[0] <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private long count() throws IOException {
    return Files.exists(file) ? Files.size(file) / PAIR : 0;
  }

  private long[] pair(long index) throws IOException {
    var pair = ByteBuffer.allocate(PAIR);
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.read(pair, index * PAIR);
    }
    pair.flip();
    return pair.remaining() < PAIR
        ? new long[] {Long.MAX_VALUE, 0}
        : new long[] {pair.getLong(), pair.getLong()};
  }
}
