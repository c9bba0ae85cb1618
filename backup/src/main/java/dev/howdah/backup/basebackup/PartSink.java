// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.StoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// An output stream that becomes an object in parts, some of them on their way at once. What is
/// held in memory is bounded: `inFlight` parts being sent, and one being filled.
///
/// [#complete] makes the object; closing without it gives it up.
final class PartSink extends OutputStream {
  private final ObjectStore.Upload upload;
  private final int inFlight;
  private final Semaphore free;
  private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
  private final int partBytes;
  private ByteBuffer part;
  private int number;
  private long written;

  PartSink(ObjectStore.Upload upload, int partBytes, int inFlight) {
    this.upload = upload;
    this.partBytes = partBytes;
    this.inFlight = inFlight;
    this.free = new Semaphore(inFlight);
    this.part = ByteBuffer.allocate(partBytes);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int at = offset;
    int left = length;
    while (left > 0) {
      int n = Math.min(left, part.remaining());
      part.put(bytes, at, n);
      at += n;
      left -= n;
      if (!part.hasRemaining()) {
        send();
      }
    }
    written += length;
  }

  /// How many bytes were written into it.
  long written() {
    return written;
  }

  private void send() throws IOException {
    rethrow();
    acquire(1);
    var full = part.flip();
    int mine = ++number;
    part = ByteBuffer.allocate(partBytes);
    Thread.ofVirtual()
        .name("part " + mine)
        .start(() -> {
          try {
            upload.part(mine, Body.of(List.of(full)));
          } catch (RuntimeException e) {
            failure.compareAndSet(null, e);
          } finally {
            free.release();
          }
        });
  }

  private void acquire(int permits) throws IOException {
    try {
      free.acquire(permits);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("cancelled");
    }
  }

  private void rethrow() throws IOException {
    var cause = failure.get();
    if (cause instanceof StoreException store) {
      throw new IOException(store.getMessage(), store);
    }
    if (cause != null) {
      throw cause;
    }
  }

  /// Sends the rest, waits until all parts are there, and makes the object of them.
  void complete() throws IOException {
    if (part.position() > 0 || number == 0) {
      send();
    }
    acquire(inFlight);
    rethrow();
    upload.complete();
  }

  @Override
  public void close() {
    upload.close();
  }
}
