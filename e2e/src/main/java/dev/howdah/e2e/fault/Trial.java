// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import dev.howdah.e2e.history.ListWriter;
import dev.howdah.e2e.history.PrimaryProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;

/// Does one row while clients write and probes look, waits until all is well again, and judges what
/// was seen.
final class Trial {
  private static final int CLIENTS = 4;
  private static final Duration PAUSE = Duration.ofMillis(10);
  private static final Path EVIDENCE = Path.of("e2e/target/faults");

  private final Scene scene;

  Trial(Scene scene) {
    this.scene = scene;
  }

  FaultResult run(FaultRow row) throws Exception {
    scene.awaitHealthy();
    var problems = new ArrayList<String>();
    double gap;
    long acknowledged;
    try (var writer = ListWriter.start(scene::throughService, "lists", CLIENTS, PAUSE);
        var probe = new PrimaryProbe(scene::knownInstances, i -> () -> scene.directly(i))) {
      if (!writer.awaitProgress(Duration.ofSeconds(20))) {
        problems.add("no write before the fault: " + writer.lastFailure());
      }
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
    var day = LocalDate.now(ZoneOffset.UTC).toString();
    var result = FaultResult.of(row.id(), day, gap, acknowledged, problems);
    if (!result.passed()) {
      problems.add("logs: " + keepLogs(row.id()));
      return FaultResult.of(row.id(), day, gap, acknowledged, problems);
    }
    return result;
  }

  /// Copies the logs of control plane and instances to where they outlive the cluster.
  private Path keepLogs(String id) throws IOException {
    var folder = EVIDENCE.resolve(id.replaceAll("\\W+", "-") + "-" + System.currentTimeMillis());
    Files.createDirectories(folder);
    var home = scene.home();
    try (var files = Files.walk(home, 6)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".log")).toList()) {
        var name = home.relativize(file).toString().replace('/', '_');
        try {
          Files.copy(file, folder.resolve(name));
        } catch (IOException e) {
          // rotated meanwhile
        }
      }
    } catch (java.io.UncheckedIOException e) {
      // a folder went away meanwhile: what was copied has to do
    }
    return folder;
  }
}
