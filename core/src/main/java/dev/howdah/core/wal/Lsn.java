// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.wal;

/// A byte position in the write-ahead log: 64 bits, unsigned, as `pg_lsn` (PostgreSQL manual,
/// "pg_lsn Type").
public record Lsn(long value) implements Comparable<Lsn> {
  public static final Lsn ZERO = new Lsn(0);

  /// Reads the two hexadecimal halves that PostgreSQL prints, as in `0/3000148`.
  ///
  /// @throws IllegalArgumentException if the text has another form
  public static Lsn parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 1 || slash > 8 || text.length() - slash < 2 || text.length() - slash > 9) {
      throw new IllegalArgumentException("not an LSN: \"" + text + "\"; write it as 16/B374D848");
    }
    try {
      long high = Long.parseUnsignedLong(text.substring(0, slash), 16);
      return new Lsn((high << 32) | Long.parseUnsignedLong(text.substring(slash + 1), 16));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "not an LSN: \"" + text + "\"; write it as 16/B374D848", e);
    }
  }

  /// How many bytes of WAL lie between `earlier` and this position; negative when it is ahead.
  public long bytesSince(Lsn earlier) {
    return value - earlier.value;
  }

  public Lsn plus(long bytes) {
    return new Lsn(value + bytes);
  }

  public boolean isZero() {
    return value == 0;
  }

  @Override
  public int compareTo(Lsn other) {
    return Long.compareUnsigned(value, other.value);
  }

  @Override
  public String toString() {
    return "%X/%X".formatted(value >>> 32, value & 0xFFFF_FFFFL);
  }
}
