// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.e2e.embedded.EmbeddedHowdah;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A cluster of the embedded mode, and the hands to do it harm. Instances are named by their pod.
public final class Scene implements AutoCloseable {
  static final String NAMESPACE = "faults";
  static final String CLUSTER = "victim";
  private static final Duration LONG = Duration.ofSeconds(150);

  private final EmbeddedHowdah howdah;
  private final Path manifest;
  private final ScenePods addresses;
  private @Nullable NetworkCuts network;

  Scene(EmbeddedHowdah howdah, Path manifest) {
    this.howdah = howdah;
    this.manifest = manifest;
    this.addresses = new ScenePods(howdah);
  }

  static String manifest(boolean preferred) {
    return """
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
      stopDelay: 20
      smartShutdownTimeout: 2
      switchoverDelay: 20
      primaryLease:
        leaseDurationSeconds: 6
        renewDeadlineSeconds: 4
        retryPeriodSeconds: 1
      postgresql:
        parameters:
          max_connections: "60"
        synchronous:
          method: any
          number: 1
          dataDurability: %s
    """
        .formatted(NAMESPACE, CLUSTER, NAMESPACE, preferred ? "preferred" : "required");
  }

  // ---- who is there

  ObjectNode cluster() throws IOException, GeneralSecurityException {
    return howdah.cluster(NAMESPACE, CLUSTER);
  }

  String primary() throws IOException, GeneralSecurityException {
    return cluster().at("/status/currentPrimary").asText();
  }

  List<String> instances() throws IOException, GeneralSecurityException {
    var names = new ArrayList<String>();
    cluster().at("/status/instanceNames").forEach(name -> names.add(name.asText()));
    return names;
  }

  List<String> standbys() throws IOException, GeneralSecurityException {
    var names = new ArrayList<>(instances());
    names.remove(primary());
    return names;
  }

  String standby() throws IOException, GeneralSecurityException {
    return standbys().getFirst();
  }

  long timeline() throws IOException, GeneralSecurityException {
    return cluster().at("/status/timelineID").asLong();
  }

  /// What the status says, and what the servers themselves say: a status may be a moment old.
  boolean isHealthy() {
    try {
      int instances = cluster().at("/spec/instances").asInt();
      return howdah.isHealthy(NAMESPACE, CLUSTER, instances) && isReplicating(instances);
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }

  private boolean isReplicating(int instances) throws IOException, GeneralSecurityException {
    int standbys = 0;
    for (var instance : instances()) {
      try (var connection = directly(instance);
          var row =
              connection
                  .createStatement()
                  .executeQuery(
                      "SELECT pg_is_in_recovery(), (SELECT count(*) FROM pg_stat_replication)")) {
        row.next();
        if (row.getBoolean(1)) {
          standbys++;
        } else if (row.getInt(2) < instances - 1) {
          return false;
        }
      } catch (SQLException e) {
        return false;
      }
    }
    return standbys == instances - 1;
  }

  void awaitHealthy() throws InterruptedException {
    EmbeddedHowdah.await("all instances healthy", LONG, this::isHealthy);
  }

  /// Waits until another instance than this one is the primary.
  void awaitOtherPrimary(String old) throws InterruptedException {
    await(
        "another primary than " + old,
        Duration.ofSeconds(60),
        () -> {
          try {
            return !primary().equals(old);
          } catch (IOException | GeneralSecurityException e) {
            return false;
          }
        });
  }

  static void await(String what, Duration limit, BooleanSupplier condition)
      throws InterruptedException {
    EmbeddedHowdah.await(what, limit, condition);
  }

  void awaitPrimary(String wanted) throws InterruptedException {
    await(
        wanted + " as the primary",
        Duration.ofSeconds(60),
        () -> {
          try {
            return primary().equals(wanted);
          } catch (IOException | GeneralSecurityException e) {
            return false;
          }
        });
  }

  /// Something that isn't supposed to make another instance the primary.
  interface Change {
    void run() throws Exception;
  }

  /// Does it, and fails if there was a failover or a restart meanwhile.
  void withoutFailover(Change change) throws Exception {
    var before = primary();
    long term = lease().at("/spec/leaseTransitions").asLong();
    change.run();
    pause(1);
    long now = lease().at("/spec/leaseTransitions").asLong();
    if (now != term || !primary().equals(before)) {
      throw new AssertionError("a failover that nobody needs: " + before + " to " + primary());
    }
  }

  static void pause(double seconds) throws InterruptedException {
    Thread.sleep((long) (seconds * 1000));
  }

  // ---- connections

  Connection throughService() throws SQLException {
    return addresses.throughService();
  }

  /// To one instance itself.
  Connection directly(String instance) throws SQLException {
    return addresses.directly(instance);
  }

  List<String> knownInstances() {
    try {
      return instances();
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      return addresses.known();
    }
  }

  // ---- processes

  static PodProcesses processes(String instance) {
    return PodProcesses.find(NAMESPACE, instance);
  }

  /// Sends signals to a part of an instance.
  @FunctionalInterface
  interface Signals {
    void send(String signal, String instance) throws Exception;
  }

  static void stopped(double seconds, String instance, Signals signals) throws Exception {
    signals.send("STOP", instance);
    try {
      pause(seconds);
    } finally {
      signals.send("CONT", instance);
    }
  }

  static void signalManager(String signal, String instance)
      throws IOException, InterruptedException {
    hit(signal, processes(instance).manager().stream().toList(), "manager");
  }

  static void signalGuard(String signal, String instance) throws IOException, InterruptedException {
    hit(signal, processes(instance).guard().stream().toList(), "guard");
  }

  static void signalPostmaster(String signal, String instance)
      throws IOException, InterruptedException {
    hit(signal, processes(instance).postmaster().stream().toList(), "postmaster");
  }

  static void signalAll(String signal, String instance) throws IOException, InterruptedException {
    PodProcesses.signal(signal, processes(instance).entries());
  }

  private static void hit(String signal, List<PodProcesses.Entry> targets, String what)
      throws IOException, InterruptedException {
    if (targets.isEmpty()) {
      throw new IOException("there is no " + what + " to hit");
    }
    PodProcesses.signal(signal, targets);
  }

  /// A process of PostgreSQL by what its title contains.
  static void signalServerProcess(String signal, String instance, String title)
      throws IOException, InterruptedException {
    hit(signal, processes(instance).titled(title).stream().limit(1).toList(), title);
  }

  private long controlPlane() throws IOException {
    var pid = Files.readString(howdah.home().resolve("up.pid")).strip().split(" ")[0];
    return Long.parseLong(pid);
  }

  /// The network between the instances as they are now, whole.
  synchronized NetworkCuts network() throws Exception {
    var now = new java.util.TreeMap<String, String>();
    for (var instance : instances()) {
      now.put(instance, addresses.of(instance));
    }
    var old = network;
    if (old != null && old.addresses().equals(now)) {
      old.heal();
      return old;
    }
    closeNetwork();
    var config = Files.readString(howdah.home().resolve("kubeconfig"));
    var server = config.lines().map(String::strip).filter(l -> l.startsWith("server:")).findFirst();
    int port = java.net.URI.create(server.orElseThrow().substring(7).strip()).getPort();
    var fresh = new NetworkCuts(now, port, controlPlane());
    network = fresh;
    return fresh;
  }

  private void closeNetwork() throws InterruptedException {
    if (network != null) {
      network.close();
      network = null;
    }
  }

  Path home() {
    return howdah.home();
  }

  /// The network is whole and file systems of its own are gone.
  @Override
  public synchronized void close() throws IOException, InterruptedException {
    closeNetwork();
    for (var line : Files.readAllLines(Path.of("/proc/mounts"))) {
      var folder = line.split(" ")[1];
      if (folder.startsWith(home().toString())) {
        new ProcessBuilder("umount", "-l", folder).inheritIO().start().waitFor();
      }
    }
  }

  /// The process of `howdah up`: API server, operator and pod runtime.
  void signalControlPlane(String signal) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + signal, Long.toString(controlPlane()))
        .inheritIO()
        .start()
        .waitFor();
  }

  void upAgain() throws IOException, InterruptedException {
    var ran = howdah.howdah("up", manifest.toString(), "--detach");
    if (ran.exit() != 0) {
      throw new IOException(ran.output());
    }
  }

  /// The folder with the volumes of all instances.
  Path volumes() {
    return howdah.home().resolve("runtime/volumes").resolve(NAMESPACE);
  }

  /// An instance's data, as this process sees it.
  Path data(String instance) throws IOException {
    try (var found = Files.newDirectoryStream(volumes(), instance + ".*")) {
      for (Path volume : found) {
        return volume.resolve("pgdata");
      }
    }
    throw new IOException("no volume of " + instance);
  }

  /// Up to where an instance's log was written.
  long logPosition(String instance) throws SQLException {
    try (var connection = directly(instance);
        var row =
            connection
                .createStatement()
                .executeQuery(
                    "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END - '0/0'::pg_lsn")) {
      row.next();
      return row.getLong(1);
    }
  }

  static void overwrite(Path file, long at, byte[] bytes) {
    try (var out = new java.io.RandomAccessFile(file.toFile(), "rw")) {
      out.seek(at);
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void deleteTree(Path folder) throws IOException, InterruptedException {
    new ProcessBuilder("rm", "-rf", folder.toString()).inheritIO().start().waitFor();
  }

  // ---- objects

  void switchTo(String target) throws Exception {
    var ran = howdah.howdah("promote", CLUSTER, target, "-n", NAMESPACE);
    if (ran.exit() != 0) {
      throw new IOException(ran.output());
    }
  }

  void deletePod(String pod, boolean force) throws IOException, GeneralSecurityException {
    howdah
        .client()
        .delete(
            Resource.PODS,
            NAMESPACE,
            pod,
            force ? DeleteOptions.DEFAULT.gracePeriod(Duration.ZERO) : DeleteOptions.DEFAULT);
  }

  void deleteVolume(String instance) throws IOException, GeneralSecurityException {
    howdah
        .client()
        .delete(Resource.PERSISTENT_VOLUME_CLAIMS, NAMESPACE, instance, DeleteOptions.DEFAULT);
  }

  void deleteSecret(String name) throws IOException, GeneralSecurityException {
    howdah.client().delete(Resource.SECRETS, NAMESPACE, name, DeleteOptions.DEFAULT);
  }

  ObjectNode lease() throws IOException, GeneralSecurityException {
    return howdah.client().get(Resource.LEASES, NAMESPACE, CLUSTER);
  }

  void deleteLease() throws IOException, GeneralSecurityException {
    howdah.client().delete(Resource.LEASES, NAMESPACE, CLUSTER, DeleteOptions.DEFAULT);
  }

  void patchLease(String json) throws IOException, GeneralSecurityException {
    howdah.client().merge(Resource.LEASES, NAMESPACE, CLUSTER, Json.parse(json));
  }

  void patchCluster(String json) throws IOException, GeneralSecurityException {
    howdah.client().merge(Resource.CLUSTERS, NAMESPACE, CLUSTER, Json.parse(json));
  }

  void patchStatus(String json) throws IOException, GeneralSecurityException {
    howdah
        .client()
        .patchStatus(Resource.CLUSTERS, NAMESPACE, CLUSTER, new Patch.Merge(Json.parse(json)));
  }

  void annotate(String key, String value) throws IOException, GeneralSecurityException {
    var patch = Json.object();
    patch.withObject("/metadata").withObject("annotations").put(key, value);
    howdah.client().merge(Resource.CLUSTERS, NAMESPACE, CLUSTER, patch);
  }

  void fence(String names) throws IOException, GeneralSecurityException {
    annotate("cnpg.io/fencedInstances", names);
  }
}
