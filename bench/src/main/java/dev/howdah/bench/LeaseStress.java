// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import dev.howdah.e2e.embedded.EmbeddedHowdah;
import dev.howdah.e2e.fault.PodProcesses;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;

/// `bench/run leases MINUTES [SEED] [standard|fast] [load|api|peer]`: how often a lease profile
/// takes the primary away from an instance that is well. For each profile and each kind of stress a
/// cluster of three runs for so many minutes:
///
/// - `load`: twice as many threads as there are cores compute, eight clients write;
/// - `api`: the same, and API server, operator and kubelet stop for 1 to 12 s every 20 s;
/// - `peer`: the same, and one standby stands still meanwhile.
///
/// Each change of the Lease's holder and each restart of the primary's PostgreSQL is one too many.
/// The table is in `bench/leases.md`, where each row stays until it is made again.
public final class LeaseStress {
  private static final List<String> PROFILES = List.of("standard", "fast");
  private static final List<String> KINDS = List.of("load", "api", "peer");
  private static final int CLIENTS = 8;
  private static final Path PAGE = Path.of("bench/leases.md");
  private static final String HEAD =
      """
      # Lease profiles under stress

      Made by `bench/run leases MINUTES`; don't edit. A cluster of three instances in the embedded mode, one synchronous standby, on the machine of
      [failover.md](failover.md), for so many minutes for each row: `load` is twice as many computing threads as there are cores, and eight
      writing clients; `api` besides stops API server, operator and kubelet for 1 to 12 s every 20 s; `peer` one standby as well. Nothing is wrong
      with the primary at any time, so each failover and each restart of its PostgreSQL in place is one too many. What follows from it:
      [decision 0203](../docs/explanation/decisions/0203-lease-profile.md).

      | profile | stress | minutes | outages of API or peer | longest | needless failovers | needless restarts | day |
      |---|---|---|---|---|---|---|---|
      """;

  private final BenchCluster cluster;
  private final SplittableRandom random;
  private volatile boolean over;

  private LeaseStress(BenchCluster cluster, long seed) {
    this.cluster = cluster;
    this.random = new SplittableRandom(seed);
  }

  public static void main(String[] args) throws Exception {
    if (args.length == 0 || !args[0].matches("[0-9.]+")) {
      System.err.println("usage: bench/run leases MINUTES [SEED] [standard|fast] [load|api|peer]");
      System.exit(2);
    }
    var words = List.of(args);
    double minutes = Double.parseDouble(args[0]);
    long seed =
        words.stream()
            .skip(1)
            .filter(w -> w.matches("\\d+"))
            .mapToLong(Long::parseLong)
            .findFirst()
            .orElse(1);
    for (String profile : chosen(PROFILES, words)) {
      try (var cluster = BenchCluster.create(true, profile.equals("fast"))) {
        cluster.up(_ -> {});
        for (String kind : chosen(KINDS, words)) {
          cluster.settle();
          String row = new LeaseStress(cluster, seed).run(profile, kind, minutes);
          System.out.println(row);
          keep(profile, kind, row);
        }
      }
    }
    System.exit(0);
  }

  private static void keep(String profile, String kind, String row) throws IOException {
    var page = new StringBuilder(HEAD);
    var before = Files.exists(PAGE) ? Files.readAllLines(PAGE) : List.<String>of();
    for (String some : PROFILES) {
      for (String other : KINDS) {
        boolean same = some.equals(profile) && other.equals(kind);
        String start = "| %s | %s |".formatted(some, other);
        before.stream()
            .filter(line -> line.startsWith(start))
            .map(line -> same ? row : line)
            .findFirst()
            .or(() -> same ? Optional.of(row) : Optional.empty())
            .ifPresent(line -> page.append(line).append('\n'));
      }
    }
    Files.writeString(PAGE, page.toString());
  }

  private static List<String> chosen(List<String> all, List<String> words) {
    var some = all.stream().filter(words::contains).toList();
    return some.isEmpty() ? all : some;
  }

  private String run(String profile, String kind, double minutes) throws Exception {
    long terms = terms();
    var started = started();
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
      threads.add(Thread.ofPlatform().daemon().name("hog " + i).start(this::compute));
    }
    for (int i = 0; i < CLIENTS; i++) {
      threads.add(Thread.ofPlatform().daemon().name("client " + i).start(this::write));
    }
    int outages = 0;
    int restarts = 0;
    double longest = 0;
    long end = System.nanoTime() + (long) (minutes * 60e9);
    while (System.nanoTime() < end) {
      if (kind.equals("load")) {
        Thread.sleep(1000);
        continue;
      }
      double seconds = 1 + 11 * random.nextDouble();
      outage(kind, seconds);
      outages++;
      longest = Math.max(longest, seconds);
      Thread.sleep((long) ((20 - seconds) * 1000));
      var now = started();
      restarts += now.equals(started) ? 0 : 1;
      started = now;
    }
    over = true;
    for (Thread thread : threads) {
      thread.join(10_000);
    }
    cluster.settle();
    restarts += started().equals(started) ? 0 : 1;
    long failovers = terms() - terms;
    return String.format(
        Locale.ROOT,
        "| %s | %s | %.1f | %d | %.1f s | %d | %d | %s |",
        profile,
        kind,
        minutes,
        outages,
        longest,
        failovers,
        Math.max(0, restarts - failovers),
        LocalDate.now(ZoneOffset.UTC));
  }

  private void outage(String kind, double seconds) throws Exception {
    var up = Files.readString(cluster.howdah().home().resolve("up.pid")).strip().split(" ")[0];
    var stopped = new ArrayList<PodProcesses.Entry>();
    stopped.add(new PodProcesses.Entry(Long.parseLong(up), 0, "java"));
    if (kind.equals("peer")) {
      var standby = cluster.primary().endsWith("3") ? "2" : "3";
      var pod = BenchCluster.NAME + "-" + standby;
      stopped.addAll(PodProcesses.find(BenchCluster.NAMESPACE, pod).entries());
    }
    PodProcesses.signal("STOP", stopped);
    try {
      Thread.sleep((long) (seconds * 1000));
    } finally {
      PodProcesses.signal("CONT", stopped);
    }
  }

  private long terms() throws Exception {
    return cluster
        .howdah()
        .client()
        .get(Resource.LEASES, BenchCluster.NAMESPACE, BenchCluster.NAME)
        .at("/spec/leaseTransitions")
        .asLong();
  }

  private String started() throws Exception {
    EmbeddedHowdah.await("a connection", java.time.Duration.ofSeconds(60), this::canConnect);
    try (var connection = connect();
        var row =
            connection.createStatement().executeQuery("SELECT pg_postmaster_start_time()::text")) {
      row.next();
      return row.getString(1);
    }
  }

  private boolean canConnect() {
    try (var connection = connect()) {
      return connection.isValid(1);
    } catch (SQLException e) {
      return false;
    }
  }

  private Connection connect() throws SQLException {
    var app = BenchCluster.NAME + "-app";
    return cluster.howdah().connect(BenchCluster.NAMESPACE, BenchCluster.NAME, app, "app");
  }

  private void compute() {
    long sum = 0;
    while (!over) {
      for (int i = 0; i < 1_000_000; i++) {
        sum += i ^ sum;
      }
    }
    if (sum == 42) {
      System.out.println(); // the compiler may not leave it out
    }
  }

  private void write() {
    while (!over) {
      try (var connection = connect();
          var statement = connection.createStatement()) {
        statement.execute("CREATE TABLE IF NOT EXISTS stress (n bigserial, filler text)");
        while (!over) {
          statement.execute("INSERT INTO stress (filler) VALUES (repeat('x', 500))");
        }
      } catch (SQLException e) {
        try {
          Thread.sleep(50);
        } catch (InterruptedException stop) {
          return;
        }
      }
    }
  }
}
