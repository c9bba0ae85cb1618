// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench.peer;

import dev.howdah.bench.peer.Runs.Run;
import dev.howdah.e2e.fault.Hit;
import dev.howdah.e2e.history.NumberedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The same client and the same faults for Patroni and for Howdah, in turns: both clusters are up
/// all the time, so that both have the machine in the same state.
///
/// Runs are kept in a file, and only those that are missing are made: `--minutes` ends a part, the
/// same command goes on with the next one. A run counts only when the fault has hit.
public final class SideBySide {
  static final Path RUNS = Path.of("bench/failover.csv");
  static final Path PAGE = Path.of("bench/failover.md");
  static final Path CHART = Path.of("bench/failover.svg");
  private static final String TABLE = "bench_history";
  private static final Duration LONGEST = Duration.ofSeconds(120);

  /// How long an agent stays dead at most, unless another one has taken over.
  private static final Duration DEAD = Duration.ofSeconds(45);

  private final Runs runs;
  private final String profile;
  private final String mode;
  private final long end;

  private SideBySide(Runs runs, String profile, String mode, long end) {
    this.runs = runs;
    this.profile = profile;
    this.mode = mode;
    this.end = end;
  }

  public static void main(String[] args) throws Exception {
    var words = List.of(args);
    var runs = new Runs(RUNS);
    if (words.equals(List.of("report"))) {
      report(runs);
      System.exit(0);
    }
    if (args.length == 0 || !args[0].matches("\\d+")) {
      System.err.println(
          "usage: bench/run patroni report | RUNS [standard|fast] [sync] [--minutes M] [%s]..."
              .formatted(String.join("|", Subject.FAULTS)));
      System.exit(2);
    }
    var profile = words.contains("fast") ? "fast" : "standard";
    boolean sync = words.contains("sync");
    var faults = new ArrayList<>(Subject.FAULTS);
    if (words.stream().anyMatch(Subject.FAULTS::contains)) {
      faults.retainAll(words);
    }
    int at = words.indexOf("--minutes");
    double minutes = at < 0 ? 1e6 : Double.parseDouble(words.get(at + 1));
    long end = System.nanoTime() + (long) (minutes * 60e9);
    var bench = new SideBySide(runs, profile, sync ? "synchronous" : "asynchronous", end);
    boolean complete;
    try (var patroni = new PatroniSubject(profile, sync);
        var howdah = new HowdahSubject(profile.equals("fast"), sync)) {
      complete = bench.measure(List.of(patroni, howdah), faults, Integer.parseInt(args[0]));
    }
    report(runs);
    System.exit(complete ? 0 : 3);
  }

  private static void report(Runs runs) throws Exception {
    var report = new FailoverReport(runs);
    Files.writeString(PAGE, report.page());
    Files.writeString(CHART, report.chart());
    System.out.print(report.tables());
  }

  /// @return whether all runs were made
  private boolean measure(List<Subject> subjects, List<String> faults, int wanted)
      throws Exception {
    int missed = 0;
    for (int i = 0; i < wanted; i++) {
      for (String fault : faults) {
        for (Subject subject : subjects) {
          while (runs.of(subject.name(), profile, mode, fault).size() <= i) {
            if (System.nanoTime() > end) {
              System.out.println("the time is over; the same command goes on");
              return false;
            }
            if (!once(subject, fault) && ++missed > wanted) {
              throw new IllegalStateException("too many faults have hit nothing: " + fault);
            }
          }
        }
      }
    }
    return true;
  }

  /// @return whether the fault has hit
  private boolean once(Subject subject, String fault) throws Exception {
    subject.settle();
    try (var writer = NumberedWriter.start(subject::connect, TABLE, Duration.ofMillis(5))) {
      Thread.sleep(1000);
      var before = subject.primary();
      long at = System.nanoTime();
      boolean hit = true;
      for (Hit one : subject.inject(fault)) {
        hit &= one.awaitEffect();
      }
      if (fault.equals("switchover")) {
        hit = awaitOther(subject, before, LONGEST);
      } else if (fault.equals("agent")) {
        awaitOther(subject, before, DEAD);
      }
      Thread.sleep(Duration.ofSeconds(2));
      boolean again = writer.awaitNextAcknowledgement(LONGEST);
      Thread.sleep(Duration.ofSeconds(3));
      subject.repair(fault);
      subject.settle();
      if (!hit) {
        System.out.println(subject.name() + " " + fault + " did not hit: repeated");
        return false;
      }
      double gap =
          again ? writer.longestGapSince(at).toMillis() / 1000.0 : Double.POSITIVE_INFINITY;
      var outcome = writer.check();
      var day = LocalDate.now(ZoneOffset.UTC).toString();
      var run =
          new Run(
              day,
              subject.name(),
              profile,
              mode,
              fault,
              gap,
              outcome.lost().size(),
              outcome.acknowledged(),
              load());
      runs.add(run);
      System.out.printf(
          Locale.ROOT,
          "%-8s %-8s %-10s gap %7.3f s  lost %d of %d%n",
          subject.name(),
          profile,
          fault,
          gap,
          run.lost(),
          run.acknowledged());
      return true;
    }
  }

  private static double load() throws IOException {
    return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
  }

  private static boolean awaitOther(Subject subject, String before, Duration limit)
      throws Exception {
    long end = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() < end) {
      if (subject.isLedByAnother(before)) {
        return true;
      }
      Thread.sleep(200);
    }
    return false;
  }
}
