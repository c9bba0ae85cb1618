// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.e2e.fault.Hit;
import dev.howdah.e2e.fault.PodProcesses;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import java.time.Duration;
import java.util.List;

/// The primary as a fault finds it, and what the fault must have changed afterwards: a signal may
/// find nobody, and what is measured then is no effect of it.
///
/// @param uid of its pod
/// @param server what clients of `-rw` reached before
/// @param target who takes over in a switchover
record Victim(
    BenchCluster cluster,
    String name,
    String uid,
    PodProcesses processes,
    BenchCluster.Server server,
    String target) {
  static final List<String> KINDS = List.of("postmaster", "manager", "pod", "freeze", "switchover");

  private static final Duration EFFECT = Duration.ofSeconds(90);

  /// The primary that clients of `-rw` reach now. All of the cluster must be well.
  static Victim of(BenchCluster cluster) throws Exception {
    var primary = cluster.primary();
    var server = cluster.reached();
    if (!server.address().equals(cluster.address(primary))) {
      throw new IllegalStateException(
          "-rw leads to %s, which is not the primary %s".formatted(server.address(), primary));
    }
    return new Victim(
        cluster,
        primary,
        Json.uid(cluster.pod(primary)),
        PodProcesses.find(BenchCluster.NAMESPACE, primary),
        server,
        BenchCluster.NAME + (primary.endsWith("1") ? "-2" : "-1"));
  }

  void inject(String kind) throws Exception {
    switch (kind) {
      case "postmaster" -> PodProcesses.signal("KILL", List.of(postmaster()));
      case "manager" -> PodProcesses.signal("KILL", List.of(manager()));
      case "freeze" -> PodProcesses.signal("STOP", processes.entries());
      case "pod" ->
          cluster
              .howdah()
              .client()
              .delete(Resource.PODS, BenchCluster.NAMESPACE, name, DeleteOptions.DEFAULT);
      case "switchover" -> {
        var ran =
            cluster
                .howdah()
                .howdah("promote", BenchCluster.NAME, target, "-n", BenchCluster.NAMESPACE);
        if (ran.exit() != 0) {
          throw new IllegalStateException(ran.output());
        }
      }
      default -> throw new IllegalArgumentException(kind);
    }
  }

  private PodProcesses.Entry postmaster() {
    return processes
        .postmaster()
        .orElseThrow(() -> new IllegalStateException("no postmaster found of " + name));
  }

  private PodProcesses.Entry manager() {
    return processes
        .manager()
        .orElseThrow(() -> new IllegalStateException("no instance manager found of " + name));
  }

  /// Waits until the fault shows, in what it was aimed at and to clients; returns what is missing,
  /// empty when nothing is.
  String awaitEffect(String kind) throws Exception {
    if (!awaitMark(kind)) {
      return "%s was not hit by it".formatted(name);
    }
    long end = System.nanoTime() + EFFECT.toNanos();
    while (System.nanoTime() < end) {
      if (isSeenByClients(kind)) {
        return "";
      }
      Thread.sleep(100);
    }
    return "%s was hit, but clients still reach the same server as before".formatted(name);
  }

  private boolean awaitMark(String kind) throws Exception {
    return switch (kind) {
      case "postmaster" -> Hit.gone(postmaster().pid()).awaitEffect();
      case "manager" -> Hit.gone(manager().pid()).awaitEffect();
      case "freeze" -> Hit.stopped(postmaster().pid()).awaitEffect();
      case "pod" -> awaitPodGone();
      default -> true; // whether clients see it says all
    };
  }

  private boolean isManagerBack() {
    return PodProcesses.find(BenchCluster.NAMESPACE, name)
        .manager()
        .filter(now -> now.pid() != manager().pid())
        .isPresent();
  }

  private boolean awaitPodGone() throws Exception {
    long end = System.nanoTime() + EFFECT.toNanos();
    while (System.nanoTime() < end) {
      var pod = cluster.howdah().client().find(Resource.PODS, BenchCluster.NAMESPACE, name);
      if (pod.map((ObjectNode p) -> !Json.uid(p).equals(uid)).orElse(true)) {
        return true;
      }
      Thread.sleep(100);
    }
    return false;
  }

  /// A postmaster may come back in place, as a server that was started anew. An instance manager
  /// that is back in time takes PostgreSQL over as it runs, and clients notice nothing. All else
  /// must move the primary, to a new timeline.
  private boolean isSeenByClients(String kind) throws Exception {
    if (kind.equals("manager") && isManagerBack()) {
      return true;
    }
    BenchCluster.Server now;
    try {
      now = cluster.reached();
    } catch (java.sql.SQLException e) {
      return false; // not yet
    }
    boolean other = !now.equals(server);
    boolean moved = !now.address().equals(server.address()) && now.timeline() > server.timeline();
    return switch (kind) {
      case "postmaster", "manager" -> other;
      case "switchover" -> moved && now.address().equals(cluster.address(target));
      default -> moved;
    };
  }
}
