// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime;

import dev.howdah.apiserver.PodBackend;
import dev.howdah.podruntime.process.Streams;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// The streams of a request as the runtime takes them, for the time of one request.
final class Sizes implements AutoCloseable {
  private final BlockingQueue<Streams.Size> sizes = new LinkedBlockingQueue<>();
  private final PodBackend.Streams given;
  private final Thread thread;

  Sizes(PodBackend.Streams given) {
    this.given = given;
    this.thread = Thread.ofVirtual().name("resize").start(this::pass);
  }

  Streams streams() {
    return new Streams(given.stdin(), given.stdout(), given.stderr(), sizes);
  }

  private void pass() {
    try {
      while (true) {
        PodBackend.TerminalSize size = given.resizes().take();
        sizes.add(new Streams.Size(size.width(), size.height()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
