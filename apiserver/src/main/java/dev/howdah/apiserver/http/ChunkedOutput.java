// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;

/// Sends what was written as one chunk per flush; closing sends the last, empty one.
final class ChunkedOutput extends OutputStream {
  private static final int SIZE = 16 * 1024;
  private static final byte[] CRLF = {'\r', '\n'};
  private final OutputStream out;
  private final ReentrantLock lock = new ReentrantLock();
  private byte[] pending = new byte[1024];
  private int length;
  private boolean closed;

  ChunkedOutput(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int count) throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw new IOException("the answer has ended");
      }
      if (length + count > SIZE) {
        send();
      }
      if (count > SIZE) {
        chunk(bytes, offset, count);
        return;
      }
      if (length + count > pending.length) {
        pending = java.util.Arrays.copyOf(pending, Math.max(length + count, pending.length * 2));
      }
      System.arraycopy(bytes, offset, pending, length, count);
      length += count;
    } finally {
      lock.unlock();
    }
  }

  private void send() throws IOException {
    if (length > 0) {
      chunk(pending, 0, length);
      length = 0;
    }
  }

  private void chunk(byte[] bytes, int offset, int count) throws IOException {
    out.write((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII));
    out.write(bytes, offset, count);
    out.write(CRLF);
  }

  @Override
  public void flush() throws IOException {
    lock.lock();
    try {
      send();
      out.flush();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      if (!closed) {
        send();
        closed = true;
        out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
      }
    } finally {
      lock.unlock();
    }
  }
}
