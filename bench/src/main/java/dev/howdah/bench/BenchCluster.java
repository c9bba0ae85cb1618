// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.e2e.embedded.EmbeddedHowdah;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// A Cluster of three instances in an embedded mode of its own, in a new folder that is deleted
/// afterwards.
public final class BenchCluster implements AutoCloseable {
  public static final String NAMESPACE = "bench";
  public static final String NAME = "gaps";

  private final EmbeddedHowdah howdah;
  private final Path manifest;
  private boolean kept;

  /// The server that clients of `-rw` reach.
  ///
  /// @param started when its postmaster was
  record Server(String address, String started, int timeline) {}

  private BenchCluster(EmbeddedHowdah howdah, Path manifest) {
    this.howdah = howdah;
    this.manifest = manifest;
  }

  /// Makes the folder and the manifest; nothing runs yet.
  ///
  /// @param sync commits wait for one standby
  public static BenchCluster create(boolean sync) throws IOException {
    return create(sync, false);
  }

  /// @param sync commits wait for one standby
  /// @param fast a lease of 6/4/1 s instead of the default
  public static BenchCluster create(boolean sync, boolean fast) throws IOException {
    var home = Files.createTempDirectory(Path.of("/var/tmp"), "howdah-bench");
    // PostgreSQL runs as another user when this runs as root
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    var manifest = home.resolveSibling(home.getFileName() + ".yaml");
    Files.writeString(manifest, manifest(sync, fast));
    return new BenchCluster(new EmbeddedHowdah(Path.of("howdah").toAbsolutePath(), home), manifest);
  }

  private static String manifest(boolean sync, boolean fast) {
    var text =
        """
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
            .formatted(NAMESPACE, NAME, NAMESPACE);
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
    return text + (fast ? lease : "") + (sync ? synchronous : "");
  }

  /// Runs `howdah up`, and returns when it is healthy.
  ///
  /// @param lines gets each line that it prints
  public void up(Consumer<String> lines) throws IOException, InterruptedException {
    var up = howdah.howdah(lines, "up", manifest.toString(), "--detach");
    if (up.exit() != 0) {
      throw new IllegalStateException("up failed:\n" + up.output());
    }
  }

  public EmbeddedHowdah howdah() {
    return howdah;
  }

  public String primary() {
    return status().at("/status/currentPrimary").asText();
  }

  private ObjectNode status() {
    try {
      return howdah.cluster(NAMESPACE, NAME);
    } catch (IOException | java.security.GeneralSecurityException e) {
      throw new IllegalStateException("the API server can't be asked", e);
    }
  }

  List<ObjectNode> pods() throws IOException, java.security.GeneralSecurityException {
    return howdah
        .client()
        .list(
            Resource.PODS,
            NAMESPACE,
            Selection.labels("cnpg.io/cluster=" + NAME + ",cnpg.io/podRole=instance"))
        .items();
  }

  ObjectNode pod(String name) throws IOException, java.security.GeneralSecurityException {
    return howdah.client().get(Resource.PODS, NAMESPACE, name);
  }

  /// The address of a pod.
  String address(String pod) throws IOException, java.security.GeneralSecurityException {
    return pod(pod).at("/status/podIP").asText();
  }

  /// Asks through the `-rw` service who answers there.
  Server reached() throws SQLException {
    try (var connection = howdah.connect(NAMESPACE, NAME, NAME + "-app", "app");
        var statement = connection.createStatement();
        var row =
            statement.executeQuery(
                "SELECT host(inet_server_addr()), pg_postmaster_start_time()::text,"
                    + " left(pg_walfile_name(pg_current_wal_lsn()), 8)")) {
      row.next();
      return new Server(row.getString(1), row.getString(2), Integer.parseInt(row.getString(3), 16));
    }
  }

  /// Leaves the data where it is, for somebody to look at.
  void keep() {
    kept = true;
  }

  /// Waits until three instances are healthy.
  public void settle() throws InterruptedException {
    EmbeddedHowdah.await(
        "three healthy instances",
        Duration.ofSeconds(180),
        () -> {
          try {
            return howdah.isHealthy(NAMESPACE, NAME, 3);
          } catch (Exception e) {
            return false;
          }
        });
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (kept) {
      howdah.howdah("down");
      System.out.println("its state is kept: " + howdah.home());
      return;
    }
    howdah.close();
    Files.deleteIfExists(manifest);
  }
}
