// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Two rows at a time, chosen by a seed, the second somewhere in the middle of the first, until the
/// time is over. Of rows that destroy data there is one at most in a round: two may take the last
/// copies.
final class Chaos {
  private final Trial trial;
  private final Consumer<String> out;
  private final Map<String, Integer> kinds = new TreeMap<>();
  private final List<Double> gaps = new ArrayList<>();
  private final List<FaultResult> results = new ArrayList<>();

  Chaos(Trial trial, Consumer<String> out) {
    this.trial = trial;
    this.out = out;
  }

  /// One round.
  ///
  /// @param apart seconds between the two
  record Round(FaultRow first, FaultRow second, double apart) {
    String name() {
      return String.format(Locale.ROOT, "%s, %.1f s later %s", first.id(), apart, second.id());
    }
  }

  static Round choose(SplittableRandom random, List<FaultRow> rows) {
    var first = rows.get(random.nextInt(rows.size()));
    var second = rows.get(random.nextInt(rows.size()));
    while (FaultTable.destroys(first) && FaultTable.destroys(second)) {
      second = rows.get(random.nextInt(rows.size()));
    }
    return new Round(first, second, random.nextDouble() * 6);
  }

  /// @return whether nothing was wrong in any round
  boolean run(double minutes, long seed) throws Exception {
    var random = new SplittableRandom(seed);
    var rows = FaultTable.rows().stream().filter(row -> row.need().isMet()).toList();
    long begin = System.nanoTime();
    long end = begin + (long) (minutes * 60e9);
    while (System.nanoTime() < end) {
      var round = choose(random, rows);
      var row =
          new FaultRow(
              "round " + (results.size() + 1),
              round.name(),
              FaultRow.Outage.ANY,
              FaultRow.Need.NOTHING,
              scene -> together(round, scene));
      var result = trial.run(row);
      results.add(result);
      gaps.add(result.gap());
      kinds.merge(round.first().id(), 1, Integer::sum);
      kinds.merge(round.second().id(), 1, Integer::sum);
      out.accept(Faults.line(row, result));
      result.problems().stream().limit(5).forEach(p -> out.accept("         " + p));
      if (!result.passed()) {
        break; // what follows would be judged by a cluster that is broken already
      }
    }
    summary(seed, (System.nanoTime() - begin) / 1e9);
    return results.stream().allMatch(FaultResult::passed);
  }

  private void summary(long seed, double seconds) {
    Collections.sort(gaps);
    var words = new ArrayList<String>();
    kinds.forEach((kind, count) -> words.add(kind + (count > 1 ? " x" + count : "")));
    out.accept("");
    out.accept(
        String.format(Locale.ROOT, "seed %d: %d rounds in %.0f s", seed, results.size(), seconds));
    out.accept("faults: " + String.join(", ", words));
    if (!gaps.isEmpty()) {
      out.accept(
          String.format(
              Locale.ROOT,
              "write gap: median %.3f s, worst %.3f s",
              gaps.get(gaps.size() / 2),
              gaps.getLast()));
    }
    out.accept(
        "acknowledged %d, lost %d, resurrected %d, duplicated %d, windows with two primaries %d"
            .formatted(
                sum(FaultResult::acknowledged),
                sum(FaultResult::lost),
                sum(FaultResult::resurrected),
                sum(FaultResult::duplicated),
                sum(FaultResult::windows)));
    if (results.stream().anyMatch(result -> !result.passed())) {
      out.accept("VIOLATION with seed " + seed + ": e2e/chaos --minutes N --seed " + seed);
    }
  }

  private long sum(java.util.function.ToLongFunction<FaultResult> what) {
    return results.stream().mapToLong(what).sum();
  }

  private void together(Round round, Scene scene) throws InterruptedException {
    var other =
        Thread.ofPlatform()
            .name("second fault")
            .start(() -> {
              try {
                Scene.pause(round.apart());
                round.second().action().run(scene);
              } catch (Exception | AssertionError e) {
                missed(round.second(), e);
              }
            });
    try {
      round.first().action().run(scene);
    } catch (Exception | AssertionError e) {
      missed(round.first(), e);
    }
    other.join();
  }

  /// What a row looks for may be gone because of the other one: the judgement is what counts.
  private void missed(FaultRow row, Throwable why) {
    out.accept("         (" + row.id() + ": " + why.getMessage() + ")");
  }
}
