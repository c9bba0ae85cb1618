// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.LeaseCodec;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.CertifiedKey;
import dev.howdah.service.pki.LeafRequest;
import dev.howdah.testing.ServerUser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/// A Cluster of instance managers that run as processes, as the operator and the process runtime
/// would run them.
public final class TestCluster implements AutoCloseable {
  public static final String NAME = "main";
  public static final String NAMESPACE = "database";
  public static final String PASSWORD = "secret-of-the-application";

  /// Of a spec: with a Lease that outlasts a machine's worst moments, for tests in which nobody is
  /// to take over because of its end.
  public static final String STEADY =
      """
      "primaryLease": {"leaseDurationSeconds": 60, "renewDeadlineSeconds": 45, "retryPeriodSeconds": 3}\
      """;

  /// Of a spec: with a Lease that ends soon when a test kills its holder, and not before.
  public static final String USUAL =
      """
      "primaryLease": {"leaseDurationSeconds": 15, "renewDeadlineSeconds": 10, "retryPeriodSeconds": 2}\
      """;

  private static final Duration YEAR = Duration.ofDays(365);

  static {
    // A server that isn't up yet, or is being restarted, refuses a question: then what is awaited
    // isn't so yet.
    Awaitility.ignoreExceptionsByDefault();
  }

  private final Path folder = ServerUser.temporaryDirectory("im");
  private final CertificateAuthority authority =
      CertificateAuthority.create(NAME, NAMESPACE, YEAR, InstantSource.system());
  private final FakeApi api;
  private final Thread kubelet;
  private final Map<String, TestInstance> instances = new ConcurrentSkipListMap<>();

  public TestCluster() throws Exception {
    this("");
  }

  /// @param spec more of the Cluster's spec, as JSON
  public TestCluster(String spec) throws Exception {
    CertifiedKey apiKey =
        authority.issue(
            LeafRequest.server("api", List.of("localhost"), YEAR)
                .withIpAddresses(List.of("127.0.0.1")));
    api = new FakeApi(apiKey);
    install();
    secrets();
    ObjectNode cluster = Json.object(Resource.CLUSTERS, NAMESPACE, NAME);
    cluster.withObject("/metadata").put("uid", "cluster-uid");
    ObjectNode wanted = Json.object().put("instances", 3).put("stopDelay", 30);
    wanted.put("smartShutdownTimeout", 5).put("switchoverDelay", 20);
    wanted
        .putObject("primaryLease")
        .put("leaseDurationSeconds", 6)
        .put("renewDeadlineSeconds", 4)
        .put("retryPeriodSeconds", 1);
    if (!spec.isEmpty()) {
      wanted.setAll(Json.parse(spec));
    }
    cluster.set("spec", wanted);
    ObjectNode status = cluster.putObject("status").put("targetPrimary", NAME + "-1");
    status.putArray("instanceNames").add(NAME + "-1");
    api.put(Resource.CLUSTERS, cluster);
    makeLease();
    kubelet = Thread.ofPlatform().daemon().name("kubelet").start(this::restartEnded);
  }

  /// Makes the Lease as the operator does, be it that there was one before.
  public void makeLease() {
    ObjectNode lease = Json.object(Resource.LEASES, NAMESPACE, NAME);
    var fields = LeaseCodec.encode(LeaseRecord.FRESH);
    ObjectNode annotations = lease.withObject("/metadata/annotations");
    fields.annotations().forEach(annotations::put);
    lease.withObject("/spec").put("holderIdentity", "").put("leaseTransitions", 0);
    api.put(Resource.LEASES, lease);
  }

  private void restartEnded() {
    try {
      while (true) {
        Thread.sleep(500);
        for (TestInstance instance : all()) {
          instance.restartIfEnded();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// The instance manager as the build assembled it, where the server's user can read it.
  private void install() throws IOException {
    Path built = Path.of("target/manager").toAbsolutePath();
    if (!Files.isExecutable(built.resolve("manager"))) {
      throw new IllegalStateException(built + " is missing: run the package phase first");
    }
    ServerUser.runAsServer(List.of("true"));
    Process copy =
        new ProcessBuilder("cp", "-Rp", built.toString(), folder.resolve("manager").toString())
            .inheritIO()
            .start();
    try {
      if (copy.waitFor() != 0) {
        throw new IOException("cannot copy " + built);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  Path manager() {
    return folder.resolve("manager/manager");
  }

  Path folder() {
    return folder;
  }

  public FakeApi api() {
    return api;
  }

  String caPem() {
    return authority.certificatePem();
  }

  private void secrets() {
    CertifiedKey server =
        authority.issue(
            LeafRequest.server(
                NAME + "-rw", List.of(NAME + "-rw", NAME + "-r", NAME + "-ro"), YEAR));
    CertifiedKey replication = authority.issue(LeafRequest.client("streaming_replica", YEAR));
    secret(NAME + "-ca", Map.of("ca.crt", authority.certificatePem()));
    secret(
        NAME + "-server", Map.of("tls.crt", server.certificatePem(), "tls.key", server.keyPem()));
    secret(
        NAME + "-replication",
        Map.of("tls.crt", replication.certificatePem(), "tls.key", replication.keyPem()));
    secret(NAME + "-app", Map.of("username", "app", "password", PASSWORD));
  }

  public void secret(String name, Map<String, String> data) {
    ObjectNode secret = Json.object(Resource.SECRETS, NAMESPACE, name);
    ObjectNode encoded = secret.putObject("data");
    data.forEach((key, value) ->
        encoded.put(
            key, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))));
    api.put(Resource.SECRETS, secret);
  }

  // ---- instances

  public TestInstance instance(int serial) {
    return instances.computeIfAbsent(NAME + "-" + serial, name -> new TestInstance(this, name));
  }

  public List<TestInstance> all() {
    return List.copyOf(instances.values());
  }

  /// Makes and starts the first primary.
  public TestInstance startPrimary() throws Exception {
    TestInstance primary = instance(1);
    primary.job(
        "instance",
        "init",
        "--initdb-flags",
        "'--encoding=UTF8' --locale=C --data-checksums",
        "--app-db-name",
        "app",
        "--app-user",
        "app");
    primary.start();
    primary.awaitWritable();
    return primary;
  }

  /// Makes and starts a standby, and waits until it streams.
  public TestInstance addStandby(int serial) throws Exception {
    TestInstance standby = joinStandby(serial);
    standby.awaitStreaming();
    return standby;
  }

  /// Makes and starts a standby.
  public TestInstance joinStandby(int serial) throws Exception {
    TestInstance standby = instance(serial);
    api.change(
        Resource.CLUSTERS,
        NAMESPACE,
        NAME,
        cluster -> cluster.withArray("/status/instanceNames").add(standby.name()));
    standby.job("instance", "join", "--parent-node", NAME + "-rw");
    standby.start();
    return standby;
  }

  public void patchStatus(String field, String value) {
    ObjectNode patch = Json.object();
    patch.putObject("status").put(field, value);
    api.merge(Resource.CLUSTERS, NAMESPACE, NAME, patch);
  }

  public void awaitPhase(String phase) {
    await()
        .atMost(TestInstance.LONG)
        .until(() ->
            api.get(Resource.CLUSTERS, NAMESPACE, NAME)
                .at("/status/phase")
                .asText("")
                .equals(phase));
  }

  public void patchSpec(String json) throws IOException {
    ObjectNode patch = Json.object();
    patch.set("spec", Json.parse(json));
    api.merge(Resource.CLUSTERS, NAMESPACE, NAME, patch);
  }

  public void annotate(String key, String value) {
    ObjectNode patch = Json.object();
    patch.putObject("metadata").putObject("annotations").put(key, value);
    api.merge(Resource.CLUSTERS, NAMESPACE, NAME, patch);
  }

  public String holder() {
    return api.get(Resource.LEASES, NAMESPACE, NAME).path("spec").path("holderIdentity").asText("");
  }

  /// What the Lease says besides its holder; see [LeaseCodec].
  public String leaseField(String name) {
    return api.get(Resource.LEASES, NAMESPACE, NAME)
        .path("metadata")
        .path("annotations")
        .path(LeaseCodec.PREFIX + name)
        .asText();
  }

  /// Frees the Lease of an instance that was destroyed, as the operator does when it has proof.
  public void freeFromTheDead(TestInstance dead) {
    api.change(
        Resource.LEASES,
        NAMESPACE,
        NAME,
        lease -> {
          ObjectNode spec = lease.withObject("/spec");
          ObjectNode annotations = lease.withObject("/metadata/annotations");
          assertThat(spec.path("holderIdentity").asText()).isEqualTo(dead.name());
          spec.put("holderIdentity", "");
          annotations.put(LeaseCodec.PREFIX + "complete", "false");
          annotations.put(LeaseCodec.PREFIX + "preferred", "");
          annotations.put(
              LeaseCodec.PREFIX + "dead",
              annotations.path(LeaseCodec.PREFIX + "incarnation").asText());
        });
  }

  /// Changes with each election.
  public String leaseTerm() {
    return api.get(Resource.LEASES, NAMESPACE, NAME).path("spec").path("leaseTransitions").asText();
  }

  public String currentPrimary() {
    return api.get(Resource.CLUSTERS, NAMESPACE, NAME)
        .path("status")
        .path("currentPrimary")
        .asText("");
  }

  /// Waits until the Lease names an instance among the members; before that it may not take over.
  public void awaitMember(TestInstance instance) {
    await()
        .atMost(TestInstance.LONG)
        .until(() -> leaseField("members").contains(instance.name() + "="));
  }

  public String roleLabel(TestInstance instance) {
    return Json.label(api.get(Resource.PODS, NAMESPACE, instance.name()), "cnpg.io/instanceRole");
  }

  /// The instance behind `-rw`; null while there is none.
  public @Nullable TestInstance routed() {
    for (TestInstance instance : all()) {
      if (roleLabel(instance).equals("primary")) {
        return instance;
      }
    }
    return null;
  }

  public TestInstance primary() {
    TestInstance primary = routed();
    if (primary == null) {
      throw new IllegalStateException("no instance is labelled as primary");
    }
    return primary;
  }

  public List<TestInstance> standbys() {
    TestInstance primary = primary();
    return all().stream().filter(instance -> instance != primary).toList();
  }

  /// Waits until one instance is primary and all others stream from it, on its timeline.
  public void awaitHealthy() {
    await()
        .pollInterval(Duration.ofMillis(100))
        .atMost(TestInstance.LONG)
        .until(() -> {
          TestInstance primary = routed();
          if (primary == null || !primary.isWritable()) {
            return false;
          }
          String timeline = primary.status().path("timeLineID").asText();
          return standbys().stream()
              .map(TestInstance::status)
              .allMatch(status ->
                  status.path("isWalReceiverActive").asBoolean(false)
                      && status.path("timeLineID").asText().equals(timeline));
        });
  }

  /// Waits until another instance than this one accepts writes, and returns it.
  public TestInstance awaitOtherPrimary(TestInstance old) {
    var found = new TestInstance[1];
    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(TestInstance.LONG)
        .until(() -> {
          for (TestInstance instance : all()) {
            if (instance != old && instance.isWritable()) {
              found[0] = instance;
              return true;
            }
          }
          return false;
        });
    return found[0];
  }

  /// Takes a base backup from an instance.
  public void takeBackup(String name, TestInstance from) {
    ObjectNode backup = Json.object(Resource.BACKUPS, NAMESPACE, name);
    backup.withObject("/metadata").put("uid", "uid-of-" + name);
    backup.putObject("spec").putObject("cluster").put("name", NAME);
    ObjectNode begun = backup.putObject("status").put("phase", "started");
    begun.putObject("instanceID").put("podName", from.name()).put("sessionID", "");
    api.put(Resource.BACKUPS, backup);
    await()
        .atMost(TestInstance.LONG)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> List.of("completed", "failed").contains(backup(name, "phase")));
    assertThat(backup(name, "error")).isEmpty();
    assertThat(backup(name, "beginWal")).matches("[0-9A-F]{24}");
    assertThat(backup(name, "backupId")).matches("\\d{8}T\\d{6}");
  }

  private String backup(String name, String field) {
    return api.get(Resource.BACKUPS, NAMESPACE, name).path("status").path(field).asText("");
  }

  @Override
  public void close() {
    kubelet.interrupt();
    try {
      kubelet.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    all().forEach(TestInstance::destroy);
    api.close();
    if (System.getProperty("howdah.keep") == null) {
      ServerUser.delete(folder);
    }
  }
}
