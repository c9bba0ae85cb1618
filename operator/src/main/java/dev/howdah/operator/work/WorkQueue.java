// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.work;

import dev.howdah.kube.KubeException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs a pass for each key that asks for one.
///
/// A key that asks while its pass runs gets one more pass afterwards; a key that asks several times
/// before its pass starts gets one. A pass says when to look again; a failed pass is repeated with
/// growing pauses, and not before the API server wants to be asked again, whoever asks. Passes run
/// on virtual threads, at most `parallel` at once.
public final class WorkQueue implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WorkQueue.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /// What a key wants done.
  @FunctionalInterface
  public interface Pass {
    /// @return when to look again without being asked; null: never
    @Nullable Duration run(Key key) throws Exception;
  }

  private record Due(Key key, long nanos) {}

  private final String name;
  private final Pass pass;
  private final Semaphore slots;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final PriorityQueue<Due> timetable =
      new PriorityQueue<>((a, b) -> Long.signum(a.nanos - b.nanos));
  private final Map<Key, Due> planned = new HashMap<>();
  private final Map<Key, Integer> failures = new HashMap<>();
  private final Map<Key, Long> notBefore = new HashMap<>();
  private final Set<Key> running = new HashSet<>();
  private final Set<Key> askedWhileRunning = new HashSet<>();
  private final Thread dispatcher;
  private boolean closed;
  private long passes;
  private long failed;
  private long nanos;

  public WorkQueue(String name, int parallel, Pass pass) {
    this.name = name;
    this.pass = pass;
    this.slots = new Semaphore(parallel);
    this.dispatcher = Thread.ofVirtual().name(name + "-queue").unstarted(this::dispatch);
  }

  /// Starts handing out work; what was asked for before is done now.
  public WorkQueue start() {
    dispatcher.start();
    return this;
  }

  /// Asks for a pass as soon as possible.
  public void ask(Key key) {
    ask(key, Duration.ZERO);
  }

  /// Asks for a pass after a while. Of several wishes the earliest counts.
  public void ask(Key key, Duration delay) {
    lock.lock();
    try {
      if (running.contains(key) && delay.isZero()) {
        askedWhileRunning.add(key);
      } else {
        plan(key, System.nanoTime() + delay.toNanos());
      }
    } finally {
      lock.unlock();
    }
  }

  /// How many keys have a pass running.
  public int active() {
    lock.lock();
    try {
      return running.size();
    } finally {
      lock.unlock();
    }
  }

  /// What a queue has done.
  ///
  /// @param waiting keys whose time has come and that wait for a free slot
  public record Figures(
      String name, long passes, long failed, Duration worked, int running, int waiting) {}

  /// What this queue has done until now.
  public Figures figures() {
    lock.lock();
    try {
      long now = System.nanoTime();
      int waiting = (int) timetable.stream().filter(due -> due.nanos - now <= 0).count();
      return new Figures(name, passes, failed, Duration.ofNanos(nanos), running.size(), waiting);
    } finally {
      lock.unlock();
    }
  }

  private void plan(Key key, long nanos) {
    Due before = planned.get(key);
    if (closed || (before != null && before.nanos - nanos <= 0)) {
      return;
    }
    var due = new Due(key, nanos);
    if (before != null) {
      timetable.remove(before);
    }
    planned.put(key, due);
    timetable.add(due);
    changed.signalAll();
  }

  private void dispatch() {
    try {
      while (true) {
        slots.acquire();
        Key key = next();
        Thread.ofVirtual().name(name + "-" + key).start(() -> work(key));
      }
    } catch (InterruptedException _) {
      // closed
    }
  }

  private Key next() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        Due first = timetable.peek();
        if (first == null) {
          changed.await();
        } else if (first.nanos - System.nanoTime() > 0) {
          changed.await(first.nanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        } else {
          timetable.remove();
          planned.remove(first.key);
          Long earliest = notBefore.get(first.key);
          if (earliest != null && earliest - System.nanoTime() > 0) {
            plan(first.key, earliest);
          } else if (running.add(first.key)) {
            return first.key;
          } else {
            askedWhileRunning.add(first.key);
          }
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void work(Key key) {
    Duration again = null;
    boolean wrong = false;
    Duration patience = Duration.ZERO;
    long begun = System.nanoTime();
    try {
      again = pass.run(key);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      wrong = true;
      patience = e instanceof KubeException asked ? asked.retryAfter() : Duration.ZERO;
      LOG.atWarn()
          .addKeyValue("queue", name)
          .addKeyValue("object", key)
          .setCause(e)
          .log("pass failed, trying again");
    } finally {
      hold(key, patience);
      done(key, again, wrong, System.nanoTime() - begun);
      slots.release();
    }
  }

  private void hold(Key key, Duration patience) {
    lock.lock();
    try {
      if (patience.isPositive()) {
        notBefore.put(key, System.nanoTime() + patience.toNanos());
      } else {
        notBefore.remove(key);
      }
    } finally {
      lock.unlock();
    }
  }

  private void done(Key key, @Nullable Duration again, boolean wrong, long took) {
    lock.lock();
    try {
      passes++;
      nanos += took;
      running.remove(key);
      boolean asked = askedWhileRunning.remove(key);
      if (wrong) {
        failed++;
        int count = failures.merge(key, 1, Integer::sum);
        plan(key, System.nanoTime() + pause(count).toNanos());
        return;
      }
      failures.remove(key);
      if (asked) {
        plan(key, System.nanoTime());
      } else if (again != null) {
        plan(key, System.nanoTime() + again.toNanos());
      }
    } finally {
      lock.unlock();
    }
  }

  private static Duration pause(int failures) {
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(failures - 1, 20));
    return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
  }

  /// Starts no more passes.
  public void shut() {
    lock.lock();
    try {
      closed = true;
      timetable.clear();
      planned.clear();
    } finally {
      lock.unlock();
    }
    dispatcher.interrupt();
  }

  /// Starts no more passes and waits a little for those that run.
  @Override
  public void close() {
    shut();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    try {
      while (active() > 0 && System.nanoTime() < end) {
        Thread.sleep(5);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
