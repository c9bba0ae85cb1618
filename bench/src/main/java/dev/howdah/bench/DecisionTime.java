// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.validate.ManifestReader;
import dev.howdah.api.validate.UnreadableManifest;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.plan.ClusterPlan;
import dev.howdah.operator.forecast.Forecaster;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;

/// How long the operator's decision about a Cluster takes when nothing has changed, warm: of the
/// example, three instances, healthy.
public final class DecisionTime {
  private static final Path EXAMPLE = Path.of("examples/customer-postgres.yaml");
  private static final int WARM_UP = 20_000;
  private static final int MEASURED = 50_000;

  private DecisionTime() {}

  public static void main(String[] args) throws IOException, UnreadableManifest {
    ClusterView view = Forecaster.healthy(example(), Instant.parse("2026-03-01T12:00:00Z"));
    var threads = ManagementFactory.getThreadMXBean();
    long[] nanos = new long[MEASURED];
    int actions = 0;
    long cpu = 0;
    for (int i = -WARM_UP; i < MEASURED; i++) {
      if (i == 0) {
        cpu = threads.getCurrentThreadCpuTime();
      }
      long begin = System.nanoTime();
      actions += ClusterPlan.decide(view).actions().size();
      if (i >= 0) {
        nanos[i] = System.nanoTime() - begin;
      }
    }
    cpu = threads.getCurrentThreadCpuTime() - cpu;
    Arrays.sort(nanos);
    System.out.printf(
        "decision about an unchanged Cluster of 3 instances, %d times after %d (%d actions):%n"
            + "p50 %.1f us, p90 %.1f us, p99 %.1f us; CPU %.1f us each%n",
        MEASURED,
        WARM_UP,
        actions,
        at(nanos, 0.5),
        at(nanos, 0.9),
        at(nanos, 0.99),
        cpu / 1e3 / MEASURED);
  }

  private static double at(long[] sorted, double share) {
    return sorted[(int) Math.min(sorted.length - 1.0, share * sorted.length)] / 1e3;
  }

  private static ObjectNode example() throws IOException, UnreadableManifest {
    return ManifestReader.read(EXAMPLE.toString(), Files.readAllBytes(EXAMPLE)).stream()
        .map(manifest -> manifest.tree())
        .filter(tree -> tree.path("kind").asText("").equals("Cluster"))
        .findFirst()
        .orElseThrow();
  }
}
