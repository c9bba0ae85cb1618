// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.service;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Forwards TCP connections from addresses of this machine to others of this machine: one thread
/// and one buffer for all of them, nothing per idle connection.
///
/// A single thread answers faster than one per direction would, since it reads and writes without
/// handing over, and it is far from its limit with what one machine's databases say.
public final class Forwarder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);
  private static final int BUFFER = 256 * 1024;

  private final Selector selector;
  private final ConcurrentLinkedQueue<Task> tasks = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);

  public Forwarder() throws IOException {
    selector = Selector.open();
    thread = Thread.ofPlatform().daemon().name("service-forwarder").start(this::run);
  }

  /// A way into the services behind an address; it listens once it has somewhere to lead to.
  public Route route(InetSocketAddress address) {
    return new Route(this, address);
  }

  Selector selector() {
    return selector;
  }

  /// The buffer of the moment; only the forwarder's thread may use it.
  ByteBuffer buffer() {
    return buffer.clear();
  }

  /// Does something on the forwarder's thread. Completes when it has taken effect: a registered
  /// channel that was closed lives on until the selector was asked again.
  CompletableFuture<Void> submit(Runnable action) {
    var task = new Task(action, new CompletableFuture<>());
    tasks.add(task);
    selector.wakeup();
    return task.done;
  }

  private record Task(Runnable action, CompletableFuture<Void> done) {}

  private void run() {
    try {
      while (selector.isOpen()) {
        selector.select(Forwarder::handle);
        work();
      }
    } catch (ClosedSelectorException e) {
      LOG.atTrace().setCause(e).log("closed");
    } catch (IOException e) {
      LOG.atError().setCause(e).log("services are not forwarded any more");
    }
  }

  private void work() throws IOException {
    for (Task task = tasks.poll(); task != null; task = tasks.poll()) {
      @Nullable RuntimeException failure = null;
      try {
        task.action.run();
      } catch (RuntimeException e) {
        failure = e;
      }
      try {
        // after each of them: the next one may want the address of what this one closed
        if (selector.isOpen()) {
          selector.selectNow(Forwarder::handle);
        }
      } finally {
        if (failure == null) {
          task.done.complete(null);
        } else {
          task.done.completeExceptionally(failure);
        }
      }
    }
  }

  private static void handle(SelectionKey key) {
    try {
      if (key.isValid() && key.attachment() instanceof Ready ready) {
        ready.ready(key);
      }
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("connection failed");
      key.cancel();
    }
  }

  /// Something registered with the selector.
  @FunctionalInterface
  interface Ready {
    void ready(SelectionKey key);
  }

  /// Ends all connections.
  @Override
  public void close() {
    submit(
            () -> {
              for (SelectionKey key : selector.keys()) {
                try {
                  key.channel().close();
                } catch (IOException e) {
                  LOG.atTrace().setCause(e).log("closing");
                }
              }
              try {
                selector.close();
              } catch (IOException e) {
                LOG.atTrace().setCause(e).log("closing");
              }
            })
        .join();
  }
}
