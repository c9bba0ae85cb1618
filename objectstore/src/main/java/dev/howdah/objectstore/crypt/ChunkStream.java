// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.crypt;

import java.io.IOException;
import java.io.InputStream;

/// Reads what another stream holds, made over chunk by chunk.
abstract class ChunkStream extends InputStream {
  /// The other stream, which is closed with this one.
  final InputStream in;

  private byte[] chunk = new byte[0];
  private int at;
  private int end;

  ChunkStream(InputStream in) {
    this.in = in;
  }

  /// Makes the next chunk and gives it to [#hold]; may hold nothing for now.
  ///
  /// @return false at the end
  abstract boolean next() throws IOException;

  /// The next bytes to be read; they must stay as they are until [#next] is asked again.
  final void hold(byte[] bytes, int length) {
    chunk = bytes;
    at = 0;
    end = length;
  }

  private boolean isThereMore() throws IOException {
    while (at == end) {
      if (!next()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public final int read() throws IOException {
    return isThereMore() ? chunk[at++] & 0xff : -1;
  }

  @Override
  public final int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!isThereMore()) {
      return -1;
    }
    int n = Math.min(length, end - at);
    System.arraycopy(chunk, at, into, offset, n);
    at += n;
    return n;
  }

  @Override
  public final void close() throws IOException {
    in.close();
  }
}
