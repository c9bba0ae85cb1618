// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import static dev.howdah.bench.BenchCluster.NAME;
import static dev.howdah.bench.BenchCluster.NAMESPACE;

import dev.howdah.e2e.embedded.EmbeddedHowdah;
import dev.howdah.e2e.fault.Hit;
import dev.howdah.e2e.fault.PodProcesses;
import dev.howdah.e2e.history.NumberedWriter;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Measures in the embedded mode how long a client that writes through `-rw` gets no
/// acknowledgement after a fault of the primary, and how many acknowledged rows are gone
/// afterwards.
///
/// `bench/run gaps KIND RUNS`, KIND one of `postmaster` (SIGKILL of PostgreSQL's first process),
/// `manager` (SIGKILL of the instance manager), `pod` (`kubectl delete pod`), `freeze` (SIGSTOP of
/// all its processes), `switchover` (`howdah promote`), `mixed`.
///
/// A run counts only when the fault has hit: the very process is gone or stopped. One that hasn't
/// is repeated. After `pod`, `freeze` and `switchover` another instance must be the primary; after
/// the other two it may be the same: a postmaster is restarted in place when no standby has its
/// last commits, and an instance manager that is back before its Lease has ended goes on.
public final class WriteGaps {
  private static final List<String> KINDS =
      List.of("postmaster", "manager", "pod", "freeze", "switchover");

  private static final List<String> MOVES = List.of("pod", "freeze", "switchover");

  private final BenchCluster cluster;
  private final EmbeddedHowdah howdah;
  private final List<Double> gaps = new ArrayList<>();

  private WriteGaps(BenchCluster cluster) {
    this.cluster = cluster;
    this.howdah = cluster.howdah();
  }

  public static void main(String[] args) throws Exception {
    if (args.length < 2 || !(KINDS.contains(args[0]) || args[0].equals("mixed"))) {
      System.err.println("usage: bench/run gaps " + String.join("|", KINDS) + "|mixed RUNS [sync]");
      System.exit(2);
    }
    int runs = Integer.parseInt(args[1]);
    boolean sync = args.length > 2 && args[2].equals("sync");
    boolean lost;
    try (var cluster = BenchCluster.create(sync)) {
      cluster.up(_ -> {});
      lost = new WriteGaps(cluster).run(args[0], runs, sync);
    }
    System.exit(lost && sync ? 1 : 0);
  }

  /// Returns whether a row was lost.
  private boolean run(String kind, int runs, boolean sync) throws Exception {
    NumberedWriter.Outcome outcome;
    try (var writer =
        NumberedWriter.start(
            () -> howdah.connect(NAMESPACE, NAME, NAME + "-app", "app"),
            "bench_history",
            Duration.ofMillis(5))) {
      int repeated = 0;
      while (gaps.size() < runs) {
        var thisKind = kind.equals("mixed") ? KINDS.get(gaps.size() % KINDS.size()) : kind;
        if (!once(thisKind, writer) && ++repeated > runs) {
          throw new IllegalStateException("half of the faults did not hit");
        }
      }
      outcome = writer.check();
    }
    System.out.printf(
        Locale.ROOT,
        "%s, %s: write gap median %.3f s, worst %.3f s of %d; lost %d of %d acknowledged rows%n",
        kind,
        sync ? "synchronous" : "asynchronous",
        Figures.median(gaps),
        Figures.worst(gaps),
        runs,
        outcome.lost().size(),
        outcome.acknowledged());
    return !outcome.lost().isEmpty();
  }

  private boolean once(String kind, NumberedWriter writer) throws Exception {
    cluster.settle();
    if (!writer.awaitNextAcknowledgement(Duration.ofSeconds(30))) {
      throw new IllegalStateException("no write before the fault: " + writer.lastFailure());
    }
    var before = cluster.primary();
    long at = System.nanoTime();
    var hit = inject(kind, before);
    if (!hit.awaitEffect()) {
      System.out.println("   " + kind + " did not hit " + before + ": repeated");
      return false;
    }
    if (MOVES.contains(kind)) {
      EmbeddedHowdah.await(
          "another primary than " + before, Duration.ofSeconds(120), () -> isNotPrimary(before));
    }
    if (!writer.awaitNextAcknowledgement(Duration.ofSeconds(120))) {
      throw new IllegalStateException("no write within 120 s: " + writer.lastFailure());
    }
    cluster.settle();
    var gap = writer.longestGapSince(at).toMillis() / 1000.0;
    gaps.add(gap);
    var outcome = writer.check();
    System.out.printf(
        Locale.ROOT,
        "%2d %-10s gap %6.3f s  lost so far %d of %d  primary %s -> %s%n",
        gaps.size(),
        kind,
        gap,
        outcome.lost().size(),
        outcome.acknowledged(),
        before,
        cluster.primary());
    return true;
  }

  private boolean isNotPrimary(String instance) {
    try {
      return !cluster.primary().equals(instance);
    } catch (RuntimeException e) {
      return false; // the API server may be busy for a moment
    }
  }

  private Hit inject(String kind, String primary) throws Exception {
    var processes = PodProcesses.find(NAMESPACE, primary);
    switch (kind) {
      case "postmaster" -> {
        var postmaster = processes.postmaster().orElseThrow();
        PodProcesses.signal("KILL", List.of(postmaster));
        return Hit.gone(postmaster.pid());
      }
      case "manager" -> {
        PodProcesses.signal("KILL", List.of(processes.manager().orElseThrow()));
        return Hit.gone(processes.postmaster().orElseThrow().pid()); // the guard ends it
      }
      case "freeze" -> {
        PodProcesses.signal("STOP", processes.entries());
        return Hit.stopped(processes.postmaster().orElseThrow().pid());
      }
      case "pod" -> {
        howdah.client().delete(Resource.PODS, NAMESPACE, primary, DeleteOptions.DEFAULT);
        return Hit.gone(processes.postmaster().orElseThrow().pid());
      }
      case "switchover" -> {
        var other = primary.endsWith("1") ? "2" : "1";
        var ran = howdah.howdah("promote", NAME, other);
        if (ran.exit() != 0) {
          throw new IllegalStateException(ran.output());
        }
        return Hit.gone(processes.postmaster().orElseThrow().pid());
      }
      default -> throw new IllegalArgumentException(kind);
    }
  }
}
