// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench.peer;

import dev.howdah.e2e.embedded.EmbeddedHowdah;
import dev.howdah.e2e.fault.PodProcesses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/// Howdah's embedded mode.
final class HowdahSubject implements Subject {
  private static final String NAMESPACE = "bench";
  private static final String CLUSTER = "gaps";

  private final EmbeddedHowdah howdah;
  private final Path manifest;
  private final String profile;
  private PodProcesses frozen = new PodProcesses(NAMESPACE, "", java.util.List.of());

  HowdahSubject(String profile, boolean sync) throws IOException, InterruptedException {
    this.profile = profile;
    var home = Files.createTempDirectory(Path.of("/var/tmp"), "howdah-bench");
    // PostgreSQL runs as another user when this runs as root
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    manifest = home.resolveSibling(home.getFileName() + ".yaml");
    Files.writeString(manifest, manifest(profile, sync));
    howdah = new EmbeddedHowdah(Path.of("howdah").toAbsolutePath(), home);
    var up = howdah.howdah("up", manifest.toString(), "--detach");
    if (up.exit() != 0) {
      howdah.close();
      throw new IllegalStateException("up failed:\n" + up.output());
    }
  }

  private static String manifest(String profile, boolean sync) {
    var text =
        """
        apiVersion: v1
        kind: Namespace
        metadata:
          name: bench
        ---
        apiVersion: postgresql.cnpg.io/v1
        kind: Cluster
        metadata:
          name: gaps
          namespace: bench
        spec:
          instances: 3
          storage:
            size: 1Gi
        """;
    var lease =
        """
          primaryLease:
            leaseDurationSeconds: 6
            renewDeadlineSeconds: 4
            retryPeriodSeconds: 1
        """;
    var synchronous =
        """
          postgresql:
            synchronous:
              method: any
              number: 1
        """;
    return text + (profile.equals("fast") ? lease : "") + (sync ? synchronous : "");
  }

  @Override
  public String name() {
    return "howdah " + profile;
  }

  @Override
  public Connection connect() throws SQLException {
    return howdah.connect(NAMESPACE, CLUSTER, CLUSTER + "-app", "app");
  }

  @Override
  public void settle() throws InterruptedException {
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

  private String primary() throws Exception {
    return howdah.cluster(NAMESPACE, CLUSTER).at("/status/currentPrimary").asText();
  }

  @Override
  public void inject(String fault) throws Exception {
    var primary = primary();
    var processes = PodProcesses.find(NAMESPACE, primary);
    switch (fault) {
      case "postmaster" -> PodProcesses.signal("KILL", processes.postmaster().stream().toList());
      case "agent" -> PodProcesses.signal("KILL", processes.manager().stream().toList());
      case "power" -> PodProcesses.signal("KILL", processes.entries());
      case "freeze" -> {
        frozen = processes;
        PodProcesses.signal("STOP", processes.entries());
      }
      case "switchover" -> {
        var other = primary.endsWith("1") ? "2" : "1";
        var ran = howdah.howdah("promote", CLUSTER, other, "-n", NAMESPACE);
        if (ran.exit() != 0) {
          throw new IllegalStateException(ran.output());
        }
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
  public void close() throws Exception {
    howdah.close();
    Files.deleteIfExists(manifest);
  }
}
