// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.archive;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Collects bytes in chunks, so that growing copies nothing. Chunks are used again: as garbage they
/// would fill the heap to its limit.
final class ChunkedBuffer extends OutputStream {
  private static final int CHUNK = 256 * 1024;
  private static final int MOST_FREE = 32;
  private static final Deque<ByteBuffer> FREE = new ArrayDeque<>();
  private final List<ByteBuffer> full = new ArrayList<>();
  private ByteBuffer current = chunk();

  private static ByteBuffer chunk() {
    synchronized (FREE) {
      var free = FREE.poll();
      return free == null ? ByteBuffer.allocate(CHUNK) : free.clear();
    }
  }

  /// Gives the chunks back; what [#pieces] returned must not be used any more.
  void release() {
    full.add(current);
    synchronized (FREE) {
      for (var chunk : full) {
        if (FREE.size() < MOST_FREE) {
          FREE.push(chunk);
        }
      }
    }
    full.clear();
    current = ByteBuffer.allocate(0);
  }

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
      current = chunk();
    }
  }

  /// What was written, ready to be read.
  List<ByteBuffer> pieces() {
    var all = new ArrayList<>(full);
    all.add(current.duplicate().flip());
    return all;
  }
}
