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

  private final class Sealing extends InputStream {
    private final InputStream in;
    private final long chunks;
    private final byte[] clear = new byte[ObjectCipher.CHUNK];
    private final byte[] sealed = new byte[ObjectCipher.SEALED];
    private byte[] current = head;
    private int at;
    private int end = head.length;
    private int next;

    Sealing(InputStream in, long chunks) {
      this.in = in;
      this.chunks = chunks;
    }

    @Override
    public int read() throws IOException {
      return isThereMore() ? current[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!isThereMore()) {
        return -1;
      }
      int n = Math.min(length, end - at);
      System.arraycopy(current, at, into, offset, n);
      at += n;
      return n;
    }

    private boolean isThereMore() throws IOException {
      while (at == end) {
        if (next == chunks) {
          return false;
        }
        int n = in.readNBytes(clear, 0, clear.length);
        boolean isLast = last && next == chunks - 1;
        end = cipher.seal(clear, n, sealed, part, next, isLast);
        next++;
        current = sealed;
        at = 0;
      }
      return true;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
