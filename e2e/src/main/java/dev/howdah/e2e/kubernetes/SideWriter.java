// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// A client on one side of a cut: it writes to one instance by the address of its pod, from the
/// network of a node, some times a second, until it is closed.
///
/// A `LOCAL` one waits for no standby: what it is told tells whether the instance takes writes at
/// all, and may be lost. A `DURABLE` one waits as clients do: what it is told must be kept.
public final class SideWriter implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(50);

  /// Whether the client waits for standbys.
  public enum Kind {
    LOCAL("local"),
    DURABLE("on");

    private final String commit;

    Kind(String commit) {
      this.commit = commit;
    }
  }

  /// A row that an instance has acknowledged, and between which moments.
  record Accepted(String instance, int number, long began, long ended) {}

  private final List<Accepted> accepted = new ArrayList<>();
  private final String node;
  private final String instance;
  private final String connection;
  private final Kind kind;
  private final Thread thread;
  private volatile boolean stopping;

  private SideWriter(String node, String instance, String connection, Kind kind) {
    this.node = node;
    this.instance = instance;
    this.connection = connection;
    this.kind = kind;
    this.thread = Thread.ofPlatform().daemon().name("writer to " + instance).start(this::write);
  }

  /// Makes the table of all these clients.
  static void prepare(Database database) throws Exception {
    database.sql(
        database.primary(),
        "create table if not exists sides (instance text, kind text, n int); truncate sides; grant"
            + " all on sides to app");
  }

  /// Starts a client on a node, which writes to an instance.
  static SideWriter start(Database database, String node, String instance, Kind kind)
      throws Exception {
    String password =
        new String(
            Base64.getDecoder()
                .decode(
                    database
                        .scene()
                        .inNamespace(
                            "get",
                            "secret",
                            database.name() + "-app",
                            "-o",
                            "jsonpath={.data.password}")),
            StandardCharsets.UTF_8);
    JsonNode pod = database.pods().get(instance);
    if (pod == null) {
      throw new IllegalStateException("there is no pod " + instance);
    }
    String address = pod.at("/status/podIP").asText();
    return new SideWriter(
        node,
        instance,
        "host=%s user=app dbname=app sslmode=require connect_timeout=1 password=%s options='-c synchronous_commit=%s'"
            .formatted(address, password, kind.commit),
        kind);
  }

  private void write() {
    try {
      for (int n = 1; !stopping; n++) {
        long began = System.nanoTime();
        var ended =
            Faults.on(
                node,
                "timeout",
                "2",
                "psql",
                "-qAt",
                connection,
                "-c",
                "insert into sides values ('%s', '%s', %d) returning 'accepted'"
                    .formatted(instance, kind, n));
        if (ended.exit() == 0 && ended.output().strip().equals("accepted")) {
          synchronized (accepted) {
            accepted.add(new Accepted(instance, n, began, System.nanoTime()));
          }
        }
        Thread.sleep(PAUSE);
      }
    } catch (IOException | InterruptedException e) {
      if (!stopping) {
        throw new IllegalStateException("writer to " + instance, e);
      }
    }
  }

  /// What was acknowledged until now.
  List<Accepted> accepted() {
    synchronized (accepted) {
      return List.copyOf(accepted);
    }
  }

  /// How many of the acknowledged rows are not in the table of the primary.
  long lost(Database database) throws Exception {
    var there =
        database
            .sql(
                database.primary(),
                "select n from sides where instance = '%s' and kind = '%s'"
                    .formatted(instance, kind))
            .lines()
            .toList();
    return accepted().stream().filter(a -> !there.contains(Integer.toString(a.number()))).count();
  }

  /// Rows that an instance took between two rows of another: both took writes at the same time.
  static List<String> together(List<SideWriter> writers) {
    var found = new ArrayList<String>();
    for (SideWriter one : writers) {
      List<Accepted> rows = one.accepted();
      if (rows.isEmpty()) {
        continue;
      }
      long first = rows.getFirst().ended();
      long last = rows.getLast().began();
      for (SideWriter other : writers) {
        if (other.instance.equals(one.instance)) {
          continue;
        }
        long between =
            other.accepted().stream().filter(r -> r.began() >= first && r.ended() <= last).count();
        if (between > 0) {
          found.add(
              "%s took %d rows while %s took rows before and after them"
                  .formatted(other.instance, between, one.instance));
        }
      }
    }
    return found;
  }

  @Override
  public void close() throws InterruptedException {
    stopping = true;
    thread.join(Duration.ofSeconds(20));
  }
}
