// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.history;

import dev.howdah.e2e.history.NumberedWriter.Connector;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/// Looks ten times a second at every instance directly whether it accepts writes, waiting for no
/// standby. A write on a timeline after one on a newer timeline had been accepted means two
/// primaries.
public final class PrimaryProbe implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(100);

  private record Accepted(String instance, int timeline, long began, long ended) {}

  private final List<Accepted> accepted = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Function<String, Connector> connectors;
  private volatile boolean stopping;

  /// @param instances who there is; a new one is noticed
  /// @param connectors how to connect to one directly
  public PrimaryProbe(Supplier<List<String>> instances, Function<String, Connector> connectors) {
    this.connectors = connectors;
    var known = new ArrayList<String>();
    threads.add(
        Thread.ofPlatform()
            .daemon()
            .name("probes")
            .start(() -> {
              while (!stopping) {
                for (String instance : instances.get()) {
                  if (!known.contains(instance)) {
                    known.add(instance);
                    synchronized (threads) {
                      threads.add(
                          Thread.ofPlatform()
                              .daemon()
                              .name("probe of " + instance)
                              .start(() -> probe(instance)));
                    }
                  }
                }
                if (!sleep()) {
                  return;
                }
              }
            }));
  }

  private void probe(String instance) {
    Connector connector = connectors.apply(instance);
    while (!stopping) {
      try (var connection = connector.connect();
          var statement = connection.createStatement()) {
        statement.execute("SET synchronous_commit = local");
        while (!stopping) {
          long began = System.nanoTime();
          statement.execute("CREATE TABLE IF NOT EXISTS probes (instance text, n bigserial)");
          statement.execute("INSERT INTO probes (instance) VALUES ('" + instance + "')");
          int timeline;
          try (var row =
              statement.executeQuery(
                  "SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int")) {
            row.next();
            timeline = row.getInt(1);
          }
          add(new Accepted(instance, timeline, began, System.nanoTime()));
          if (!sleep()) {
            return;
          }
        }
      } catch (SQLException e) {
        if (!sleep()) {
          return;
        }
      }
    }
  }

  private synchronized void add(Accepted one) {
    accepted.add(one);
  }

  private static boolean sleep() {
    try {
      Thread.sleep(PAUSE);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  /// How many writes were accepted.
  public synchronized int looks() {
    return accepted.size();
  }

  /// Windows with two primaries; empty when there was none.
  public synchronized List<String> twoPrimaries() {
    var problems = new ArrayList<String>();
    for (Accepted newer : accepted) {
      for (Accepted older : accepted) {
        if (older.timeline < newer.timeline
            && !older.instance.equals(newer.instance)
            && older.began > newer.ended) {
          problems.add(
              "two primaries: %s accepted a write on timeline %d, %d ms after %s had on timeline %d"
                  .formatted(
                      older.instance,
                      older.timeline,
                      (older.began - newer.ended) / 1_000_000,
                      newer.instance,
                      newer.timeline));
          break;
        }
      }
      if (problems.size() >= 3) {
        break;
      }
    }
    return problems;
  }

  @Override
  public void close() {
    stopping = true;
    synchronized (threads) {
      threads.forEach(Thread::interrupt);
    }
  }
}
