// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench.peer;

import dev.howdah.bench.BenchCluster;
import dev.howdah.e2e.fault.Hit;
import dev.howdah.e2e.fault.PodProcesses;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/// Howdah's embedded mode.
final class HowdahSubject implements Subject {
  private final BenchCluster cluster;
  private PodProcesses frozen = new PodProcesses(BenchCluster.NAMESPACE, "", List.of());

  HowdahSubject(boolean fast, boolean sync) throws IOException, InterruptedException {
    cluster = BenchCluster.create(sync, fast);
    Subject.closeAtExit(this);
    try {
      cluster.up(_ -> {});
    } catch (IllegalStateException e) {
      cluster.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return "howdah";
  }

  @Override
  public Connection connect() throws SQLException {
    var app = BenchCluster.NAME + "-app";
    return cluster.howdah().connect(BenchCluster.NAMESPACE, BenchCluster.NAME, app, "app");
  }

  @Override
  public void settle() throws InterruptedException {
    cluster.settle();
  }

  @Override
  public String primary() {
    return cluster.primary();
  }

  @Override
  public boolean isLedByAnother(String instance) {
    var primary = primary();
    return !primary.isEmpty() && !primary.equals(instance);
  }

  @Override
  public List<Hit> inject(String fault) throws Exception {
    var primary = primary();
    var processes = PodProcesses.find(BenchCluster.NAMESPACE, primary);
    var postmaster = processes.postmaster().orElseThrow();
    switch (fault) {
      case "postmaster" -> {
        PodProcesses.signal("KILL", List.of(postmaster));
        return List.of(Hit.gone(postmaster.pid()));
      }
      case "agent" -> {
        var manager = processes.manager().orElseThrow();
        PodProcesses.signal("KILL", List.of(manager));
        return List.of(Hit.gone(manager.pid()));
      }
      case "power" -> {
        PodProcesses.signal("KILL", processes.entries());
        return List.of(Hit.gone(postmaster.pid()));
      }
      case "freeze" -> {
        frozen = processes;
        PodProcesses.signal("STOP", processes.entries());
        return List.of(Hit.stopped(postmaster.pid()));
      }
      case "switchover" -> {
        var other = primary.endsWith("1") ? "2" : "1";
        var ran =
            cluster
                .howdah()
                .howdah("promote", BenchCluster.NAME, other, "-n", BenchCluster.NAMESPACE);
        if (ran.exit() != 0) {
          throw new IllegalStateException(ran.output());
        }
        return List.of();
      }
      default -> throw new IllegalArgumentException(fault);
    }
  }

  @Override
  public void repair(String fault) throws Exception {
    if (fault.equals("freeze")) {
      PodProcesses.signal("CONT", frozen.entries());
    }
  }

  @Override
  public synchronized void close() throws Exception {
    cluster.close();
  }
}
