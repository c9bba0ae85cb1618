// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.wal;

import java.util.Optional;

/// A file of the write-ahead log: its timeline, and which of the equally long pieces of the log it
/// holds. Its name is 24 hexadecimal digits (PostgreSQL manual, "WAL Internals").
///
/// @param number the piece, counted from the log's beginning; the names depend on how many pieces
///   make 4 GiB, that is, on `segmentBytes`
/// @param segmentBytes its size, a power of two between 1 MiB and 1 GiB
public record WalSegment(Timeline timeline, long number, long segmentBytes)
    implements Comparable<WalSegment> {
  public static final long DEFAULT_BYTES = 16 << 20;

  public WalSegment {
    if (segmentBytes < 1 << 20 || segmentBytes > 1 << 30 || Long.bitCount(segmentBytes) != 1) {
      throw new IllegalArgumentException("no size of a WAL segment: " + segmentBytes);
    }
    if (number < 0) {
      throw new IllegalArgumentException("no WAL segment has the number " + number);
    }
  }

  /// The segment that holds the byte at this position.
  public static WalSegment containing(Timeline timeline, Lsn lsn, long segmentBytes) {
    return new WalSegment(timeline, Long.divideUnsigned(lsn.value(), segmentBytes), segmentBytes);
  }

  /// Reads a file name; empty if it is not one of a complete segment (`.partial`, `.history` and
  /// `.backup` are other files).
  public static Optional<WalSegment> parse(String fileName, long segmentBytes) {
    if (!isName(fileName)) {
      return Optional.empty();
    }
    long timeline = Long.parseLong(fileName.substring(0, 8), 16);
    long high = Long.parseLong(fileName.substring(8, 16), 16);
    long low = Long.parseLong(fileName.substring(16), 16);
    long perId = (1L << 32) / segmentBytes;
    if (low >= perId || timeline == 0 || timeline > Integer.MAX_VALUE) {
      return Optional.empty();
    }
    return Optional.of(
        new WalSegment(new Timeline((int) timeline), high * perId + low, segmentBytes));
  }

  /// Whether a file name is that of a complete segment, whatever the size of segments.
  public static boolean isName(String fileName) {
    if (fileName.length() != 24) {
      return false;
    }
    for (int i = 0; i < 24; i++) {
      char c = fileName.charAt(i);
      if ((c < '0' || c > '9') && (c < 'A' || c > 'F')) {
        return false;
      }
    }
    return true;
  }

  /// Its file name.
  public String name() {
    long perId = (1L << 32) / segmentBytes;
    return "%08X%08X%08X".formatted(timeline.id(), number / perId, number % perId);
  }

  /// The position of its first byte.
  public Lsn start() {
    return new Lsn(number * segmentBytes);
  }

  /// The position after its last byte.
  public Lsn end() {
    return new Lsn((number + 1) * segmentBytes);
  }

  public WalSegment next() {
    return new WalSegment(timeline, number + 1, segmentBytes);
  }

  public WalSegment on(Timeline other) {
    return new WalSegment(other, number, segmentBytes);
  }

  /// By position first, so that segments come in the order in which they are replayed.
  @Override
  public int compareTo(WalSegment other) {
    int byPosition = start().compareTo(other.start());
    return byPosition != 0 ? byPosition : timeline.compareTo(other.timeline);
  }

  @Override
  public String toString() {
    return name();
  }
}
