// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.crypt;

import java.io.IOException;
import java.io.InputStream;

/// Reads sealed chunks; gives out nothing that is not proved to be genuine, and ends well only
/// where the object did.
final class OpeningStream extends ChunkStream {
  private final ObjectCipher cipher;
  private final String name;
  private final byte[] sealed = new byte[ObjectCipher.SEALED + 1];
  private final byte[] clear = new byte[ObjectCipher.SEALED];
  private long chunk;
  private int ahead;
  private boolean ended;

  /// @param chunk the first one that comes
  OpeningStream(InputStream in, ObjectCipher cipher, long chunk, String name) {
    super(in);
    this.cipher = cipher;
    this.chunk = chunk;
    this.name = name;
  }

  /// One byte more than a chunk is read, to know whether it is the last.
  @Override
  boolean next() throws IOException {
    if (ended) {
      return false;
    }
    int n = ahead + in.readNBytes(sealed, ahead, sealed.length - ahead);
    boolean last = n < sealed.length;
    int length = last ? n : ObjectCipher.SEALED;
    if (length < ObjectCipher.SEALED - ObjectCipher.CHUNK) {
      throw new IOException(name + " can't be decrypted: it ends too early");
    }
    try {
      hold(clear, cipher.open(sealed, length, clear, chunk, last));
    } catch (IOException e) {
      throw new IOException(name + " can't be decrypted: " + e.getMessage(), e);
    }
    chunk++;
    ended = last;
    ahead = last ? 0 : 1;
    sealed[0] = sealed[ObjectCipher.SEALED];
    return true;
  }
}
