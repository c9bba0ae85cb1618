// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.harness;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;

/// A client that inserts numbered rows through what `-rw` would select, reconnecting at once, and
/// remembers what was acknowledged.
public final class Writer implements AutoCloseable {
  private final TestCluster cluster;
  private final Thread thread;
  private final Set<Integer> acknowledged = new TreeSet<>();
  private volatile boolean stop;
  private long lastAcknowledged = System.nanoTime();
  private long longestGap;
  private int next;

  public Writer(TestCluster cluster, int first) {
    this.cluster = cluster;
    this.next = first;
    this.thread = Thread.ofPlatform().daemon().name("writer").start(this::run);
  }

  private void run() {
    while (!stop) {
      TestInstance primary = cluster.routed();
      if (primary == null) {
        pause();
        continue;
      }
      try (Connection connection = primary.connect(3, 20);
          PreparedStatement insert =
              connection.prepareStatement("INSERT INTO numbers VALUES (?)")) {
        while (!stop && primary == cluster.routed()) {
          int number = next++;
          insert.setInt(1, number);
          insert.executeUpdate();
          acknowledge(number);
        }
      } catch (SQLException e) {
        pause();
      }
    }
  }

  private synchronized void acknowledge(int number) {
    acknowledged.add(number);
    long now = System.nanoTime();
    longestGap = Math.max(longestGap, now - lastAcknowledged);
    lastAcknowledged = now;
    notifyAll();
  }

  private static void pause() {
    try {
      Thread.sleep(5);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Waits until writes go on, and starts to measure anew.
  public synchronized void awaitProgress() throws InterruptedException {
    int before = acknowledged.size();
    long end = System.nanoTime() + TestInstance.LONG.toNanos();
    while (acknowledged.size() < before + 5) {
      if (System.nanoTime() > end) {
        throw new AssertionError("no write was acknowledged in " + TestInstance.LONG);
      }
      wait(100);
    }
  }

  public synchronized void forgetGap() {
    longestGap = 0;
    lastAcknowledged = System.nanoTime();
  }

  /// The longest time between two acknowledged writes.
  public synchronized Duration longestGap() {
    return Duration.ofNanos(longestGap);
  }

  public synchronized Set<Integer> acknowledged() {
    return new TreeSet<>(acknowledged);
  }

  public synchronized int next() {
    return next;
  }

  @Override
  public void close() {
    stop = true;
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(25));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Reads all rows.
  public static Set<Integer> rows(TestInstance instance) throws SQLException {
    Set<Integer> rows = new TreeSet<>();
    try (Connection connection = instance.connect();
        var statement = connection.createStatement();
        var result = statement.executeQuery("SELECT id FROM numbers")) {
      while (result.next()) {
        rows.add(result.getInt(1));
      }
    }
    return rows;
  }
}
