// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench.peer;

import dev.howdah.e2e.history.NumberedWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/// `bench/run patroni RUNS [standard|fast] [sync] [FAULT...]`: the same client and the same faults
/// for Patroni and for Howdah, one after the other; write gaps and lost rows in one table.
public final class SideBySide {
  private static final String TABLE = "bench_history";

  private record Line(String subject, String fault, List<Double> gaps, int lost, int rows) {
    double at(double share) {
      return gaps.get(Math.min(gaps.size() - 1, (int) (gaps.size() * share)));
    }
  }

  private SideBySide() {}

  public static void main(String[] args) throws Exception {
    if (args.length == 0) {
      System.err.println(
          "usage: bench/run patroni RUNS [standard|fast] [sync] [%s]..."
              .formatted(String.join("|", Subject.FAULTS)));
      System.exit(2);
    }
    var words = List.of(args);
    int runs = Integer.parseInt(args[0]);
    var profile = words.contains("fast") ? "fast" : "standard";
    boolean sync = words.contains("sync");
    var faults = new ArrayList<>(Subject.FAULTS);
    if (words.stream().anyMatch(Subject.FAULTS::contains)) {
      faults.retainAll(words);
    }
    var lines = new ArrayList<Line>();
    try (var patroni = new PatroniSubject(profile, sync)) {
      measure(patroni, faults, runs, lines);
    }
    try (var howdah = new HowdahSubject(profile, sync)) {
      measure(howdah, faults, runs, lines);
    }
    System.out.println("| subject | fault | median | p95 | worst | lost rows |");
    System.out.println("|---|---|---|---|---|---|");
    for (Line line : lines) {
      System.out.printf(
          Locale.ROOT,
          "| %s | %s | %.3f s | %.3f s | %.3f s | %d of %d |%n",
          line.subject,
          line.fault,
          line.at(0.5),
          line.at(0.95),
          line.gaps.getLast(),
          line.lost,
          line.rows);
    }
    System.exit(0);
  }

  private static void measure(Subject subject, List<String> faults, int runs, List<Line> lines)
      throws Exception {
    for (String fault : faults) {
      var gaps = new ArrayList<Double>();
      int lost = 0;
      int rows = 0;
      for (int i = 0; i < runs; i++) {
        subject.settle();
        try (var writer = NumberedWriter.start(subject::connect, TABLE, Duration.ofMillis(5))) {
          Thread.sleep(1000);
          long at = System.nanoTime();
          subject.inject(fault);
          Thread.sleep(Duration.ofSeconds(2));
          boolean again = writer.awaitNextAcknowledgement(Duration.ofSeconds(120));
          long left =
              fault.equals("freeze")
                  ? Subject.FROZEN_SECONDS * 1_000_000_000L - (System.nanoTime() - at)
                  : 0;
          Thread.sleep(Math.max(0, left / 1_000_000));
          subject.repair(fault);
          subject.settle();
          double gap =
              again ? writer.longestGapSince(at).toMillis() / 1000.0 : Double.POSITIVE_INFINITY;
          var outcome = writer.check();
          gaps.add(gap);
          lost += outcome.lost().size();
          rows += outcome.acknowledged();
          System.out.printf(
              Locale.ROOT,
              "%-16s %-10s %2d  gap %7.3f s  lost %d of %d%n",
              subject.name(),
              fault,
              i + 1,
              gap,
              outcome.lost().size(),
              outcome.acknowledged());
        }
      }
      Collections.sort(gaps);
      lines.add(new Line(subject.name(), fault, gaps, lost, rows));
    }
  }
}
