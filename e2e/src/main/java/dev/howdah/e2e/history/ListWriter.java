// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.history;

import dev.howdah.e2e.history.NumberedWriter.Connector;
import dev.howdah.e2e.history.Operation.Outcome;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/// Clients that append unique numbers to lists, one list per key, and remember what they were told.
/// A client whose answer is missing goes on under another number, as it can't know what became of
/// it.
public final class ListWriter implements AutoCloseable {
  private static final Duration RETRY = Duration.ofMillis(10);
  private static final int LONGEST = 400;

  private final Connector connector;
  private final String table;
  private final int keysPerClient;
  private final Duration pause;
  private final AtomicLong values = new AtomicLong();
  private final List<Operation> history = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopping;
  private volatile String lastFailure = "";

  /// Makes the table and starts to write.
  ///
  /// @param clients so many write at the same time, two of them to each list
  public static ListWriter start(Connector connector, String table, int clients, Duration pause)
      throws SQLException {
    try (var connection = connector.connect();
        var statement = connection.createStatement()) {
      statement.execute("DROP TABLE IF EXISTS " + table);
      statement.execute(
          "CREATE TABLE %s (key int PRIMARY KEY, list bigint[] NOT NULL)".formatted(table));
    }
    var writer = new ListWriter(connector, table, 2, pause);
    for (int i = 0; i < clients; i++) {
      int client = i;
      writer.threads.add(
          Thread.ofPlatform().daemon().name("client " + i).start(() -> writer.run(client)));
    }
    return writer;
  }

  private ListWriter(Connector connector, String table, int keysPerClient, Duration pause) {
    this.connector = connector;
    this.table = table;
    this.keysPerClient = keysPerClient;
    this.pause = pause;
  }

  private void run(int client) {
    long turn = 0;
    while (!stopping) {
      try (var connection = connector.connect();
          var append =
              connection.prepareStatement(
                  "INSERT INTO %1$s AS t VALUES (?, ARRAY[?::bigint]) ON CONFLICT (key) DO UPDATE SET list = t.list || EXCLUDED.list RETURNING list"
                      .formatted(table))) {
        while (!stopping) {
          turn++;
          // two clients share each list; a new list begins before the old one grows long
          int key = (int) (client / 2 * 1_000_000L + turn / LONGEST * keysPerClient + turn % 2);
          append(connection, append, client, key);
          Thread.sleep(pause);
        }
      } catch (SQLException e) {
        lastFailure = String.valueOf(e.getMessage());
        if (!sleep()) {
          return;
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void append(Connection connection, java.sql.PreparedStatement append, int client, int key)
      throws SQLException {
    long value = values.incrementAndGet();
    long began = System.nanoTime();
    List<Long> seen = new ArrayList<>();
    try {
      append.setInt(1, key);
      append.setLong(2, value);
      try (var result = append.executeQuery()) {
        result.next();
        for (Object element : (Object[]) result.getArray(1).getArray()) {
          seen.add((Long) element);
        }
      }
      // "canceling wait for synchronous replication": committed here, confirmed by nobody
      boolean unsure = append.getWarnings() != null;
      append.clearWarnings();
      add(client, key, value, began, unsure ? Outcome.UNKNOWN : Outcome.OK, seen);
    } catch (SQLException e) {
      add(client, key, value, began, isRefusal(e) ? Outcome.FAILED : Outcome.UNKNOWN, List.of());
      throw e;
    } finally {
      if (connection.isClosed()) {
        lastFailure = "connection closed";
      }
    }
  }

  /// The server said no, before anything was committed.
  private static boolean isRefusal(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return state.equals("25006")
        || state.equals("40001")
        || state.equals("40P01")
        || state.equals("57P03");
  }

  private synchronized void add(
      int client, int key, long value, long began, Outcome outcome, List<Long> seen) {
    history.add(
        new Operation(
            client,
            key,
            value,
            began,
            System.nanoTime(),
            outcome,
            outcome == Outcome.OK ? seen : List.of()));
    if (outcome == Outcome.OK) {
      notifyAll();
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

  /// What the last failure said.
  public String lastFailure() {
    return lastFailure;
  }

  /// So many appends were acknowledged.
  public synchronized long acknowledged() {
    return history.stream().filter(o -> o.outcome() == Outcome.OK).count();
  }

  /// Waits for an append that begins after this call to be acknowledged.
  public synchronized boolean awaitProgress(Duration deadline) throws InterruptedException {
    long from = System.nanoTime();
    long end = from + deadline.toNanos();
    while (history.stream().noneMatch(o -> o.outcome() == Outcome.OK && o.began() > from)) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      wait(Math.max(1, left / 1_000_000));
    }
    return true;
  }

  /// The longest time without any acknowledgement that ended after this moment.
  public synchronized Duration longestGapSince(long nanos) {
    long longest = 0;
    long before = 0;
    var times =
        history.stream()
            .filter(o -> o.outcome() == Outcome.OK)
            .mapToLong(Operation::ended)
            .sorted()
            .toArray();
    for (long time : times) {
      if (before != 0 && time > nanos) {
        longest = Math.max(longest, time - before);
      }
      before = time;
    }
    return Duration.ofNanos(longest);
  }

  /// What is wrong with all that was seen until now; call it when the clients were stopped.
  public List<String> judge() throws SQLException {
    Map<Integer, List<Long>> lists = new HashMap<>();
    try (var connection = connectAtLast();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT key, list FROM " + table)) {
      while (rows.next()) {
        var list = new ArrayList<Long>();
        for (Object element : (Object[]) rows.getArray(2).getArray()) {
          list.add((Long) element);
        }
        lists.put(rows.getInt(1), list);
      }
    }
    synchronized (this) {
      return HistoryChecker.check(history, lists);
    }
  }

  private Connection connectAtLast() throws SQLException {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (true) {
      try {
        return connector.connect();
      } catch (SQLException e) {
        if (System.nanoTime() > end || !sleep()) {
          throw e;
        }
      }
    }
  }

  /// Stops the clients.
  @Override
  public void close() {
    stopping = true;
    for (Thread thread : threads) {
      thread.interrupt();
    }
    for (Thread thread : threads) {
      try {
        thread.join(10_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
