// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.apiserver.ApiServer;
import dev.howdah.apiserver.PodBackend;
import dev.howdah.apiserver.User;
import dev.howdah.kube.ClusterStatus;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.kube.WatchEvent;
import dev.howdah.operator.cache.Mirror;
import dev.howdah.operator.tree.Tree;
import dev.howdah.operator.work.Key;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Backups by snapshots against an API server; the test plays the instance and the storage.
class SnapshotBackupsIT {
  private static final String NS = "default";
  private static final Resource DEFINITIONS =
      new Resource(
          "apiextensions.k8s.io",
          "v1",
          "customresourcedefinitions",
          "CustomResourceDefinition",
          false);

  @TempDir private Path home;
  private ApiServer api;
  private KubeClient client;
  private Mirror<BackupView> backups;
  private BackupController controller;
  private Instant now = Instant.parse("2026-11-21T10:00:00Z");

  @BeforeEach
  void serve() throws Exception {
    api =
        ApiServer.start(
            new ApiServer.Settings(home.resolve("api"), "127.0.0.1", 0),
            List.of(),
            PodBackend.none());
    api.writeKubeconfig(home.resolve("admin"));
    client = new KubeClient(KubeSettings.fromKubeconfig(home.resolve("admin")));
    kind("postgresql.cnpg.io", "backups", "Backup");
    kind("postgresql.cnpg.io", "clusters", "Cluster");
    begin();
    ObjectNode cluster = Json.object(Resource.CLUSTERS, NS, "c");
    cluster.set(
        "spec",
        Json.parse(
            """
            {"backup": {"volumeSnapshot": {
              "labels": {"team": "blue"}, "annotations": {"why": "nightly"}, "className": "fast"}}}
            """));
    client.create(Resource.CLUSTERS, cluster);
    status(Resource.CLUSTERS, "c", "{\"currentPrimary\": \"c-1\"}");
    for (String instance : List.of("c-1", "c-2")) {
      claim(instance, instance, Labels.PG_DATA);
      claim(instance + "-wal", instance, Labels.PG_WAL);
      pod(instance);
    }
  }

  @AfterEach
  void stop() {
    client.close();
    api.close();
  }

  /// As after a restart of the operator: it knows nothing.
  private void begin() {
    begin(client);
  }

  private void begin(KubeClient operator) {
    backups =
        new Mirror<>(
            "Backup",
            BackupView::new,
            object -> new Key(NS, object.at("/spec/cluster/name").asText()),
            (_, before, after, _) -> {
              if (before != null && after == null) {
                controller.gone(before);
              }
            });
    InstantSource clock = () -> now;
    controller =
        new BackupController(
            operator, backups, new EventRecorder(client, "test", "test", clock), clock, () -> true);
  }

  private void kind(String group, String plural, String kind) throws Exception {
    client.create(
        DEFINITIONS,
        Json.parse(
            """
            {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
             "metadata": {"name": "%2$s.%1$s", "annotations": {"api-approved.kubernetes.io": "https://example.org"}},
             "spec": {"group": "%1$s", "scope": "Namespaced",
              "names": {"plural": "%2$s", "singular": "%4$s", "kind": "%3$s", "listKind": "%3$sList"},
              "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
               "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}}
            """
                .formatted(group, plural, kind, kind.toLowerCase(java.util.Locale.ROOT))));
  }

  private void claim(String name, String instance, String role) throws Exception {
    ObjectNode claim = Json.object(Resource.PERSISTENT_VOLUME_CLAIMS, NS, name);
    claim
        .withObject("/metadata/labels")
        .put(Labels.CLUSTER, "c")
        .put(Labels.INSTANCE_NAME, instance)
        .put(Labels.PVC_ROLE, role)
        .put(Labels.APP_NAME, Labels.NAME_POSTGRESQL);
    claim.set(
        "spec",
        Json.parse(
            "{\"accessModes\": [\"ReadWriteOnce\"], \"resources\": {\"requests\": {\"storage\":"
                + " \"1Gi\"}}}"));
    client.create(Resource.PERSISTENT_VOLUME_CLAIMS, claim);
  }

  private void pod(String name) throws Exception {
    ObjectNode pod = Json.object(Resource.PODS, NS, name);
    pod.withObject("/metadata/labels").put(Labels.CLUSTER, "c").put(Labels.POD_ROLE, "instance");
    pod.set("spec", Json.parse("{\"containers\": [{\"name\": \"postgres\", \"image\": \"x\"}]}"));
    client.create(Resource.PODS, pod);
    status(
        Resource.PODS,
        name,
        """
        {"conditions": [{"type": "Ready", "status": "True"}],
         "containerStatuses": [{"name": "postgres", "containerID": "x", "image": "x", "imageID": "x",
           "ready": true, "restartCount": 0}]}
        """);
  }

  private void status(Resource kind, String name, String status) throws Exception {
    ObjectNode body = Json.object();
    body.set("status", Json.parse(status));
    client.patchStatus(kind, NS, name, new Patch.Merge(body));
  }

  private void backup(String name, String more) throws Exception {
    ObjectNode backup = Json.object(Resource.BACKUPS, NS, name);
    backup.set(
        "spec",
        Json.parse(
            "{\"cluster\": {\"name\": \"c\"}, \"method\": \"volumeSnapshot\"%s}".formatted(more)));
    client.create(Resource.BACKUPS, backup);
  }

  private void pass(String name) {
    backups.accept(
        NS, new WatchEvent.Listed(client.list(Resource.BACKUPS, NS, Selection.ALL).items()));
    controller.reconcile(new Key(NS, name));
  }

  private void passes(String name) {
    for (int i = 0; i < 4; i++) {
      pass(name);
    }
  }

  private JsonNode of(String name) {
    return client.get(Resource.BACKUPS, NS, name).path("status");
  }

  private JsonNode cluster() {
    return client.get(Resource.CLUSTERS, NS, "c");
  }

  private List<String> cut() {
    return client.list(Resource.VOLUME_SNAPSHOTS, NS, Selection.ALL).items().stream()
        .map(Json::name)
        .sorted()
        .toList();
  }

  private void ready(String... names) throws Exception {
    for (String name : names) {
      status(
          Resource.VOLUME_SNAPSHOTS,
          name,
          "{\"creationTime\": \"%s\", \"readyToUse\": true}".formatted(now));
    }
  }

  private void instanceTakes(String name) throws Exception {
    status(Resource.BACKUPS, name, "{\"instanceID\": {\"sessionID\": \"run\"}}");
  }

  private void instanceHolds(String name) throws Exception {
    status(
        Resource.BACKUPS,
        name,
        """
        {"phase": "running", "startedAt": "%s", "beginWal": "000000030000000000000004", "beginLSN": "0/4000028",
         "majorVersion": 17, "pluginMetadata": {"howdah.dev/pgControldata": "Database cluster state: x"}}
        """
            .formatted(now));
  }

  private void instanceIsDone(String name, String more) throws Exception {
    status(
        Resource.BACKUPS,
        name,
        """
        {"phase": "finalizing", "stoppedAt": "%s", "endWal": "000000030000000000000005", "endLSN": "0/5000028"%s}
        """
            .formatted(now, more));
  }

  private void snapshots() throws Exception {
    kind("snapshot.storage.k8s.io", "volumesnapshots", "VolumeSnapshot");
  }

  @Test
  void withoutTheKindItFailsAndSaysWhatToInstall() throws Exception {
    backup("s", "");
    passes("s");

    assertThat(of("s").path("phase").asText()).isEqualTo("failed");
    assertThat(of("s").path("error").asText())
        .contains("no kind VolumeSnapshot", "install a CSI driver's snapshot controller");
    client.delete(Resource.BACKUPS, NS, "s", DeleteOptions.DEFAULT);
    assertThat(client.find(Resource.BACKUPS, NS, "s")).isEmpty();
    passes("s");
  }

  @Test
  void snapshotsTellWhatTheyAreOfAndTheClusterWhatIsRecoverable() throws Exception {
    snapshots();
    backup("s", "");
    pass("s");
    assertThat(of("s").at("/instanceID/podName").asText()).isEqualTo("c-2");
    instanceTakes("s");
    instanceHolds("s");
    begin(); // the operator ends here, another one goes on
    passes("s");
    assertThat(cut()).containsExactly("s");
    ready("s");
    passes("s");
    assertThat(cut()).containsExactly("s", "s-wal");
    ready("s-wal");
    passes("s");
    assertThat(of("s").at("/snapshotBackupStatus/elements")).hasSize(2);
    now = now.plusSeconds(60);
    instanceIsDone("s", ", \"backupLabelFile\": \"bGFiZWw=\"");
    passes("s");

    assertThat(of("s").path("phase").asText()).isEqualTo("completed");
    assertThat(of("s").at("/pluginMetadata/howdah.dev~1pgControldata").isMissingNode()).isTrue();
    ObjectNode wal = client.get(Resource.VOLUME_SNAPSHOTS, NS, "s-wal");
    assertThat(wal.at("/spec/volumeSnapshotClassName").asText()).isEqualTo("fast");
    assertThat(Tree.texts(wal.at("/metadata/labels")))
        .isEqualTo(
            Map.ofEntries(
                Map.entry("team", "blue"),
                Map.entry("cnpg.io/cluster", "c"),
                Map.entry("cnpg.io/instanceName", "c-2"),
                Map.entry("cnpg.io/pvcRole", "PG_WAL"),
                Map.entry("cnpg.io/backupName", "s"),
                Map.entry("cnpg.io/backupYear", "2026"),
                Map.entry("cnpg.io/backupMonth", "202611"),
                Map.entry("cnpg.io/backupDate", "20261121"),
                Map.entry("cnpg.io/backupTimeline", "3"),
                Map.entry("cnpg.io/majorVersion", "17"),
                Map.entry("app.kubernetes.io/name", "postgresql")));
    JsonNode notes = wal.at("/metadata/annotations");
    assertThat(notes.path("cnpg.io/onlineBackup").asText()).isEqualTo("true");
    assertThat(notes.path("why").asText()).isEqualTo("nightly");
    assertThat(notes.path("cnpg.io/backupStartWAL").asText()).endsWith("04");
    assertThat(notes.path("cnpg.io/backupEndWAL").asText()).endsWith("05");
    assertThat(notes.path("cnpg.io/backupStartTime").asText()).isEqualTo("2026-11-21T10:00:00Z");
    assertThat(notes.path("cnpg.io/backupEndTime").asText()).isEqualTo("2026-11-21T10:01:00Z");
    assertThat(notes.path("cnpg.io/snapshotStartTime").asText()).isEqualTo("2026-11-21T10:00:00Z");
    assertThat(notes.path("cnpg.io/snapshotEndTime").asText()).isEqualTo("2026-11-21T10:01:00Z");
    assertThat(notes.path("cnpg.io/backupLabelFile").asText()).isEqualTo("bGFiZWw=");
    assertThat(notes.path("cnpg.io/pgControldata").asText()).contains("Database cluster state");
    assertThat(Json.read(notes.path("cnpg.io/clusterManifest").asText()).at("/spec/backup"))
        .isEqualTo(cluster().at("/spec/backup"));

    JsonNode status = cluster().path("status");
    assertThat(status.path("lastSuccessfulBackup").asText()).isEqualTo("2026-11-21T10:01:00Z");
    assertThat(status.at("/firstRecoverabilityPointByMethod/volumeSnapshot").asText())
        .isEqualTo("2026-11-21T10:01:00Z");
    assertThat(status.at("/conditions/0/type").asText()).isEqualTo("LastBackupSucceeded");
    assertThat(status.at("/conditions/0/status").asText()).isEqualTo("True");
    client.delete(Resource.BACKUPS, NS, "s", DeleteOptions.DEFAULT);
    passes("s");
    assertThat(cut()).as("nobody owns them").containsExactly("s", "s-wal");
  }

  @Test
  void aBackupThatIsDeletedMidwayLeavesNothing() throws Exception {
    snapshots();
    backup("s", "");
    pass("s");
    instanceTakes("s");
    instanceHolds("s");
    passes("s");
    assertThat(cut()).containsExactly("s");
    client.delete(Resource.BACKUPS, NS, "s", DeleteOptions.DEFAULT);
    begin();
    passes("s");

    assertThat(cut()).isEmpty();
    assertThat(client.find(Resource.BACKUPS, NS, "s")).isEmpty();
    assertThat(cluster().at("/status/conditions/0/message").asText())
        .isEqualTo("Backup s was deleted before it was complete");
    assertThat(cluster().at("/status/lastFailedBackup").asText()).isNotEmpty();
  }

  @Test
  void aStandbyIsStoppedForAnOfflineBackupAndGoesOnInAnyCase() throws Exception {
    snapshots();
    backup("s", ", \"online\": false");
    pass("s");
    passes("s");
    assertThat(fences()).isEmpty();
    instanceTakes("s");
    passes("s");
    assertThat(fences()).isEqualTo("[\"c-2\"]");
    assertThat(cut()).isEmpty();
    instanceHolds("s");
    passes("s");
    assertThat(cut()).containsExactly("s", "s-wal");
    ready("s", "s-wal");
    passes("s");
    assertThat(fences()).isEqualTo("[\"c-2\"]");
    instanceIsDone("s", "");
    passes("s");
    assertThat(fences()).isEmpty();
    assertThat(of("s").path("phase").asText()).isEqualTo("completed");
    assertThat(
            client
                .get(Resource.VOLUME_SNAPSHOTS, NS, "s")
                .at("/metadata/annotations/cnpg.io~1onlineBackup")
                .asText())
        .isEqualTo("false");

    backup("t", ", \"online\": false");
    passes("t");
    instanceTakes("t");
    passes("t");
    instanceHolds("t");
    passes("t");
    assertThat(fences()).isEqualTo("[\"c-2\"]");
    client.delete(Resource.PODS, NS, "c-2", new DeleteOptions(null, null, null, Duration.ZERO));
    begin();
    passes("t");
    assertThat(of("t").path("error").asText()).contains("pod c-2 is gone", "take another backup");
    assertThat(fences()).isEmpty();
    assertThat(cut()).containsExactly("s", "s-wal");
    assertThat(client.get(Resource.BACKUPS, NS, "t").at("/metadata/finalizers")).isEmpty();
  }

  @Test
  void theFenceIsLiftedThoughTheSnapshotsCannotBeDeleted() throws Exception {
    snapshots();
    String name = "s".repeat(64); // no label, so the server refuses to look for it
    backup(name, ", \"online\": false");
    status(
        Resource.BACKUPS,
        name,
        "{\"phase\": \"failed\", \"online\": false, \"instanceID\": {\"podName\": \"c-2\"}}");
    ObjectNode held = Json.object();
    held.withObject("/metadata").putArray("finalizers").add(BackupView.FINALIZER);
    client.merge(Resource.BACKUPS, NS, name, held);
    ObjectNode fenced = Json.object();
    fenced.withObject("/metadata/annotations").put("cnpg.io/fencedInstances", "[\"c-2\"]");
    client.merge(Resource.CLUSTERS, NS, "c", fenced);

    assertThatThrownBy(() -> pass(name)).isInstanceOf(KubeException.class);
    assertThat(fences()).isEmpty();
  }

  @Test
  void whatTheServerRefusesToCutFailsAtOnceAndIsUnfenced() throws Exception {
    snapshots();
    ObjectNode wrong = Json.object();
    wrong.withObject("/spec/backup/volumeSnapshot/labels").put("team", "not a label");
    client.merge(Resource.CLUSTERS, NS, "c", wrong);
    backup("s", ", \"online\": false");
    pass("s");
    instanceTakes("s");
    passes("s");
    assertThat(fences()).isEqualTo("[\"c-2\"]");
    instanceHolds("s");
    passes("s");

    assertThat(of("s").path("phase").asText()).isEqualTo("failed");
    assertThat(of("s").path("error").asText())
        .contains("refused VolumeSnapshot s", "not a label", "take another backup");
    assertThat(fences()).isEmpty();
    assertThat(client.get(Resource.BACKUPS, NS, "s").at("/metadata/finalizers")).isEmpty();
  }

  private String fences() {
    return Json.annotation(cluster(), "cnpg.io/fencedInstances");
  }

  @Test
  void whatTheBackupOwnsGoesWithItAndTheClusterSaysSo() throws Exception {
    snapshots();
    ObjectNode owned = Json.object();
    owned.withObject("/spec/backup/volumeSnapshot").put("snapshotOwnerReference", "backup");
    client.merge(Resource.CLUSTERS, NS, "c", owned);
    backup("s", ", \"target\": \"primary\"");
    pass("s");
    assertThat(of("s").at("/instanceID/podName").asText()).isEqualTo("c-1");
    instanceTakes("s");
    instanceHolds("s");
    passes("s");
    ready("s");
    passes("s");
    ready("s-wal");
    passes("s");
    instanceIsDone("s", "");
    passes("s");
    assertThat(cluster().at("/status/lastSuccessfulBackup").asText()).isNotEmpty();
    assertThat(
            client
                .get(Resource.VOLUME_SNAPSHOTS, NS, "s")
                .at("/metadata/ownerReferences/0/kind")
                .asText())
        .isEqualTo("Backup");

    client.delete(Resource.BACKUPS, NS, "s", DeleteOptions.DEFAULT);
    passes("s");
    assertThat(cluster().at("/status/lastSuccessfulBackup").isMissingNode()).isTrue();
  }

  /// Completes one of the standby.
  private void completed(String name) throws Exception {
    backup(name, "");
    passes(name);
    instanceTakes(name);
    instanceHolds(name);
    passes(name);
    ready(name);
    passes(name);
    ready(name + "-wal");
    passes(name);
    instanceIsDone(name, "");
    passes(name);
    assertThat(of(name).path("phase").asText()).isEqualTo("completed");
  }

  @Test
  void snapshotsThatSomebodyDeletesByHandAreNoLongerSaidToBeRecoverable() throws Exception {
    snapshots();
    completed("old");
    String first = cluster().at("/status/firstRecoverabilityPoint").asText();
    now = now.plusSeconds(3600);
    completed("new");
    assertThat(cluster().at("/status/firstRecoverabilityPoint").asText()).isEqualTo(first);
    var times = new SnapshotTimes(client, backups, () -> now);

    client.delete(Resource.VOLUME_SNAPSHOTS, NS, "old", DeleteOptions.DEFAULT);
    times.look(new Key(NS, "c"));
    assertThat(cluster().at("/status/firstRecoverabilityPoint").asText())
        .isEqualTo(now.toString())
        .isEqualTo(
            cluster().at("/status/firstRecoverabilityPointByMethod/volumeSnapshot").asText());
    String version = Json.resourceVersion(cluster());
    times.look(new Key(NS, "c"));
    assertThat(Json.resourceVersion(cluster())).isEqualTo(version);

    client.delete(Resource.VOLUME_SNAPSHOTS, NS, "new", DeleteOptions.DEFAULT);
    times.look(new Key(NS, "c"));
    assertThat(cluster().at("/status/firstRecoverabilityPoint").isMissingNode()).isTrue();
    assertThat(ToldOfBackups.of((ObjectNode) cluster()).listsSnapshots()).isFalse();
  }

  @Test
  void whatWasSaidOfTheStoreUnderAnotherMethodIsNoLongerSaid() {
    var status = new ClusterStatus(client, NS, "c", () -> now);
    status.putBackups("volumeSnapshot", "2026-11-21T03:00:00Z", "2026-11-21T04:00:00Z");
    status.putBackups("barmanObjectStore", "2026-11-21T01:00:00Z", "2026-11-21T02:00:00Z");

    status.putBackups("plugin", "2026-11-21T05:00:00Z", "2026-11-21T06:00:00Z");

    JsonNode said = cluster().path("status");
    assertThat(said.at("/firstRecoverabilityPointByMethod/plugin").asText())
        .isEqualTo("2026-11-21T05:00:00Z");
    assertThat(said.path("firstRecoverabilityPointByMethod")).hasSize(2);
    assertThat(said.path("firstRecoverabilityPoint").asText()).isEqualTo("2026-11-21T03:00:00Z");
    assertThat(said.path("lastSuccessfulBackup").asText()).isEqualTo("2026-11-21T06:00:00Z");
  }

  @Test
  void aPermissionThatIsMissingIsSaidInTheBackupAndTheRestIsDoneOnceItIsThere() throws Exception {
    snapshots();
    allow("[\"*\"]");
    Path file = home.resolve("operator");
    api.writeKubeconfig(file, User.serviceAccount("ops", "operator"), "ops");
    try (var operator = new KubeClient(KubeSettings.fromKubeconfig(file))) {
      begin(operator);
      backup("s", "");
      passes("s");
      instanceTakes("s");
      allow("[\"get\", \"create\", \"patch\"]");
      status(Resource.BACKUPS, "s", "{\"phase\": \"failed\", \"error\": \"the disk broke\"}");
      passes("s");

      assertThat(of("s").path("error").asText())
          .startsWith("the disk broke [not tidied up yet] the operator lacks a permission")
          .contains("cannot list resource \"volumesnapshots\"", "bring its role up to date");
      assertThat(client.get(Resource.BACKUPS, NS, "s").at("/metadata/finalizers")).hasSize(1);

      allow("[\"*\"]");
      passes("s");
      assertThat(of("s").path("error").asText()).isEqualTo("the disk broke");
      assertThat(client.get(Resource.BACKUPS, NS, "s").at("/metadata/finalizers")).isEmpty();
    }
  }

  /// What the operator may do with VolumeSnapshots; of all else everything.
  private void allow(String verbs) throws Exception {
    var roles =
        new Resource("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false);
    var bindings =
        new Resource(
            "rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false);
    ObjectNode role = Json.object(roles, "", "operator");
    role.set(
        "rules",
        Json.parse(
                """
                {"rules": [
                  {"apiGroups": ["", "postgresql.cnpg.io"], "resources": ["*"], "verbs": ["*"]},
                  {"apiGroups": ["snapshot.storage.k8s.io"], "resources": ["*"], "verbs": %s}]}
                """
                    .formatted(verbs))
            .path("rules"));
    if (client.find(roles, "", "operator").isPresent()) {
      client.merge(roles, "", "operator", role);
      return;
    }
    client.create(roles, role);
    ObjectNode binding = Json.object(bindings, "", "operator");
    binding.setAll(
        Json.parse(
            """
            {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "operator"},
             "subjects": [{"kind": "ServiceAccount", "name": "operator", "namespace": "ops"}]}
            """));
    client.create(bindings, binding);
  }
}
