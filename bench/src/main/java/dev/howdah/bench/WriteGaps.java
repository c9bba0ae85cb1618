// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import dev.howdah.e2e.embedded.EmbeddedHowdah;
import dev.howdah.e2e.fault.PodProcesses;
import dev.howdah.e2e.history.NumberedWriter;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Resource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/// Measures in the embedded mode how long a client that writes through `-rw` gets no
/// acknowledgement after a fault of the primary, and how many acknowledged rows are gone
/// afterwards.
///
/// `bench/run gaps KIND RUNS`, KIND one of `postmaster` (SIGKILL of PostgreSQL's first process),
/// `manager` (SIGKILL of the instance manager), `pod` (`kubectl delete pod`), `freeze` (SIGSTOP of
/// all its processes), `switchover` (`howdah promote`), `mixed`.
public final class WriteGaps {
  private static final String NAMESPACE = "bench";
  private static final String CLUSTER = "gaps";
  private static final List<String> KINDS =
      List.of("postmaster", "manager", "pod", "freeze", "switchover");

  private final EmbeddedHowdah howdah;

  private WriteGaps(EmbeddedHowdah howdah) {
    this.howdah = howdah;
  }

  public static void main(String[] args) throws Exception {
    if (args.length < 2 || !(KINDS.contains(args[0]) || args[0].equals("mixed"))) {
      System.err.println("usage: bench/run gaps " + String.join("|", KINDS) + "|mixed RUNS [sync]");
      System.exit(2);
    }
    int runs = Integer.parseInt(args[1]);
    boolean sync = args.length > 2 && args[2].equals("sync");
    var home = Files.createTempDirectory(Path.of("/var/tmp"), "howdah-bench");
    // PostgreSQL runs as another user when this runs as root
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    var manifest = home.resolveSibling(home.getFileName() + ".yaml");
    Files.writeString(manifest, manifest(sync));
    try (var howdah = new EmbeddedHowdah(Path.of("howdah").toAbsolutePath(), home)) {
      var up = howdah.howdah("up", manifest.toString(), "--detach");
      if (up.exit() != 0) {
        throw new IllegalStateException("up failed:\n" + up.output());
      }
      new WriteGaps(howdah).run(args[0], runs);
    } finally {
      Files.deleteIfExists(manifest);
    }
  }

  private static String manifest(boolean sync) {
    return """
    apiVersion: v1
    kind: Namespace
    metadata:
      name: %s
    ---
    apiVersion: postgresql.cnpg.io/v1
    kind: Cluster
    metadata:
      name: %s
      namespace: %s
    spec:
      instances: 3
      storage:
        size: 1Gi
    """
            .formatted(NAMESPACE, CLUSTER, NAMESPACE)
        + (sync
            ? """
              postgresql:
                synchronous:
                  method: any
                  number: 1
            """
            : "");
  }

  private void run(String kind, int runs) throws Exception {
    var gaps = new ArrayList<Double>();
    int lost = 0;
    int acknowledged = 0;
    try (var writer =
        NumberedWriter.start(
            () -> howdah.connect(NAMESPACE, CLUSTER, CLUSTER + "-app", "app"),
            "bench_history",
            Duration.ofMillis(5))) {
      for (int i = 0; i < runs; i++) {
        var thisKind = kind.equals("mixed") ? KINDS.get(i % KINDS.size()) : kind;
        settle();
        long at = System.nanoTime();
        inject(thisKind);
        Thread.sleep(Duration.ofSeconds(2)); // the fault's effect, in any case
        if (!writer.awaitNextAcknowledgement(Duration.ofSeconds(120))) {
          throw new IllegalStateException("no write within 120 s: " + writer.lastFailure());
        }
        settle();
        var gap = writer.longestGapSince(at).toMillis() / 1000.0;
        gaps.add(gap);
        var outcome = writer.check();
        lost = outcome.lost().size();
        acknowledged = outcome.acknowledged();
        System.out.printf(
            Locale.ROOT,
            "%2d %-10s gap %6.3f s  lost so far %d of %d  primary %s%n",
            i + 1,
            thisKind,
            gap,
            lost,
            acknowledged,
            primary());
      }
    }
    var sorted = new ArrayList<>(gaps);
    Collections.sort(sorted);
    System.out.printf(
        Locale.ROOT,
        "%s: write gap median %.3f s, worst %.3f s of %d; lost %d of %d acknowledged rows%n",
        kind,
        sorted.get(sorted.size() / 2),
        sorted.getLast(),
        runs,
        lost,
        acknowledged);
  }

  private String primary() throws Exception {
    return howdah.cluster(NAMESPACE, CLUSTER).at("/status/currentPrimary").asText();
  }

  private void settle() throws InterruptedException {
    EmbeddedHowdah.await(
        "three healthy instances",
        Duration.ofSeconds(180),
        () -> {
          try {
            return howdah.isHealthy(NAMESPACE, CLUSTER, 3);
          } catch (Exception e) {
            return false;
          }
        });
  }

  private void inject(String kind) throws Exception {
    var primary = primary();
    var processes = PodProcesses.find(NAMESPACE, primary);
    switch (kind) {
      case "postmaster" -> PodProcesses.signal("KILL", processes.postmaster().stream().toList());
      case "manager" -> PodProcesses.signal("KILL", processes.manager().stream().toList());
      case "freeze" -> PodProcesses.signal("STOP", processes.entries());
      case "pod" ->
          howdah.client().delete(Resource.PODS, NAMESPACE, primary, DeleteOptions.DEFAULT);
      case "switchover" -> {
        var other = primary.endsWith("1") ? "2" : "1";
        var ran = howdah.howdah("promote", CLUSTER, other);
        if (ran.exit() != 0) {
          throw new IllegalStateException(ran.output());
        }
      }
      default -> throw new IllegalArgumentException(kind);
    }
  }
}
