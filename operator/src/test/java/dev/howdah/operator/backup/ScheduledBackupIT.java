// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.backup;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.apiserver.ApiServer;
import dev.howdah.apiserver.PodBackend;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.kube.WatchEvent;
import dev.howdah.operator.cache.Mirror;
import dev.howdah.operator.work.Key;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a ScheduledBackup makes, against an API server; the test plays the watches.
class ScheduledBackupIT {
  private static final String NS = "default";
  private static final Key NIGHTLY = new Key(NS, "nightly");
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
  private Mirror<ObjectNode> scheduled;
  private Mirror<BackupView> backups;
  private Mirror<ToldOfBackups> holes;
  private ScheduledBackupController controller;
  private Instant now = Instant.parse("2126-11-21T10:00:00Z");

  @BeforeEach
  void serve() throws Exception {
    api =
        ApiServer.start(
            new ApiServer.Settings(home.resolve("api"), "127.0.0.1", 0),
            List.of(),
            PodBackend.none());
    api.writeKubeconfig(home.resolve("admin"));
    client = new KubeClient(KubeSettings.fromKubeconfig(home.resolve("admin")));
    kind("backups", "Backup");
    kind("scheduledbackups", "ScheduledBackup");
    scheduled =
        new Mirror<>("ScheduledBackup", o -> o, ScheduledBackupIT::cluster, (_, _, _, _) -> {});
    backups =
        new Mirror<>("Backup", BackupView::new, ScheduledBackupIT::cluster, (_, _, _, _) -> {});
    holes =
        new Mirror<>(
            "Cluster",
            ToldOfBackups::of,
            o -> new Key(Json.namespace(o), Json.name(o)),
            (_, _, _, _) -> {});
    InstantSource clock = () -> now;
    controller =
        new ScheduledBackupController(
            client,
            scheduled,
            backups,
            holes,
            new EventRecorder(client, "test", "test", clock),
            clock,
            () -> true);
  }

  @AfterEach
  void stop() {
    client.close();
    api.close();
  }

  private static Key cluster(ObjectNode object) {
    return new Key(NS, object.at("/spec/cluster/name").asText());
  }

  private void kind(String plural, String kind) throws Exception {
    client.create(
        DEFINITIONS,
        Json.parse(
            """
            {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
             "metadata": {"name": "%1$s.postgresql.cnpg.io"},
             "spec": {"group": "postgresql.cnpg.io", "scope": "Namespaced",
              "names": {"plural": "%1$s", "singular": "%3$s", "kind": "%2$s", "listKind": "%2$sList"},
              "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
               "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}}
            """
                .formatted(plural, kind, kind.toLowerCase(java.util.Locale.ROOT))));
  }

  private void schedule(String spec) throws Exception {
    ObjectNode object = Json.object(Resource.SCHEDULED_BACKUPS, NS, NIGHTLY.name());
    object.set("spec", Json.parse(spec));
    client.create(Resource.SCHEDULED_BACKUPS, object);
  }

  private List<ObjectNode> made() {
    return client.list(Resource.BACKUPS, NS, Selection.ALL).items();
  }

  private void watchesCatchUp() {
    backups.accept(NS, new WatchEvent.Listed(made()));
    scheduled.accept(
        NS,
        new WatchEvent.Listed(client.list(Resource.SCHEDULED_BACKUPS, NS, Selection.ALL).items()));
  }

  /// So that the controller's own write of the status, of what it saw, is refused.
  private void somebodyChangesIt() {
    ObjectNode change = Json.object();
    change.withObject("/metadata/annotations").put("seen-by", "somebody");
    client.merge(Resource.SCHEDULED_BACKUPS, NS, NIGHTLY.name(), change);
  }

  private void isOver(ObjectNode backup) throws Exception {
    ObjectNode body = Json.object();
    body.set("status", Json.parse("{\"phase\": \"completed\"}"));
    client.patchStatus(Resource.BACKUPS, NS, Json.name(backup), new Patch.Merge(body));
  }

  private String noted(String field) {
    return client
        .get(Resource.SCHEDULED_BACKUPS, NS, NIGHTLY.name())
        .path("status")
        .path(field)
        .asText("");
  }

  @Test
  void anImmediateBackupIsMadeOnceThoughThatCouldNotBeNoted() throws Exception {
    schedule(
        """
        {"schedule": "@yearly", "immediate": true, "cluster": {"name": "c"}}
        """);
    watchesCatchUp();
    somebodyChangesIt();

    controller.reconcile(NIGHTLY);

    assertThat(made()).hasSize(1);
    assertThat(Json.label(made().getFirst(), Labels.IMMEDIATE_BACKUP)).isEqualTo("true");
    assertThat(noted("lastCheckTime")).isEmpty();

    isOver(made().getFirst());
    now = now.plus(Duration.ofMinutes(2));
    watchesCatchUp();
    controller.reconcile(NIGHTLY);

    assertThat(made()).hasSize(1);
    assertThat(noted("lastCheckTime")).isEqualTo(now.toString());
    assertThat(noted("lastScheduleTime")).isEqualTo(now.toString());
  }

  @Test
  void whatIsDueIsNotedWhileItsOwnBackupIsUnderWay() throws Exception {
    schedule(
        """
        {"schedule": "@yearly", "immediate": true, "cluster": {"name": "c"}}
        """);
    watchesCatchUp();
    somebodyChangesIt();
    controller.reconcile(NIGHTLY);
    watchesCatchUp();

    controller.reconcile(NIGHTLY);

    assertThat(noted("lastCheckTime")).isEqualTo(now.toString());
    assertThat(made()).hasSize(1);
  }

  private void pass() {
    watchesCatchUp();
    controller.reconcile(NIGHTLY);
  }

  @Test
  void runsNeverOverlapAndWhatIsMissedMeanwhileCountsAsOne() throws Exception {
    schedule(
        """
        {"schedule": "@hourly", "cluster": {"name": "c"}}
        """);
    pass();
    assertThat(made()).isEmpty();
    now = now.plus(Duration.ofHours(1));
    pass();
    pass();
    assertThat(made()).hasSize(1);
    now = now.plus(Duration.ofHours(3));
    pass();
    assertThat(made()).hasSize(1);

    isOver(made().getFirst());
    pass();
    pass();

    assertThat(made()).hasSize(2);
    assertThat(noted("lastScheduleTime")).isEqualTo("2126-11-21T12:00:00Z");
    assertThat(noted("nextScheduleTime")).isEqualTo("2126-11-21T15:00:00Z");
  }

  @Test
  void aSuspendedOneMakesNothing() throws Exception {
    schedule(
        """
        {"schedule": "@hourly", "suspend": true, "immediate": true, "cluster": {"name": "c"}}
        """);
    pass();
    now = now.plus(Duration.ofHours(2));
    pass();
    assertThat(made()).isEmpty();

    ObjectNode change = Json.object();
    change.withObject("/spec").put("suspend", false);
    client.merge(Resource.SCHEDULED_BACKUPS, NS, NIGHTLY.name(), change);
    pass();

    assertThat(made()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"self,ScheduledBackup/nightly", "cluster,Cluster/c", "none,''"})
  void itsBackupsBelongToWhomItSays(String whom, String owner) throws Exception {
    kind("clusters", "Cluster");
    client.create(Resource.CLUSTERS, Json.object(Resource.CLUSTERS, NS, "c"));
    schedule(
        """
        {"schedule": "@yearly", "immediate": true, "backupOwnerReference": "%s", "cluster": {"name": "c"},
         "method": "plugin", "target": "primary", "online": false, "pluginConfiguration": {"name": "p"}}
        """
            .formatted(whom));
    pass();

    ObjectNode backup = made().getFirst();
    String owners =
        StreamSupport.stream(backup.at("/metadata/ownerReferences").spliterator(), false)
            .map(o -> o.path("kind").asText() + "/" + o.path("name").asText())
            .collect(Collectors.joining(" "));
    assertThat(owners).isEqualTo(owner);
    assertThat(backup.path("spec"))
        .isEqualTo(
            Json.parse(
                """
                {"cluster": {"name": "c"}, "target": "primary", "method": "plugin",
                 "pluginConfiguration": {"name": "p"}, "online": false}
                """));
  }

  /// The watch may tell of the first one late.
  @Test
  void oneBackupIsMadeBehindAHoleThoughTheWatchIsLate() throws Exception {
    schedule(
        """
        {"schedule": "@yearly", "cluster": {"name": "c"}}
        """);
    watchesCatchUp();
    ObjectNode cluster = Json.object(Resource.CLUSTERS, NS, "c");
    cluster.set(
        "status",
        Json.parse(
            """
            {"conditions": [{"type": "ArchiveComplete", "status": "False", "lastTransitionTime": "2020-01-01T00:00:00Z"}]}
            """));
    holes.accept(NS, new WatchEvent.Listed(List.of(cluster)));

    controller.reconcile(NIGHTLY);
    now = now.plusSeconds(1);
    controller.reconcile(NIGHTLY);

    assertThat(made()).hasSize(1);
  }
}
