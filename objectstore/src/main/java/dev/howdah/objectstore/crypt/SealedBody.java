// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.crypt;

import dev.howdah.objectstore.Body;
import java.io.IOException;
import java.io.InputStream;

/// What a part of an encrypted object sends: its head, if it is the first, and sealed chunks. Each
/// reading gives the same bytes.
record SealedBody(Body plain, ObjectCipher cipher, int part, boolean last, byte[] head)
    implements Body {
  SealedBody {
    if (!last && plain.length() % ObjectCipher.CHUNK != 0) {
      throw new IllegalArgumentException("only the last part of an object may have any length");
    }
  }

  private long chunks() {
    long full = Math.ceilDiv(plain.length(), ObjectCipher.CHUNK);
    return last ? Math.max(1, full) : full;
  }

  @Override
  public long length() {
    return head.length + plain.length() + chunks() * (ObjectCipher.SEALED - ObjectCipher.CHUNK);
  }

  @Override
  public InputStream open() throws IOException {
    return new Sealing(plain.open(), chunks());
  }

  private final class Sealing extends ChunkStream {
    private final long chunks;
    private final byte[] clear = new byte[ObjectCipher.CHUNK];
    private final byte[] sealed = new byte[ObjectCipher.SEALED];
    private int next;

    Sealing(InputStream in, long chunks) {
      super(in);
      this.chunks = chunks;
      hold(head, head.length);
    }

    @Override
    boolean next() throws IOException {
      if (next == chunks) {
        return false;
      }
      int n = in.readNBytes(clear, 0, clear.length);
      boolean isLast = last && next == chunks - 1;
      hold(sealed, cipher.seal(clear, n, sealed, part, next, isLast));
      next++;
      return true;
    }
  }
}
