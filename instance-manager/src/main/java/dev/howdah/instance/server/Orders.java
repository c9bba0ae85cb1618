// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.postgres.PostgresException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Works off orders one at a time. An order may replace all that came before it: what is at work is
/// interrupted, what waits is dropped.
final class Orders {
  private static final Logger LOG = LoggerFactory.getLogger(Orders.class);

  private final Deque<Order> waiting = new ArrayDeque<>();
  private @Nullable Thread worker;
  private String doing = "";

  /// Work that may be interrupted at any wait.
  @FunctionalInterface
  interface Work {
    void run() throws IOException, InterruptedException;
  }

  /// @param dropped hears that the order will never be begun
  private record Order(String name, Work work, Runnable dropped) {}

  /// Does this instead of everything ordered before.
  synchronized void replace(String name, Work work) {
    cancel();
    append(name, work);
  }

  /// Does this after what was ordered before.
  synchronized void append(String name, Work work) {
    append(name, work, () -> {});
  }

  /// Does this after what was ordered before, but for work of this name that waits: that isn't
  /// wanted any more.
  synchronized void appendInstead(String name, Work work) {
    waiting.removeIf(order -> {
      boolean overtaken = order.name().equals(name);
      if (overtaken) {
        order.dropped().run();
      }
      return overtaken;
    });
    append(name, work);
  }

  /// Work that somebody waits for.
  ///
  /// @param dropped hears that it will never be begun
  synchronized void append(String name, Work work, Runnable dropped) {
    waiting.add(new Order(name, work, dropped));
    if (worker == null) {
      worker = Thread.ofVirtual().name("orders").start(this::work);
    }
  }

  /// Whether nothing is at work, and nothing waits.
  synchronized boolean isIdle() {
    return worker == null;
  }

  /// Whether this is at work, and nothing is to come after it.
  synchronized boolean isDoing(String name) {
    return waiting.isEmpty() ? doing.equals(name) : waiting.getLast().name().equals(name);
  }

  /// Ends what is at work and forgets the rest.
  synchronized void cancel() {
    doing = "";
    waiting.forEach(order -> order.dropped().run());
    waiting.clear();
    if (worker != null) {
      worker.interrupt();
    }
  }

  /// Does something that may fail for a passing reason, again and again with pauses, as long as
  /// that makes sense; for work in an order, which ends when another order takes its place.
  static void untilDone(String what, BooleanSupplier sensible, Work work)
      throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        work.run();
        return;
      } catch (IOException | PostgresException e) {
        if (!sensible.getAsBoolean()) {
          throw e;
        }
        LOG.atWarn()
            .addKeyValue("what", what)
            .addKeyValue("attempt", attempt)
            .addKeyValue("error", e.getMessage())
            .log("not done yet");
        Thread.sleep(Math.min(5_000, 50L << Math.min(attempt, 7)));
      }
    }
  }

  private void work() {
    Order order = next();
    while (order != null) {
      try {
        LOG.atDebug().addKeyValue("order", order.name()).log("order begun");
        order.work().run();
      } catch (InterruptedException e) {
        LOG.atInfo().addKeyValue("order", order.name()).log("order overtaken");
      } catch (IOException | RuntimeException e) {
        LOG.atWarn()
            .addKeyValue("order", order.name())
            .addKeyValue("reason", String.valueOf(e.getMessage()))
            .setCause(e instanceof RuntimeException ? e : null)
            .log("order failed");
      }
      order = next();
    }
  }

  private synchronized @Nullable Order next() {
    // An interrupt that came after the order's last wait was meant for that order.
    Thread.interrupted();
    Order order = waiting.poll();
    if (order == null) {
      worker = null;
    }
    doing = order == null ? "" : order.name();
    return order;
  }
}
