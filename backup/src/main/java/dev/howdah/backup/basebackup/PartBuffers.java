// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/// The memory that all parts of a backup share, those being filled and those on their way: it is
/// what bounds the memory of a backup, whatever the database's size.
final class PartBuffers {
  private final int bytes;
  private final Deque<ByteBuffer> free = new ArrayDeque<>();
  private int left;

  /// @param count more than there are objects being written at once
  PartBuffers(int count, int bytes) {
    this.bytes = bytes;
    this.left = count;
  }

  /// An empty one; waits until there is one.
  synchronized ByteBuffer take() throws InterruptedIOException {
    try {
      while (free.isEmpty() && left == 0) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("cancelled");
    }
    if (free.isEmpty()) {
      left--;
      return ByteBuffer.allocate(bytes);
    }
    return free.pop().clear();
  }

  synchronized void give(ByteBuffer buffer) {
    free.push(buffer);
    notifyAll();
  }
}
