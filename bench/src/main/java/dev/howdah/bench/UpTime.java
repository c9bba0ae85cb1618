// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Measures how long `howdah up` takes to three healthy instances, in a new folder each time, and
/// which parts that has.
///
/// `bench/run up [RUNS]`
public final class UpTime {
  /// Each part ends with the first line that matches.
  private static final Map<String, Pattern> PARTS = parts();

  private UpTime() {}

  private static Map<String, Pattern> parts() {
    var parts = new LinkedHashMap<String, Pattern>();
    parts.put("API server and operator", Pattern.compile("^export KUBECONFIG"));
    parts.put("initdb", Pattern.compile("-1 +(waiting|starting)"));
    parts.put("primary started", Pattern.compile("-1 +ready, primary"));
    parts.put("first clone", Pattern.compile("-[23] +(waiting|starting)"));
    parts.put("standbys started", Pattern.compile("Cluster in healthy state"));
    return parts;
  }

  public static void main(String[] args) throws Exception {
    int runs = args.length > 0 ? Integer.parseInt(args[0]) : 3;
    var totals = new ArrayList<Double>();
    for (int run = 1; run <= runs; run++) {
      try (var cluster = BenchCluster.create(false)) {
        totals.add(once(run, cluster));
      }
    }
    System.out.printf(
        Locale.ROOT,
        "up: three instances healthy after median %.1f s, worst %.1f s of %d%n",
        Figures.median(totals),
        Figures.worst(totals),
        runs);
  }

  private static double once(int run, BenchCluster cluster) throws Exception {
    var left = new ArrayList<>(PARTS.entrySet());
    List<String> times = new ArrayList<>();
    long start = System.nanoTime();
    long[] last = {start};
    cluster.up(line -> {
      // a part that nobody saw begin takes no time
      for (int i = 0; i < left.size(); i++) {
        if (left.get(i).getValue().matcher(line).find()) {
          long now = System.nanoTime();
          times.add(
              String.format(Locale.ROOT, "%s %.1f s", left.get(i).getKey(), (now - last[0]) / 1e9));
          last[0] = now;
          left.subList(0, i + 1).clear();
          return;
        }
      }
    });
    double total = (last[0] - start) / 1e9;
    System.out.printf(
        Locale.ROOT, "%2d healthy after %.1f s: %s%n", run, total, String.join(", ", times));
    return total;
  }
}
