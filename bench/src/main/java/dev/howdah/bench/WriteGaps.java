// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import static dev.howdah.bench.BenchCluster.NAME;
import static dev.howdah.bench.BenchCluster.NAMESPACE;

import dev.howdah.e2e.history.NumberedWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Measures in the embedded mode how long a client that writes through `-rw` gets no
/// acknowledgement after a fault of the primary, and how many acknowledged rows are gone
/// afterwards.
///
/// `bench/run gaps KIND RUNS [sync|async]`, KIND one of `postmaster` (SIGKILL of PostgreSQL's first
/// process), `manager` (SIGKILL of the instance manager), `pod` (`kubectl delete pod`), `freeze`
/// (SIGSTOP of all its processes), `switchover` (`howdah promote`), `mixed` (these in turn).
///
/// A run counts only when the fault has hit, see [Victim]; one that hasn't is said and repeated, at
/// most three times in all. It ends after nine minutes with what it has.
public final class WriteGaps {
  private static final int REPEATS = 3;
  private static final Duration LIMIT = Duration.ofMinutes(9);

  private final BenchCluster cluster;
  private final int runs;
  private final Map<String, List<Double>> gaps = new LinkedHashMap<>();
  private final long end = System.nanoTime() + LIMIT.toNanos();

  private WriteGaps(BenchCluster cluster, int runs) {
    this.cluster = cluster;
    this.runs = runs;
  }

  public static void main(String[] args) throws Exception {
    if (args.length < 2 || !(Victim.KINDS.contains(args[0]) || args[0].equals("mixed"))) {
      System.err.println(
          "usage: bench/run gaps " + String.join("|", Victim.KINDS) + "|mixed RUNS [sync|async]");
      System.exit(2);
    }
    boolean sync = args.length > 2 && args[2].equals("sync");
    boolean good;
    try (var cluster = BenchCluster.create(sync)) {
      cluster.up(_ -> {});
      try {
        good = new WriteGaps(cluster, Integer.parseInt(args[1])).run(args[0], sync);
      } catch (Exception | AssertionError e) {
        System.out.println("stopped: " + e.getMessage());
        cluster.keep();
        good = false;
      }
    }
    System.exit(good ? 0 : 1);
  }

  /// Returns whether all runs were made and, with synchronous replication, no row was lost.
  private boolean run(String kind, boolean sync) throws Exception {
    int repeated = 0;
    NumberedWriter.Outcome outcome;
    try (var writer =
        NumberedWriter.start(
            () -> cluster.howdah().connect(NAMESPACE, NAME, NAME + "-app", "app"),
            "bench_history",
            Duration.ofMillis(5))) {
      while (made() < runs && System.nanoTime() < end) {
        var thisKind = kind.equals("mixed") ? Victim.KINDS.get(made() % Victim.KINDS.size()) : kind;
        if (!once(thisKind, writer) && ++repeated > REPEATS) {
          throw new IllegalStateException(repeated + " faults did not hit");
        }
      }
      outcome = writer.check();
    }
    print(kind, sync, outcome);
    if (made() < runs) {
      System.out.printf("only %d of %d runs within %d min%n", made(), runs, LIMIT.toMinutes());
    }
    return made() == runs && (!sync || outcome.lost().isEmpty());
  }

  private int made() {
    return gaps.values().stream().mapToInt(List::size).sum();
  }

  private boolean once(String kind, NumberedWriter writer) throws Exception {
    cluster.settle();
    if (!writer.awaitNextAcknowledgement(Duration.ofSeconds(30))) {
      throw new IllegalStateException("no write before the fault: " + writer.lastFailure());
    }
    var victim = Victim.of(cluster);
    long at = System.nanoTime();
    victim.inject(kind);
    var missing = victim.awaitEffect(kind);
    if (!missing.isEmpty()) {
      System.out.println("   " + kind + " doesn't count, and is repeated: " + missing);
      return false;
    }
    if (!writer.awaitNextAcknowledgement(Duration.ofSeconds(60))) {
      throw new IllegalStateException("no write within 60 s: " + writer.lastFailure());
    }
    cluster.settle();
    var gap = writer.longestGapSince(at).toMillis() / 1000.0;
    gaps.computeIfAbsent(kind, _ -> new ArrayList<>()).add(gap);
    var outcome = writer.check();
    System.out.printf(
        Locale.ROOT,
        "%2d %-10s gap %6.3f s  lost so far %d of %d  primary %s -> %s%n",
        made(),
        kind,
        gap,
        outcome.lost().size(),
        outcome.acknowledged(),
        victim.name(),
        cluster.primary());
    return true;
  }

  private void print(String kind, boolean sync, NumberedWriter.Outcome outcome) {
    System.out.printf("%-10s %4s %8s %8s%n", "fault", "runs", "median", "worst");
    gaps.forEach((each, values) -> row(each, values));
    var all = gaps.values().stream().flatMap(List::stream).toList();
    if (gaps.size() > 1) {
      row("all", all);
    }
    System.out.printf(
        Locale.ROOT,
        "gaps %s, %s: write gap median %.3f s, worst %.3f s of %d; lost %d of %d acknowledged rows%n",
        kind,
        sync ? "synchronous" : "asynchronous",
        Figures.median(all),
        Figures.worst(all),
        all.size(),
        outcome.lost().size(),
        outcome.acknowledged());
  }

  private static void row(String name, List<Double> values) {
    System.out.printf(
        Locale.ROOT,
        "%-10s %4d %6.3f s %6.3f s%n",
        name,
        values.size(),
        Figures.median(values),
        Figures.worst(values));
  }
}
