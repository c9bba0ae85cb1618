// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import dev.howdah.e2e.embedded.EmbeddedHowdah;
import dev.howdah.e2e.history.ListWriter;
import dev.howdah.e2e.history.PrimaryProbe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/// `e2e/faults` does the rows of the catalogue one after the other to a cluster of the embedded
/// mode, `e2e/chaos` mixes them at random. Clients write all the time; after each row everybody has
/// to be healthy again, and what the clients saw is judged.
public final class Faults {
  private static final int CLIENTS = 4;
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final Scene scene;
  private int failed;

  private Faults(Scene scene) {
    this.scene = scene;
  }

  public static void main(String[] args) throws Exception {
    var options = Options.parse(args);
    if (options.list()) {
      FaultTable.rows().forEach(row -> System.out.printf("%-8s %s%n", row.id(), row.name()));
      return;
    }
    var home = Files.createTempDirectory(Path.of("/var/tmp"), "howdah-faults");
    // PostgreSQL runs as another user when this runs as root
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    var manifest = home.resolveSibling(home.getFileName() + ".yaml");
    Files.writeString(manifest, Scene.manifest(false));
    int failed;
    try (var howdah = new EmbeddedHowdah(Path.of("howdah").toAbsolutePath(), home)) {
      var up = howdah.howdah("up", manifest.toString(), "--detach");
      if (up.exit() != 0) {
        throw new IllegalStateException("up failed:\n" + up.output());
      }
      var faults = new Faults(new Scene(howdah, manifest));
      if (options.minutes() > 0) {
        faults.chaos(options);
      } else {
        faults.table(options);
      }
      failed = faults.failed;
    } finally {
      Files.deleteIfExists(manifest);
    }
    System.exit(failed == 0 ? 0 : 1);
  }

  /// @param only rows to do; empty: all
  /// @param minutes of chaos; 0: the table
  private record Options(List<String> only, boolean list, double minutes, long seed) {
    static Options parse(String[] args) {
      List<String> only = List.of();
      boolean list = false;
      double minutes = 0;
      long seed = 1;
      for (int i = 0; i < args.length; i++) {
        switch (args[i]) {
          case "--list" -> list = true;
          case "--only" -> only = List.of(args[++i].split(","));
          case "--minutes" -> minutes = Double.parseDouble(args[++i]);
          case "--seed" -> seed = Long.parseLong(args[++i]);
          default -> {
            System.err.println(
                "usage: e2e/faults [--list] [--only F1,F12]\n       e2e/chaos --minutes N [--seed S]");
            System.exit(2);
          }
        }
      }
      return new Options(only, list, minutes, seed);
    }
  }

  private void table(Options options) throws Exception {
    int done = 0;
    long begin = System.nanoTime();
    for (FaultRow row : FaultTable.rows()) {
      if (options.only().isEmpty() || options.only().contains(row.id())) {
        done++;
        one(row);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%d rows in %.0f s: %d failed%n",
        done,
        (System.nanoTime() - begin) / 1e9,
        failed);
  }

  private void one(FaultRow row) throws Exception {
    scene.awaitHealthy();
    var problems = new ArrayList<String>();
    double gap = 0;
    long acknowledged = 0;
    try (var writer = ListWriter.start(scene::throughService, "lists", CLIENTS, PAUSE);
        var probe = new PrimaryProbe(scene::knownInstances, i -> () -> scene.directly(i))) {
      writer.awaitProgress(Duration.ofSeconds(20));
      Thread.sleep(500);
      long at = System.nanoTime();
      try {
        row.action().run(scene);
        Thread.sleep(1500); // its effect, in any case
        if (!writer.awaitProgress(Duration.ofSeconds(90))) {
          problems.add("no write for 90 s: " + writer.lastFailure());
        }
        scene.awaitHealthy();
      } catch (Exception | AssertionError e) {
        problems.add(String.valueOf(e.getMessage()));
      }
      gap = writer.longestGapSince(at).toMillis() / 1000.0;
      acknowledged = writer.acknowledged();
      writer.close();
      problems.addAll(writer.judge());
      problems.addAll(probe.twoPrimaries());
      if (probe.looks() == 0) {
        problems.add("the probes saw no primary at all");
      }
    }
    if (gap > row.outage().seconds()) {
      problems.add("writes were away for longer than " + row.outage().seconds() + " s");
    }
    System.out.printf(
        Locale.ROOT,
        "%-8s %-62s %s  gap %6.3f s  %6d acknowledged%n",
        row.id(),
        row.name(),
        problems.isEmpty() ? "ok    " : "FAILED",
        gap,
        acknowledged);
    problems.stream().limit(5).forEach(problem -> System.out.println("         " + problem));
    if (!problems.isEmpty()) {
      failed++;
    }
  }

  /// Two rows at a time, at random; judged in the end.
  private void chaos(Options options) throws Exception {
    var random = new SplittableRandom(options.seed());
    var rows = FaultTable.rows();
    long end = System.nanoTime() + (long) (options.minutes() * 60e9);
    int round = 0;
    while (System.nanoTime() < end) {
      round++;
      scene.awaitHealthy();
      var first = rows.get(random.nextInt(rows.size()));
      var second = rows.get(random.nextInt(rows.size()));
      double apart = random.nextDouble() * 6;
      var both =
          new FaultRow(
              "round " + round,
              "%s, %.1f s later %s".formatted(first.id(), apart, second.id()),
              FaultRow.Outage.BLOCKED,
              s -> together(first, second, apart));
      one(both);
    }
    System.out.printf("%d rounds with seed %d: %d failed%n", round, options.seed(), failed);
  }

  private void together(FaultRow first, FaultRow second, double apart) throws Exception {
    var failure = new Exception[1];
    var other =
        Thread.ofVirtual()
            .start(() -> {
              try {
                Scene.pause(apart);
                second.action().run(scene);
              } catch (Exception | AssertionError e) {
                failure[0] = e instanceof Exception x ? x : new Exception(e);
              }
            });
    try {
      first.action().run(scene);
    } catch (Exception | AssertionError e) {
      // what a row looks for may be gone because of the other one: the judgement is what counts
      System.out.println("         (" + first.id() + ": " + e.getMessage() + ")");
    }
    other.join();
    if (failure[0] != null) {
      System.out.println("         (" + second.id() + ": " + failure[0].getMessage() + ")");
    }
  }
}
