// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.archive;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Collects bytes in chunks, so that growing copies nothing.
final class ChunkedBuffer extends OutputStream {
  private static final int CHUNK = 256 * 1024;
  private final List<ByteBuffer> full = new ArrayList<>();
  private ByteBuffer current = ByteBuffer.allocate(CHUNK);

  @Override
  public void write(int b) {
    room();
    current.put((byte) b);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    int at = offset;
    int left = length;
    while (left > 0) {
      room();
      int n = Math.min(left, current.remaining());
      current.put(bytes, at, n);
      at += n;
      left -= n;
    }
  }

  private void room() {
    if (!current.hasRemaining()) {
      full.add(current.flip());
      current = ByteBuffer.allocate(CHUNK);
    }
  }

  /// What was written, ready to be read.
  List<ByteBuffer> pieces() {
    var all = new ArrayList<>(full);
    all.add(current.duplicate().flip());
    return all;
  }
}
