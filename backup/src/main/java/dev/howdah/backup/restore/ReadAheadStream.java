// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.restore;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Receives on one thread while another decompresses and writes: a megabyte at most lies between
/// the two.
final class ReadAheadStream extends InputStream {
  private static final int CHUNK = 128 * 1024;
  private static final int CHUNKS = 6;
  private static final Chunk END = new Chunk(new byte[0], 0);

  private final InputStream source;
  private final BlockingQueue<Chunk> full = new ArrayBlockingQueue<>(CHUNKS + 2);
  private final BlockingQueue<byte[]> free = new ArrayBlockingQueue<>(CHUNKS);
  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
  private final Thread reader;
  private Chunk current = new Chunk(new byte[0], 0);
  private int at;

  private record Chunk(byte[] bytes, int length) {}

  ReadAheadStream(InputStream source) {
    this.source = source;
    for (int i = 0; i < CHUNKS; i++) {
      free.add(new byte[CHUNK]);
    }
    this.reader = Thread.ofPlatform().daemon().name("restore-receiver").start(this::receive);
  }

  private void receive() {
    try {
      while (true) {
        var chunk = free.take();
        int n = source.readNBytes(chunk, 0, chunk.length);
        if (n > 0) {
          full.put(new Chunk(chunk, n));
        }
        if (n < chunk.length) {
          break;
        }
      }
    } catch (IOException | RuntimeException | InterruptedException e) {
      failure.set(e);
    } finally {
      full.offer(END); // there is always room for it
    }
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (at == current.length() && !next()) {
      return -1;
    }
    int n = Math.min(length, current.length() - at);
    System.arraycopy(current.bytes(), at, into, offset, n);
    at += n;
    return n;
  }

  private boolean next() throws IOException {
    if (current == END) {
      return false;
    }
    try {
      if (current.bytes().length == CHUNK) {
        free.put(current.bytes());
      }
      current = full.take();
      at = 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("cancelled");
    }
    if (current == END) {
      switch (failure.get()) {
        case null -> {}
        case IOException e -> throw e;
        case RuntimeException e -> throw e;
        case Exception e -> throw new IOException(e);
      }
      return false;
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    reader.interrupt();
    source.close();
  }
}
