// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import static dev.howdah.bench.BenchCluster.NAMESPACE;

import dev.howdah.e2e.fault.PodProcesses;
import dev.howdah.kube.Json;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Measures the memory of the control plane (API server, process runtime and operator in one
/// process) and of the instance managers of three instances: idle, and while each answers ten
/// probes a second, each over a connection of its own.
///
/// `bench/run memory [SECONDS]`, SECONDS how long each of the two lasts.
public final class Memory {
  private static final double CONTROL_PLANE_GOAL = 150;
  private static final double MANAGER_GOAL = 80;

  private record Found(MemoryUse control, MemoryUse largest) {
    @Override
    public String toString() {
      return "control plane %s, largest instance manager %s".formatted(control, largest);
    }
  }

  private Memory() {}

  public static void main(String[] args) throws Exception {
    var duration = Duration.ofSeconds(args.length > 0 ? Integer.parseInt(args[0]) : 60);
    try (var cluster = BenchCluster.create(false)) {
      cluster.up(_ -> {});
      cluster.settle();
      Thread.sleep(duration);
      var idle = report("idle", cluster);
      probe(cluster, duration);
      var busy = report("10 probes/s", cluster);
      System.out.printf("memory: idle: %s; 10 probes/s: %s%n", idle, busy);
      double control = Math.max(idle.control.megabytes(), busy.control.megabytes());
      double largest = Math.max(idle.largest.megabytes(), busy.largest.megabytes());
      System.out.println(Figures.against("control plane", control, CONTROL_PLANE_GOAL, "MB"));
      System.out.println(Figures.against("largest instance manager", largest, MANAGER_GOAL, "MB"));
    }
  }

  private static Found report(String when, BenchCluster cluster) throws Exception {
    long pid =
        Long.parseLong(
            Files.readString(cluster.howdah().home().toRealPath().resolve("up.pid"))
                .strip()
                .split(" ")[0]);
    var control = MemoryUse.of(pid);
    System.out.printf("%-12s control plane %s%n", when, control);
    MemoryUse largest = new MemoryUse(0, 0);
    for (var pod : cluster.pods()) {
      var manager = PodProcesses.find(NAMESPACE, Json.name(pod)).manager().orElseThrow();
      var use = MemoryUse.of(manager.pid());
      var role = Json.label(pod, "cnpg.io/instanceRole");
      System.out.printf("%-12s instance manager of the %s %s%n", when, role, use);
      largest = use.resident() > largest.resident() ? use : largest;
    }
    return new Found(control, largest);
  }

  private static void probe(BenchCluster cluster, Duration duration) throws Exception {
    List<ProbeClient> clients = new ArrayList<>();
    for (var pod : cluster.pods()) {
      clients.add(ProbeClient.of(cluster, cluster.address(Json.name(pod))));
    }
    long end = System.nanoTime() + duration.toNanos();
    while (System.nanoTime() < end) {
      long next = System.nanoTime() + 100_000_000;
      for (var client : clients) {
        if (!client.isAnswered("/healthz")) {
          throw new IllegalStateException("a probe was not answered");
        }
      }
      Thread.sleep(Math.max(0, next - System.nanoTime()) / 1_000_000);
    }
  }
}
