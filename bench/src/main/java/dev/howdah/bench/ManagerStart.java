// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import static dev.howdah.bench.BenchCluster.NAMESPACE;

import dev.howdah.e2e.fault.Hit;
import dev.howdah.e2e.fault.PodProcesses;
import dev.howdah.kube.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;

/// Measures the time from the start of an instance manager's container (its first process) to the
/// first probe that it answers with 200, by killing that of a standby again and again.
///
/// `bench/run start [RUNS]`
public final class ManagerStart {
  private static final double TICKS_PER_SECOND = 100;

  private ManagerStart() {}

  public static void main(String[] args) throws Exception {
    int runs = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    var times = new ArrayList<Double>();
    try (var cluster = BenchCluster.create(false)) {
      cluster.up(_ -> {});
      for (int run = 1; run <= runs; run++) {
        cluster.settle();
        double time = once(cluster);
        times.add(time);
        System.out.printf(Locale.ROOT, "%2d first answer after %.2f s%n", run, time);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "start: instance manager to first answered probe median %.2f s, worst %.2f s of %d%n",
        Figures.median(times),
        Figures.worst(times),
        runs);
  }

  private static double once(BenchCluster cluster) throws Exception {
    var primary = cluster.primary();
    var standby =
        cluster.pods().stream()
            .map(Json::name)
            .filter(name -> !name.equals(primary))
            .findFirst()
            .orElseThrow();
    var probe = ProbeClient.of(cluster, standby);
    var old = PodProcesses.find(NAMESPACE, standby).manager().orElseThrow().pid();
    PodProcesses.signal("KILL", PodProcesses.find(NAMESPACE, standby).entries());
    if (!Hit.gone(old).awaitEffect()) {
      throw new IllegalStateException("the instance manager of " + standby + " was not killed");
    }
    while (!probe.isAnswered("/healthz")) {
      Thread.sleep(5);
    }
    double answered = uptime();
    var first =
        PodProcesses.find(NAMESPACE, standby).entries().stream()
            .mapToDouble(entry -> started(entry.pid()))
            .min()
            .orElseThrow();
    return answered - first;
  }

  private static double uptime() throws IOException {
    return Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
  }

  /// Seconds from the machine's start to the process's.
  private static double started(long pid) {
    try {
      var stat =
          Files.readString(
              Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
      var words = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Long.parseLong(words[19]) / TICKS_PER_SECOND;
    } catch (IOException e) {
      return Double.MAX_VALUE; // it has ended meanwhile
    }
  }
}
