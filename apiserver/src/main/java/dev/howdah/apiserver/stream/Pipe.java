// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.stream;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Carries bytes from one thread to another. The writer waits while too much is unread, so that the
/// client feels how fast the pod reads.
final class Pipe {
  private static final int MAX_UNREAD = 256 * 1024;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<byte[]> parts = new ArrayDeque<>();
  private int unread;
  private int offset;
  private boolean ended;
  private boolean closed;

  /// Adds bytes; dropped when the reader has gone.
  void put(byte[] part) throws IOException {
    lock.lock();
    try {
      while (unread > MAX_UNREAD && !closed) {
        changed.await();
      }
      if (!closed && !ended && part.length > 0) {
        parts.addLast(part);
        unread += part.length;
        changed.signalAll();
      }
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    } finally {
      lock.unlock();
    }
  }

  /// Nothing more will come; what is there can still be read.
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Nobody reads or writes any more.
  void close() {
    lock.lock();
    try {
      ended = true;
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// The reader's end.
  InputStream input() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int at, int count) throws IOException {
        return count == 0 ? 0 : take(target, at, count);
      }

      @Override
      public int available() {
        return unread();
      }

      @Override
      public void close() {
        Pipe.this.close();
      }
    };
  }

  private int unread() {
    lock.lock();
    try {
      return unread;
    } finally {
      lock.unlock();
    }
  }

  private int take(byte[] target, int at, int count) throws IOException {
    lock.lock();
    try {
      while (parts.isEmpty()) {
        if (ended) {
          return -1;
        }
        changed.await();
      }
      var part = parts.getFirst();
      var length = Math.min(count, part.length - offset);
      System.arraycopy(part, offset, target, at, length);
      offset += length;
      unread -= length;
      if (offset == part.length) {
        parts.removeFirst();
        offset = 0;
      }
      changed.signalAll();
      return length;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      lock.unlock();
    }
  }
}
