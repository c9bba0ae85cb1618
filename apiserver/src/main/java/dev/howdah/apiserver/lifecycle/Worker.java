// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.lifecycle;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the server's duties one after the other. A duty that waits already is not queued again; one
/// that fails is tried again, later each time.
final class Worker implements AutoCloseable {
  /// Something to do, which finds out by itself whether it is still needed.
  interface Duty {
    void run();
  }

  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
  private static final Duration FIRST_RETRY = Duration.ofMillis(50);
  private static final Duration LAST_RETRY = Duration.ofSeconds(60);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("apiserver-duties").factory());
  private final Set<Object> waiting = ConcurrentHashMap.newKeySet();

  /// Queues a duty under a name.
  void submit(Object name, Duty duty) {
    later(name, duty, Duration.ZERO);
  }

  /// Queues a duty for later, unless one of its name is queued.
  void later(Object name, Duty duty, Duration delay) {
    if (waiting.add(name)) {
      schedule(name, duty, delay, FIRST_RETRY);
    }
  }

  private void schedule(Object name, Duty duty, Duration delay, Duration retry) {
    try {
      thread.schedule(() -> attempt(name, duty, retry), delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException _) {
      waiting.remove(name); // the server stops
    }
  }

  private void attempt(Object name, Duty duty, Duration retry) {
    waiting.remove(name); // before it runs, so that what happens meanwhile is looked at again
    try {
      duty.run();
    } catch (RuntimeException e) {
      if (thread.isShutdown()) {
        return;
      }
      LOG.atWarn().addKeyValue("duty", name).setCause(e).log("duty failed, will try again");
      if (waiting.add(name)) {
        var next =
            retry.multipliedBy(2).compareTo(LAST_RETRY) < 0 ? retry.multipliedBy(2) : LAST_RETRY;
        schedule(name, duty, retry, next);
      }
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
