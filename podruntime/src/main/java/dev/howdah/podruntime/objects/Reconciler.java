// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.objects;

import dev.howdah.kube.KubeException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Works off keys one after the other, each soon after it was named, however often it was named.
///
/// A step that fails is repeated with growing delays. A step may ask to be repeated later; naming
/// the key again makes that sooner, never later.
public final class Reconciler implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);
  private static final Duration FIRST_DELAY = Duration.ofMillis(50);
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);
  private static final int DOUBLINGS = 10;

  /// Never again, unless named.
  public static final Duration DONE = Duration.ofSeconds(Long.MAX_VALUE);

  /// One pass over one object; returns when to look again.
  @FunctionalInterface
  public interface Step {
    Duration reconcile(Key key) throws Exception;
  }

  private final String name;
  private final Step step;
  private final Map<Key, Long> due = new HashMap<>();
  private final Map<Key, Integer> failures = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread thread;
  private volatile boolean closed;

  public Reconciler(String name, Step step) {
    this.name = name;
    this.step = step;
    this.thread = Thread.ofVirtual().name(name).unstarted(this::run);
  }

  /// Begins to work.
  public Reconciler start() {
    thread.start();
    return this;
  }

  public void enqueue(Key key) {
    enqueue(key, Duration.ZERO);
  }

  /// Names a key that is due after a while, unless it is due earlier.
  public void enqueue(Key key, Duration delay) {
    if (delay.equals(DONE)) {
      return;
    }
    lock.lock();
    try {
      due.merge(key, System.nanoTime() + delay.toNanos(), (a, b) -> a - b < 0 ? a : b);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (!closed) {
      try {
        Key key = next();
        work(key);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private Key next() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        Key first = null;
        long least = 0;
        for (var entry : due.entrySet()) {
          if (first == null || entry.getValue() - least < 0) {
            first = entry.getKey();
            least = entry.getValue();
          }
        }
        long wait = first == null ? Long.MAX_VALUE : least - System.nanoTime();
        if (first != null && wait <= 0) {
          due.remove(first);
          return first;
        }
        if (first == null) {
          changed.await();
        } else {
          changed.await(wait, TimeUnit.NANOSECONDS);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void work(Key key) throws InterruptedException {
    try {
      Duration again = step.reconcile(key);
      failures.remove(key);
      enqueue(key, again);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      if (closed) {
        return;
      }
      int count = failures.merge(key, 1, Integer::sum);
      boolean expected = e instanceof KubeException k && (k.isConflict() || k.isTransient());
      if (!expected || count > 3) {
        LOG.atWarn()
            .addKeyValue("controller", name)
            .addKeyValue("object", key)
            .setCause(e)
            .log("pass failed, trying again");
      }
      Duration delay = FIRST_DELAY.multipliedBy(1L << Math.min(count - 1, DOUBLINGS));
      enqueue(key, delay.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : delay);
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    if (Thread.currentThread() != thread && thread.getState() != Thread.State.NEW) {
      try {
        thread.join(Duration.ofSeconds(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
