// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// An output stream that becomes an object in parts, some of them on their way while the next is
/// filled; one that fits into a part becomes an object in one request.
///
/// [#complete] makes the object; closing without it gives it up: what is on its way is cut off, and
/// what was stored of it goes.
final class PartSink extends OutputStream {
  /// How long parts that were cut off are waited for; one that is stored later than that costs room
  /// until somebody sweeps.
  private static final Duration CUT_OFF = Duration.ofSeconds(10);

  private final ObjectStore store;
  private final String key;
  private final PutOptions options;
  private final PartBuffers buffers;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private ObjectStore.@Nullable Upload upload;
  private @Nullable ByteBuffer part;
  private int number;
  private final Set<Thread> onTheirWay = new HashSet<>();
  private long written;
  private boolean closed;

  PartSink(ObjectStore store, String key, PutOptions options, PartBuffers buffers) {
    this.store = store;
    this.key = key;
    this.options = options;
    this.buffers = buffers;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (closed) {
      return;
    }
    int at = offset;
    int left = length;
    while (left > 0) {
      var into = room();
      int n = Math.min(left, into.remaining());
      into.put(bytes, at, n);
      at += n;
      left -= n;
    }
    written += length;
  }

  private ByteBuffer room() throws IOException {
    var current = part;
    if (current != null && !current.hasRemaining()) {
      send(current, false);
      current = null;
    }
    if (current == null) {
      rethrow();
      current = buffers.take();
      part = current;
    }
    return current;
  }

  /// How many bytes were written into it.
  long written() {
    return written;
  }

  String key() {
    return key;
  }

  private void send(ByteBuffer full, boolean last) throws IOException {
    rethrow();
    if (upload == null) {
      upload = storing(() -> store.begin(key, options));
    }
    var to = upload;
    full.flip();
    part = null;
    int mine = ++number;
    // a virtual one, since an interrupt of that ends its connection
    var sender =
        Thread.ofVirtual()
            .name("backup-part-" + mine)
            .unstarted(() -> sendPart(to, mine, full, last));
    begins(sender);
    boolean started = false;
    try {
      sender.start();
      started = true;
    } finally {
      if (!started) { // there may be no memory left for it
        over(sender, full);
      }
    }
  }

  /// Whatever goes wrong, running out of memory too, whoever waits for the parts has to hear of it:
  /// an object without one of them is none.
  private void sendPart(ObjectStore.Upload to, int mine, ByteBuffer full, boolean last) {
    try {
      var body = Body.of(List.of(full));
      if (last) {
        to.lastPart(mine, body);
      } else {
        to.part(mine, body);
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    } finally {
      over(Thread.currentThread(), full);
    }
  }

  private synchronized void begins(Thread sender) {
    onTheirWay.add(sender);
  }

  private void over(Thread sender, ByteBuffer sent) {
    buffers.give(sent);
    synchronized (this) {
      onTheirWay.remove(sender);
      notifyAll();
    }
  }

  private static <T> T storing(java.util.function.Supplier<T> call) throws IOException {
    try {
      return call.get();
    } catch (StoreException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private synchronized void awaitParts() throws InterruptedIOException {
    try {
      while (!onTheirWay.isEmpty()) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("cancelled");
    }
  }

  private void rethrow() throws IOException {
    var cause = failure.get();
    if (cause instanceof StoreException e) {
      throw new IOException(e.getMessage(), e);
    }
    if (cause instanceof Error e) {
      throw e;
    }
    if (cause != null) {
      throw new IOException(key + ": a part could not be sent: " + cause, cause);
    }
  }

  /// Sends the rest, waits until all parts are there, and makes the object of them.
  void complete() throws IOException {
    var last = part;
    if (upload == null) {
      var rest = last == null ? ByteBuffer.allocate(0) : last.flip();
      storing(() -> store.put(key, Body.of(List.of(rest)), options));
      release();
      return;
    }
    if (last != null && last.position() > 0) {
      send(last, true);
    }
    awaitParts();
    rethrow();
    var whole = upload;
    storing(() -> {
      whole.complete();
      return true;
    });
  }

  private void release() {
    var left = part;
    part = null;
    if (left != null) {
      buffers.give(left);
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    release();
    var begun = upload;
    if (begun == null) {
      return;
    }
    boolean cancelled = Thread.interrupted(); // else the store could not be told
    try {
      cancelled |= cutOff();
      begun.close();
    } finally {
      if (cancelled) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Ends what is on its way, so that nothing is stored behind the end of the upload, nor the
  /// bandwidth taken from those who tidy up.
  ///
  /// @return whether this thread was interrupted meanwhile
  private synchronized boolean cutOff() {
    boolean interrupted = false;
    onTheirWay.forEach(Thread::interrupt);
    long end = System.nanoTime() + CUT_OFF.toNanos();
    for (long left = CUT_OFF.toMillis();
        !onTheirWay.isEmpty() && left > 0;
        left = (end - System.nanoTime()) / 1_000_000) {
      try {
        wait(left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    return interrupted;
  }
}
