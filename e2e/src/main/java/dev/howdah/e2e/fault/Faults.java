// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import dev.howdah.e2e.embedded.EmbeddedHowdah;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// `e2e/faults` does the rows of the catalogue one after the other to a cluster of the embedded
/// mode, `e2e/chaos` mixes them at random. Clients write all the time; after each row everybody has
/// to be healthy again, and what the clients saw is judged.
public final class Faults {
  private Faults() {}

  public static void main(String[] args) throws Exception {
    var options = Options.parse(args);
    if (options.list()) {
      FaultTable.rows().forEach(row -> System.out.printf("%-8s %s%n", row.id(), row.name()));
      return;
    }
    if (options.page()) {
      FaultPage.write();
      return;
    }
    var home = Files.createTempDirectory(Path.of("/var/tmp"), "howdah-faults");
    // PostgreSQL runs as another user when this runs as root
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    var manifest = home.resolveSibling(home.getFileName() + ".yaml");
    Files.writeString(manifest, Scene.manifest(false));
    boolean good;
    try (var howdah = new EmbeddedHowdah(Path.of("howdah").toAbsolutePath(), home);
        var scene = new Scene(howdah, manifest)) {
      var up = howdah.howdah("up", manifest.toString(), "--detach");
      if (up.exit() != 0) {
        throw new IllegalStateException("up failed:\n" + up.output());
      }
      var trial = new Trial(scene);
      good =
          options.minutes() > 0
              ? new Chaos(trial, System.out::println).run(options.minutes(), options.seed())
              : table(trial, options);
    } finally {
      Files.deleteIfExists(manifest);
    }
    System.exit(good ? 0 : 1);
  }

  /// @param only rows to do; empty: all
  /// @param minutes of chaos; 0: the table
  private record Options(List<String> only, boolean list, boolean page, double minutes, long seed) {
    static Options parse(String[] args) {
      List<String> only = List.of();
      boolean list = false;
      boolean page = false;
      double minutes = 0;
      long seed = 1;
      for (int i = 0; i < args.length; i++) {
        switch (args[i]) {
          case "--list" -> list = true;
          case "--page" -> page = true;
          case "--only" -> only = List.of(args[++i].split(","));
          case "--minutes" -> minutes = Double.parseDouble(args[++i]);
          case "--seed" -> seed = Long.parseLong(args[++i]);
          default -> {
            System.err.println(
                "usage: e2e/faults [--list] [--page] [--only F1,F12]\n       e2e/chaos --minutes N [--seed S]");
            System.exit(2);
          }
        }
      }
      return new Options(only, list, page, minutes, seed);
    }
  }

  private static boolean table(Trial trial, Options options) throws Exception {
    var failed = new ArrayList<String>();
    int done = 0;
    long begin = System.nanoTime();
    for (FaultRow row : FaultTable.rows()) {
      if (!options.only().isEmpty() && !options.only().contains(row.id())) {
        continue;
      }
      if (!row.need().isMet()) {
        System.out.printf(
            "%-8s %-62s left out: needs %s%n", row.id(), row.name(), row.need().words());
        continue;
      }
      done++;
      var result = trial.run(row);
      FaultPage.record(result);
      System.out.println(line(row, result));
      result.problems().stream().limit(5).forEach(p -> System.out.println("         " + p));
      if (!result.passed()) {
        failed.add(row.id());
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%d rows in %.0f s: %s%n",
        done,
        (System.nanoTime() - begin) / 1e9,
        failed.isEmpty() ? "all passed" : "failed: " + String.join(", ", failed));
    return failed.isEmpty();
  }

  static String line(FaultRow row, FaultResult result) {
    return String.format(
        Locale.ROOT,
        "%-8s %-62s %s  gap %6.3f s  %6d acknowledged",
        row.id(),
        row.name(),
        result.passed() ? "ok    " : "FAILED",
        result.gap(),
        result.acknowledged());
  }
}
