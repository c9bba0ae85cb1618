// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.history;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A client that inserts rows with rising numbers, one transaction each, and reconnects at once
/// when that fails, as an application with a simple retry does. It remembers which numbers were
/// acknowledged and when.
///
/// A number whose insert failed is never tried again: its outcome is unknown, and it may be there
/// or not.
public final class NumberedWriter implements AutoCloseable {
  /// Opens a connection through the service under test. It should have short connect and socket
  /// timeouts, so that a frozen server is noticed.
  @FunctionalInterface
  public interface Connector {
    Connection connect() throws SQLException;
  }

  private static final Duration RETRY = Duration.ofMillis(20);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Connector connector;
  private final String table;
  private final Duration pause;
  private final List<Ack> acks = new ArrayList<>();
  private final Thread thread;
  private volatile boolean stopping;
  private volatile long failures;
  private @Nullable String lastFailure;

  private record Ack(long number, long nanos) {}

  /// Creates the table and starts to write, with a pause between two rows.
  public static NumberedWriter start(Connector connector, String table, Duration pause)
      throws SQLException {
    atLast(() -> {
      try (var connection = connector.connect();
          var statement = connection.createStatement()) {
        statement.execute(
            "CREATE TABLE IF NOT EXISTS %s (id bigint PRIMARY KEY, at timestamptz DEFAULT now())"
                .formatted(table));
        return statement.execute("TRUNCATE " + table);
      }
    });
    return new NumberedWriter(connector, table, pause);
  }

  private NumberedWriter(Connector connector, String table, Duration pause) {
    this.connector = connector;
    this.table = table;
    this.pause = pause;
    this.thread = Thread.ofPlatform().daemon().name("writer of " + table).start(this::run);
  }

  private void run() {
    long number = 0;
    while (!stopping) {
      try (var connection = connector.connect();
          var insert =
              connection.prepareStatement("INSERT INTO %s (id) VALUES (?)".formatted(table))) {
        while (!stopping) {
          insert.setLong(1, ++number);
          insert.executeUpdate();
          acknowledged(number);
          Thread.sleep(pause);
        }
      } catch (SQLException e) {
        failed(e);
        if (!sleep()) {
          return;
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static boolean sleep() {
    try {
      Thread.sleep(RETRY);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private synchronized void acknowledged(long number) {
    acks.add(new Ack(number, System.nanoTime()));
    notifyAll();
  }

  private synchronized void failed(SQLException e) {
    failures++;
    lastFailure = e.getMessage();
  }

  /// How many rows were acknowledged so far.
  public synchronized int acknowledged() {
    return acks.size();
  }

  /// What the client was told last when something failed.
  public synchronized String lastFailure() {
    return lastFailure == null ? "" : lastFailure;
  }

  /// Waits for an acknowledgement that comes after this call; false when there is none in time.
  public synchronized boolean awaitNextAcknowledgement(Duration deadline)
      throws InterruptedException {
    int before = acks.size();
    long end = System.nanoTime() + deadline.toNanos();
    while (acks.size() == before) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      wait(Math.max(1, left / 1_000_000));
    }
    return true;
  }

  /// The longest time between two acknowledgements of which the later came after the given moment
  /// (`System.nanoTime()`): the gap that a fault at that moment has caused.
  public synchronized Duration longestGapSince(long nanos) {
    long longest = 0;
    for (int i = 1; i < acks.size(); i++) {
      if (acks.get(i).nanos > nanos) {
        longest = Math.max(longest, acks.get(i).nanos - acks.get(i - 1).nanos);
      }
    }
    return Duration.ofNanos(longest);
  }

  /// What may be done again.
  @FunctionalInterface
  private interface Repeatable<T> {
    T run() throws SQLException;
  }

  /// A failover may be going on, or the machine so busy that the client's time-outs pass.
  private static <T> T atLast(Repeatable<T> work) throws SQLException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return work.run();
      } catch (SQLException e) {
        if (System.nanoTime() > end || !sleep()) {
          throw e;
        }
      }
    }
  }

  /// Compares what was acknowledged until now with what is there; writing may go on meanwhile.
  public Outcome check() throws SQLException {
    List<Long> expected;
    synchronized (this) {
      expected = acks.stream().map(Ack::number).toList();
    }
    Set<Long> there = atLast(this::there);
    var lost = expected.stream().filter(n -> !there.contains(n)).toList();
    return new Outcome(expected.size(), lost, failures);
  }

  private Set<Long> there() throws SQLException {
    Set<Long> there = new HashSet<>();
    try (var connection = connector.connect();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT id FROM " + table)) {
      while (rows.next()) {
        there.add(rows.getLong(1));
      }
    }
    return there;
  }

  @Override
  public void close() {
    stopping = true;
    thread.interrupt();
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// @param acknowledged how many rows the client was told are committed
  /// @param lost the numbers among them that are not there
  /// @param failures how often an insert or a connection failed
  public record Outcome(int acknowledged, List<Long> lost, long failures) {
    public Outcome {
      lost = List.copyOf(lost);
    }
  }
}
