// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore;

import java.io.InputStream;
import java.nio.ByteBuffer;

/// Reads a buffer, direct or not, without copying it first.
final class BufferStream extends InputStream {
  private final ByteBuffer buffer;

  BufferStream(ByteBuffer buffer) {
    this.buffer = buffer;
  }

  @Override
  public int read() {
    return buffer.hasRemaining() ? buffer.get() & 0xff : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    if (!buffer.hasRemaining()) {
      return -1;
    }
    int n = Math.min(length, buffer.remaining());
    buffer.get(into, offset, n);
    return n;
  }

  @Override
  public int available() {
    return buffer.remaining();
  }
}
