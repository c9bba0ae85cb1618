// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.e2e.embedded.EmbeddedHowdah;
import dev.howdah.e2e.embedded.LocalS3;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/// An embedded Howdah with a Cluster that archives to an S3 server of its own, and what a person
/// would look at.
final class ArchivedScene implements AutoCloseable {
  static final Duration LONG = Duration.ofSeconds(240);
  private static final Path LAUNCHER = Path.of("..", "howdah").toAbsolutePath().normalize();
  private static final Set<String> OVER = Set.of("completed", "failed");

  private final Path scratch;
  final LocalS3 s3;
  final EmbeddedHowdah howdah;
  final Scene scene;

  ArchivedScene() throws Exception {
    scratch = Files.createTempDirectory("howdah-archived");
    s3 = new LocalS3(scratch.resolve("s3"));
    Path manifest = scratch.resolve("cluster.yaml");
    Files.writeString(manifest, NAMES.formatted(Scene.NAMESPACE) + cluster());
    howdah = EmbeddedHowdah.temporary(LAUNCHER);
    scene = new Scene(howdah, manifest);
    scene.upAgain();
  }

  /// A namespace with the Secret for the store.
  static final String NAMES =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: %1$s}
      ---
      apiVersion: v1
      kind: Secret
      metadata: {name: s3, namespace: %1$s}
      stringData: {id: access, key: secret}
      ---
      """;

  /// A store, as an object of YAML in one line.
  String store() {
    return "{destinationPath: 's3://backups/x', endpointURL: 'http://127.0.0.1:%d', s3Credentials: {accessKeyId: {name: s3, key: id}, secretAccessKey: {name: s3, key: key}}, wal: {compression: zstd}, data: {immediateCheckpoint: true}}"
        .formatted(s3.port());
  }

  private String cluster() {
    return """
    apiVersion: postgresql.cnpg.io/v1
    kind: Cluster
    metadata: {name: %s, namespace: %s}
    spec:
      instances: 2
      storage: {size: 1Gi}
      stopDelay: 20
      switchoverDelay: 20
      postgresql:
        synchronous: {method: any, number: 1, dataDurability: required}
      backup:
        barmanObjectStore: %s
    """
        .formatted(Scene.CLUSTER, Scene.NAMESPACE, store());
  }

  void apply(String yaml) throws Exception {
    var applied = howdah.apply(yaml);
    assertThat(applied.exit()).as(applied.output()).isZero();
  }

  /// What a query says; empty while nobody answers.
  String ask(String namespace, String pod, String sql) {
    try {
      var ran = howdah.psql(namespace, pod, "app", sql);
      return ran.exit() == 0 ? ran.output().strip() : "";
    } catch (Exception e) {
      return "";
    }
  }

  /// An object, or an empty one while the API server is away or has none.
  ObjectNode object(Resource resource, String namespace, String name) {
    try {
      return howdah.client().find(resource, namespace, name).orElseGet(Json::object);
    } catch (IOException | java.security.GeneralSecurityException | KubeException e) {
      return Json.object();
    }
  }

  String condition(String namespace, String cluster, String type) {
    for (JsonNode condition :
        object(Resource.CLUSTERS, namespace, cluster).at("/status/conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition.path("status").asText()
            + " "
            + condition.path("reason").asText()
            + ": "
            + condition.path("message").asText();
      }
    }
    return "";
  }

  boolean hasEvent(String namespace, String reason) {
    try {
      return howdah.client().list(Resource.EVENTS, namespace, Selection.ALL).items().stream()
          .anyMatch(event -> event.path("reason").asText().equals(reason));
    } catch (Exception e) {
      return false;
    }
  }

  void backup(String name) throws Exception {
    apply(
        """
        apiVersion: postgresql.cnpg.io/v1
        kind: Backup
        metadata: {name: %s, namespace: %s}
        spec: {cluster: {name: %s}}
        """
            .formatted(name, Scene.NAMESPACE, Scene.CLUSTER));
  }

  ObjectNode awaitOver(String backup) throws Exception {
    EmbeddedHowdah.await(
        "Backup " + backup,
        LONG,
        () ->
            OVER.contains(
                object(Resource.BACKUPS, Scene.NAMESPACE, backup).at("/status/phase").asText()));
    return object(Resource.BACKUPS, Scene.NAMESPACE, backup);
  }

  /// Until the store has all WAL that there is now.
  void awaitArchived(String namespace, String primary) throws Exception {
    var last = new AtomicReference<>("");
    EmbeddedHowdah.await(
        "everything archived",
        LONG,
        () -> {
          if (last.get().isEmpty()) {
            last.set(ask(namespace, primary, "SELECT pg_walfile_name(pg_switch_wal())"));
            return false;
          }
          return ask(
                  namespace,
                  primary,
                  "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%%.ready' AND name <= '%s.ready'"
                      .formatted(last.get()))
              .equals("0");
        });
  }

  /// Everything that is in the archive is good, and no WAL is missing.
  void verify(String namespace, String cluster) throws Exception {
    var verified = howdah.howdah("backup", "verify", cluster, "-n", namespace);
    assertThat(verified.exit()).as(verified.output()).isZero();
    var wal = howdah.howdah("wal", "show", cluster, "-n", namespace);
    assertThat(wal.exit()).as(wal.output()).isZero();
  }

  @Override
  public void close() throws Exception {
    s3.close();
    scene.close();
    howdah.close();
  }
}
