// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/// The checksum of PostgreSQL's data pages, version 4 of the page layout: 32 FNV-1a sums side by
/// side, folded into 16 bits together with the block's number (PostgreSQL source, "README" of
/// `storage/page`).
final class PageChecksum {
  static final int PAGE = 8192;
  private static final int SUMS = 32;
  private static final int ROWS = PAGE / 4 / SUMS;
  private static final int PRIME = 16777619;
  private static final int[] START = {
    0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
    0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
    0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
    0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756
  };

  private final int[] page = new int[PAGE / 4];
  private final int[] sums = new int[SUMS];

  /// What a page turned out to be.
  enum Verdict {
    /// Its checksum is right, or it was never written to.
    GOOD,
    BAD
  }

  /// Checks the page that begins at `offset`.
  ///
  /// @param block its number in the relation, across the relation's files
  Verdict check(byte[] bytes, int offset, long block) {
    IntBuffer ints =
        ByteBuffer.wrap(bytes, offset, PAGE).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    ints.get(page);
    if (page[3] >>> 16 == 0) {
      return allZero() ? Verdict.GOOD : Verdict.BAD; // pd_upper is 0 in pages never filled
    }
    int stored = page[2] & 0xffff;
    page[2] &= 0xffff0000;
    int sum = fold() ^ (int) block;
    int wanted = Integer.remainderUnsigned(sum, 65535) + 1;
    return wanted == stored ? Verdict.GOOD : Verdict.BAD;
  }

  /// Where the WAL stood when the page was last changed, of the page checked last.
  long lsn() {
    return ((long) page[0] << 32) | Integer.toUnsignedLong(page[1]);
  }

  private boolean allZero() {
    for (int word : page) {
      if (word != 0) {
        return false;
      }
    }
    return true;
  }

  private int fold() {
    System.arraycopy(START, 0, sums, 0, SUMS);
    for (int row = 0; row < ROWS; row++) {
      mix(row * SUMS);
    }
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < SUMS; i++) {
        int t = sums[i];
        sums[i] = t * PRIME ^ (t >>> 17);
      }
    }
    int folded = 0;
    for (int sum : sums) {
      folded ^= sum;
    }
    return folded;
  }

  /// A loop of its own, so that the compiler makes vector instructions of it.
  private void mix(int from) {
    int[] s = sums;
    int[] p = page;
    for (int i = 0; i < SUMS; i++) {
      int t = s[i] ^ p[from + i];
      s[i] = t * PRIME ^ (t >>> 17);
    }
  }
}
