// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import static dev.howdah.bench.BenchCluster.NAMESPACE;

import dev.howdah.e2e.fault.PodProcesses;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Locale;

/// Measures the time from the start of an instance manager's container (its first process) to the
/// first probe that it answers with 200, by deleting the pod of a standby again and again.
///
/// `bench/run start [RUNS]`
public final class ManagerStart {
  private static final double GOAL = 0.5;
  private static final double TICKS_PER_SECOND = 100;
  private static final Duration LIMIT = Duration.ofSeconds(60);

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
    System.out.println(Figures.against("median start", Figures.median(times), GOAL, "s"));
  }

  /// A new pod each time: the same container again would wait longer after each end, as on any
  /// kubelet.
  private static double once(BenchCluster cluster) throws Exception {
    var primary = cluster.primary();
    var standby =
        cluster.pods().stream()
            .map(Json::name)
            .filter(name -> !name.equals(primary))
            .findFirst()
            .orElseThrow();
    var old = Json.uid(cluster.pod(standby));
    cluster
        .howdah()
        .client()
        .delete(
            Resource.PODS, NAMESPACE, standby, DeleteOptions.DEFAULT.gracePeriod(Duration.ZERO));
    long end = System.nanoTime() + LIMIT.toNanos();
    var address = newAddress(cluster, standby, old, end);
    var probe = ProbeClient.of(cluster, address);
    while (!probe.isAnswered("/healthz")) {
      inTime(end, "a probe that is answered");
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

  private static String newAddress(BenchCluster cluster, String pod, String old, long end)
      throws Exception {
    while (true) {
      var now = cluster.howdah().client().find(Resource.PODS, NAMESPACE, pod);
      if (now.isPresent() && !Json.uid(now.get()).equals(old)) {
        var address = now.get().at("/status/podIP").asText();
        if (!address.isEmpty()) {
          return address;
        }
      }
      inTime(end, "a new pod with an address");
      Thread.sleep(10);
    }
  }

  private static void inTime(long end, String what) {
    if (System.nanoTime() > end) {
      throw new IllegalStateException("not within " + LIMIT.toSeconds() + " s: " + what);
    }
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
