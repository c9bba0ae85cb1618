// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The recent changes of one type. Readers keep their own place, so that a slow one costs nothing:
/// when it falls too far behind, its place is [compacted][StoreException.Why#COMPACTED].
public final class TypeLog {
  private static final int MAX_CHANGES = 1024;
  private static final int MIN_CHANGES = 32;
  private static final long MAX_BYTES = 2 * 1024 * 1024;

  /// Even few changes are forgotten when they are this large.
  private static final long MOST_BYTES = 8 * 1024 * 1024;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition grown = lock.newCondition();
  private final ArrayDeque<Change> changes = new ArrayDeque<>();
  private long bytes;
  private long floor;
  private boolean closed;

  TypeLog(long floor) {
    this.floor = floor;
  }

  void add(Change change) {
    lock.lock();
    try {
      changes.addLast(change);
      bytes += change.object().json().length;
      while (isTooMuch()) {
        var oldest = changes.removeFirst();
        bytes -= oldest.object().json().length;
        floor = oldest.revision();
      }
      grown.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean isTooMuch() {
    return changes.size() > MAX_CHANGES
        || (bytes > MAX_BYTES && changes.size() > MIN_CHANGES)
        || (bytes > MOST_BYTES && changes.size() > 1);
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      grown.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// All changes after the revision, oldest first; empty when there is none. Throws COMPACTED when
  /// some are forgotten.
  public List<Change> after(long revision) throws StoreException {
    lock.lock();
    try {
      if (revision < floor) {
        throw new StoreException(
            StoreException.Why.COMPACTED,
            "too old resource version: %d (%d)".formatted(revision, floor));
      }
      if (changes.isEmpty() || changes.getLast().revision() <= revision) {
        return List.of();
      }
      var found = new ArrayList<Change>();
      var backwards = changes.descendingIterator();
      while (backwards.hasNext()) {
        var change = backwards.next();
        if (change.revision() <= revision) {
          break;
        }
        found.add(change);
      }
      Collections.reverse(found);
      return found;
    } finally {
      lock.unlock();
    }
  }

  /// Waits until there is a change after the revision or the time is over; returns false when the
  /// store has closed.
  public boolean await(long revision, long nanos) throws InterruptedException {
    lock.lock();
    try {
      var left = nanos;
      while (!closed
          && left > 0
          && (changes.isEmpty() || changes.getLast().revision() <= revision)) {
        left = grown.awaitNanos(left);
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /// Waits with a deadline in milliseconds.
  public boolean awaitMillis(long revision, long millis) throws InterruptedException {
    return await(revision, TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
