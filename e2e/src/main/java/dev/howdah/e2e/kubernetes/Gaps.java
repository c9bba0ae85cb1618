// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import static dev.howdah.e2e.kubernetes.Programs.await;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The gap between acknowledged rows that a fault makes, again and again: `Gaps KIND RUNS`, with a
/// kind of `switchover`, `pod`, `drain`, `crash`. Clients in a pod write through `-rw` with
/// `sslmode=verify-full` and a new connection for each row; the gap is the longest time in which
/// none of them had a row acknowledged. The cluster has three instances and synchronous
/// replication.
public final class Gaps {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Duration SOON = Duration.ofSeconds(90);

  /// As many tries at a time as keep the clients' time-out of two seconds out of the figure.
  private static final int CLIENTS = 6;

  private static final String IMAGE = "ghcr.io/cloudnative-pg/postgresql:15";

  private final Scene scene;
  private final Database database;

  private Gaps(Scene scene) {
    this.scene = scene;
    this.database = new Database(scene, "db");
  }

  /// @param words kind and number of runs
  public static void main(String[] words) throws Exception {
    String kind = words[0];
    int runs = Integer.parseInt(words[1]);
    try (Scene scene = Scene.open("gaps")) {
      new Gaps(scene).measure(kind, runs, System.out);
    } finally {
      Faults.recycle();
    }
  }

  private void measure(String kind, int runs, PrintStream out) throws Exception {
    scene.apply(
        """
        apiVersion: postgresql.cnpg.io/v1
        kind: Cluster
        metadata: {name: db}
        spec:
          instances: 3
          imageName: %s
          storage: {size: 1Gi}
          postgresql: {synchronous: {method: any, number: 1}}
          resources: {requests: {cpu: 50m, memory: 256Mi}}
        """
            .formatted(IMAGE));
    database.awaitHealthy(3, LONG);
    var gaps = new ArrayList<Double>();
    for (int run = 1; run <= runs; run++) {
      // the client must not be where the fault is
      var writer = RowWriter.start(database, IMAGE, database.nodeOf(database.standby()), CLIENTS);
      long last = writer.last();
      fault(kind);
      database.awaitHealthy(3, LONG);
      writer.awaitProgress(SOON);
      int lost = writer.lost().size();
      double gap = writer.seen(last).longestGap().toMillis() / 1000.0;
      gaps.add(gap);
      out.printf(Locale.ROOT, "%s, run %d: %.1f s, %d lost%n", kind, run, gap, lost);
      writer.stop();
      await(
          "the client is gone",
          SOON,
          () -> scene.list(dev.howdah.kube.Resource.PODS, "!cnpg.io/cluster").isEmpty());
      database.sql(database.primary(), "truncate rows");
      if (lost > 0) {
        throw new AssertionError(lost + " acknowledged rows are missing");
      }
    }
    List<Double> sorted = gaps.stream().sorted().toList();
    out.printf(
        Locale.ROOT,
        "%s: %d runs, median %.1f s, worst %.1f s, 0 rows lost%n",
        kind,
        runs,
        sorted.get(sorted.size() / 2),
        sorted.getLast());
  }

  private void fault(String kind) throws Exception {
    String before = database.primary();
    String node = database.nodeOf(before);
    String uid = database.uids().getOrDefault(before, "");
    switch (kind) {
      case "switchover" ->
          scene.inNamespace(
              "patch",
              "clusters.postgresql.cnpg.io",
              "db",
              "--subresource=status",
              "--type=merge",
              "-p",
              "{\"status\":{\"targetPrimary\":\"%s\",\"phase\":\"Switchover in progress\"}}"
                  .formatted(database.standby()));
      case "pod" ->
          scene.inNamespace("delete", "pod", before, "--grace-period=0", "--force", "--wait=false");
      case "drain" ->
          scene.attempt(
              "",
              Duration.ofSeconds(120),
              "drain",
              node,
              "--pod-selector=cnpg.io/cluster=db",
              "--delete-emptydir-data",
              "--timeout=110s");
      case "crash" -> Faults.crash(node);
      default ->
          throw new IllegalArgumentException(
              "no fault '" + kind + "'; there are switchover, pod, drain, crash");
    }
    try {
      // a pod that is back before its Lease is over keeps its role
      await(
          "another primary, or another pod of it",
          SOON,
          () ->
              !database.primary().equals(before)
                  || !uid.equals(database.uids().getOrDefault(before, uid)));
    } finally {
      switch (kind) {
        case "drain" -> scene.kubectl("uncordon", node);
        case "crash" -> Faults.restart(node);
        default -> {}
      }
    }
  }
}
