// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import dev.howdah.core.leadership.SafetyRule;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/// `e2e/simulate`: runs schedules by number, and on a violation prints the seed, the faults that it
/// takes, and what happened.
public final class Simulate {
  private Simulate() {}

  public static void main(String[] arguments) throws InterruptedException {
    long schedules = 200_000;
    long seed = 1;
    int threads = Runtime.getRuntime().availableProcessors();
    Set<SafetyRule> off = EnumSet.noneOf(SafetyRule.class);
    boolean replay = false;
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--schedules" -> schedules = Long.parseLong(value(arguments, ++i));
        case "--seed" -> seed = Long.parseLong(value(arguments, ++i));
        case "--threads" -> threads = Integer.parseInt(value(arguments, ++i));
        case "--without" -> off.add(rule(value(arguments, ++i)));
        case "--replay" -> replay = true;
        case "--list-rules" -> {
          listRules();
          return;
        }
        default -> usage("unknown option: " + arguments[i]);
      }
    }
    if (replay) {
      System.exit(replay(seed, off));
    }
    System.exit(run(schedules, seed, threads, off));
  }

  private static String value(String[] arguments, int at) {
    if (at >= arguments.length) {
      usage("a value is missing after " + arguments[at - 1]);
    }
    return arguments[at];
  }

  private static SafetyRule rule(String name) {
    try {
      return SafetyRule.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
    } catch (IllegalArgumentException e) {
      usage("no such rule: " + name + "; --list-rules names them");
      throw e;
    }
  }

  private static void usage(String problem) {
    System.err.println(problem);
    System.err.println(
        """
        usage: e2e/simulate [--schedules N] [--seed S] [--threads T] [--without RULE]...
               e2e/simulate --replay --seed S [--without RULE]...   one schedule, with its trace
               e2e/simulate --list-rules\
        """);
    System.exit(2);
  }

  private static void listRules() {
    for (SafetyRule rule : SafetyRule.values()) {
      System.out.println("%-28s %s".formatted(rule.name(), rule.text()));
    }
  }

  private static int replay(long seed, Set<SafetyRule> off) {
    var scenario = Scenario.of(seed);
    System.out.println("seed " + seed + ": " + scenario.describe());
    var world = new World(scenario, off, true);
    String violation = world.run();
    System.out.print(world.trace);
    if (violation == null) {
      var swap = new Swap(seed, off, true);
      violation = swap.run();
      System.out.println("two clusters change places:");
      System.out.print(swap.trace());
    }
    System.out.println(violation == null ? "no violation" : "VIOLATION " + violation);
    return violation == null ? 0 : 1;
  }

  private static int run(long schedules, long seed, int threads, Set<SafetyRule> off)
      throws InterruptedException {
    long begin = System.nanoTime();
    var outcome = Campaign.run(seed, schedules, threads, off, Duration.ofDays(365));
    double seconds = (System.nanoTime() - begin) / 1e9;
    String without =
        off.isEmpty()
            ? ""
            : " without " + off.stream().map(SafetyRule::name).collect(Collectors.joining(", "));
    System.out.printf(
        Locale.ROOT,
        "%d schedules%s from seed %d in %.1f s (%.0f/s): %d promotions, %d acknowledged commits, %d"
            + " swaps%n",
        outcome.schedules(),
        without,
        seed,
        seconds,
        outcome.schedules() / seconds,
        outcome.promotions(),
        outcome.commits(),
        outcome.swaps());
    if (outcome.failed() == null) {
      System.out.println("no violation");
      return 0;
    }
    long failed = outcome.failed();
    System.out.println("VIOLATION in seed " + failed + ": " + outcome.violation());
    var swap = new Swap(failed, off, true);
    if (new World(Scenario.of(failed), off, false).run() == null && swap.run() != null) {
      System.out.println("what happened, while two clusters changed places:");
      System.out.print(swap.trace());
      return 1;
    }
    var smallest = Minimizer.minimize(Scenario.of(failed), off);
    System.out.println("the smallest set of faults that does it:");
    System.out.print(smallest.scenario().describe());
    System.out.println("what happened:");
    System.out.print(smallest.trace());
    System.out.println("VIOLATION " + smallest.violation());
    System.out.println(
        "replay it all: e2e/simulate --replay --seed "
            + failed
            + off.stream().map(rule -> " --without " + rule).collect(Collectors.joining()));
    return 1;
  }

  /// Many schedules on some threads.
  public static final class Campaign {
    private Campaign() {}

    /// @param failed the lowest seed found to fail; null: none
    public record Outcome(
        long schedules,
        long promotions,
        long commits,
        long swaps,
        @org.jspecify.annotations.Nullable Long failed,
        @org.jspecify.annotations.Nullable String violation) {}

    /// Stops at the first violation, and when the time is over.
    public static Outcome run(
        long seed, long schedules, int threads, Set<SafetyRule> off, Duration limit)
        throws InterruptedException {
      long begin = System.nanoTime();
      var next = new AtomicLong(seed);
      var done = new AtomicLong();
      var promotions = new AtomicLong();
      var commits = new AtomicLong();
      var swaps = new AtomicLong();
      var failed = new AtomicLong(Long.MAX_VALUE);
      long end = seed + schedules;
      // What is left out concerns the other half only: no need to look for it here.
      boolean swapsOnly =
          !off.isEmpty() && off.stream().allMatch(rule -> rule.name().startsWith("SWAP_"));
      var workers = new Thread[threads];
      for (int i = 0; i < threads; i++) {
        workers[i] =
            new Thread(() -> {
              for (long mine = next.getAndIncrement();
                  mine < end && mine < failed.get() && System.nanoTime() - begin < limit.toNanos();
                  mine = next.getAndIncrement()) {
                var world = new World(Scenario.of(mine), off, false);
                var swap = new Swap(mine, off, false);
                if ((!swapsOnly && world.run() != null) || swap.run() != null) {
                  long found = mine;
                  failed.updateAndGet(before -> Math.min(before, found));
                }
                done.incrementAndGet();
                promotions.addAndGet(world.checker.promotions);
                commits.addAndGet(world.checker.commits);
                swaps.addAndGet(swap.swaps());
              }
            });
        workers[i].start();
      }
      for (Thread worker : workers) {
        worker.join();
      }
      if (failed.get() == Long.MAX_VALUE) {
        return new Outcome(done.get(), promotions.get(), commits.get(), swaps.get(), null, null);
      }
      String violation = new World(Scenario.of(failed.get()), off, false).run();
      return new Outcome(
          done.get(),
          promotions.get(),
          commits.get(),
          swaps.get(),
          failed.get(),
          violation == null ? new Swap(failed.get(), off, false).run() : violation);
    }
  }
}
