// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.operator.cluster.plan.Action;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A Cluster goes back in place, step by step, and is whole wherever it is cut.
class RestorePlanTest {
  private static final String STORE =
      """
        backup:
          barmanObjectStore:
            destinationPath: s3://b/x
            s3Credentials: {inheritFromIAMRole: true}
      """;

  private static SimulatedCluster two(String more) {
    return new SimulatedCluster(
            """
            metadata: {name: c}
            spec:
              instances: 2
              storage: {size: 1Gi}
            """
                + more)
        .bootstrapped();
  }

  private static SimulatedCluster asked(SimulatedCluster cluster) {
    cluster.put(
        SimulatedCluster.parse(
            """
            apiVersion: howdah.dev/v1alpha1
            kind: Restore
            metadata: {name: r, namespace: db}
            spec: {cluster: {name: c}, recoveryTarget: {targetTime: "2026-03-01T11:00:00Z"}}
            """));
    return cluster;
  }

  private static JsonNode status(SimulatedCluster cluster) {
    return cluster.get("Restore", "r").path("status");
  }

  private static String phase(SimulatedCluster cluster) {
    return status(cluster).path("phase").asText("");
  }

  private static void passUntil(SimulatedCluster cluster, String phase) {
    for (int i = 0; i < 12 && !phase(cluster).equals(phase); i++) {
      cluster.pass();
      if (cluster.names("Pod").isEmpty() && cluster.has("Lease", "c")) {
        cluster.hold("");
      }
    }
    assertThat(phase(cluster)).isEqualTo(phase);
  }

  private static SimulatedCluster atWork() {
    var cluster = asked(two(STORE));
    passUntil(cluster, "Restoring");
    cluster.pass();
    return cluster;
  }

  private static void said(SimulatedCluster cluster, String result) {
    cluster.change(
        "Restore",
        "r",
        r ->
            r.withObject("/status")
                .putObject("outcome")
                .put("result", result)
                .put("backupId", "20260301T000000")
                .put("message", "why."));
    cluster.jobDone("c-1-full-recovery");
  }

  @Test
  void stopsThePrimaryLastAndThenRestoresOnItsVolume() {
    var cluster = asked(two(STORE));

    passUntil(cluster, "Stopping");
    cluster.pass();
    assertThat(cluster.names("Pod")).containsExactly("c-1");
    passUntil(cluster, "Restoring");
    cluster.pass();

    assertThat(cluster.names("Pod")).isEmpty();
    assertThat(cluster.names("Job")).containsExactly("c-1-full-recovery");
    assertThat(cluster.get("Job", "c-1-full-recovery").toString()).contains("--in-place", "\"r\"");
    assertThat(cluster.names("PersistentVolumeClaim")).containsExactly("c-1", "c-2");
    assertThat(cluster.status("phase")).isEqualTo("Restoring in place");
  }

  @Test
  void startsNoServerBeforeTheJobHasSaidHowItEnded() {
    var cluster = atWork();
    cluster.jobDone("c-1-full-recovery");

    cluster.pass();
    cluster.pass();

    assertThat(cluster.names("Pod")).isEmpty();
    assertThat(cluster.names("Job")).containsExactly("c-1-full-recovery"); // begun anew
    assertThat(status(cluster).path("tries").asInt()).isEqualTo(1);
  }

  /// Else it would be tried for ever.
  @Test
  void noJobIsDeletedBeforeItsTryIsCounted() {
    var cluster = atWork();
    cluster.jobDone("c-1-full-recovery");

    List<Action> actions = cluster.decide().actions();

    assertThat(actions).extracting(Action::subject).containsExactly("Restore r", "Restore r");
    assertThat(actions.getFirst()).isInstanceOf(Action.Report.class);
    assertThat(actions.getLast()).isInstanceOf(Action.Delete.class);
  }

  private static String command(SimulatedCluster cluster) {
    return cluster
        .get("Job", "c-1-full-recovery")
        .at("/spec/template/spec/containers/0/command")
        .toString();
  }

  @Test
  void givesUpAfterThreeTriesAndHasTheDataPutBack() {
    var cluster = atWork();
    cluster.change("Restore", "r", r -> r.withObject("/status").put("lastError", "disk is broken"));
    for (int i = 0; i < 3; i++) {
      assertThat(command(cluster)).doesNotContain("--give-up");
      cluster.jobDone("c-1-full-recovery");
      cluster.pass();
      cluster.pass();
    }

    assertThat(command(cluster)).contains("--give-up", "3 times in vain, at last: disk is broken");
    assertThat(cluster.names("Pod")).isEmpty();
    said(cluster, "Unchanged");
    passUntil(cluster, "Failed");
    cluster.pass();
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2");
  }

  @Test
  void isCalledOffByItsDeletionWhileTheJobRuns() {
    var cluster = atWork();
    cluster.change(
        "Restore",
        "r",
        r -> r.withObject("/metadata").put("deletionTimestamp", "2026-03-01T12:00:00Z"));

    cluster.pass();
    assertThat(cluster.names("Job")).isEmpty();
    cluster.pass();
    cluster.pass();

    assertThat(command(cluster)).contains("--give-up", "calls it off");
  }

  @Test
  void theInstanceIsThePrimaryThatStoppedLast() {
    var cluster = asked(two(STORE));
    passUntil(cluster, "Stopping");
    cluster.hold("c-2");
    cluster.pass();
    assertThat(cluster.names("Pod")).containsExactly("c-2");

    passUntil(cluster, "Restoring");

    assertThat(status(cluster).path("instance").asText()).isEqualTo("c-2");
  }

  @Test
  void anUndoNeedsThePrimaryOnTheVolumeWithTheCopy() {
    var cluster = two(STORE);
    for (String name : List.of("old", "undo")) {
      cluster.put(
          SimulatedCluster.parse(
              """
              apiVersion: howdah.dev/v1alpha1
              kind: Restore
              metadata: {name: %s, namespace: db}
              spec: {cluster: {name: c}, undo: true}
              """
                  .formatted(name)));
    }
    cluster.change(
        "Restore",
        "old",
        r ->
            r.putObject("status")
                .put("phase", "Completed")
                .put("endedAt", "2026-03-01T11:00:00Z")
                .put("instance", "c-2"));

    cluster.pass();

    JsonNode status = cluster.get("Restore", "undo").path("status");
    assertThat(status.path("phase").asText()).isEqualTo("Failed");
    assertThat(status.path("message").asText())
        .contains("kept on the volumes of c-2", "howdah promote c c-2");
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2");
  }

  private static SimulatedCluster restored() {
    var cluster = atWork();
    said(cluster, "Restored");
    passUntil(cluster, "Starting");
    cluster.pass();
    cluster.run();
    cluster.ready("c-1");
    cluster.lead("c-1");
    cluster.report();
    for (int i = 0; i < 12 && !phase(cluster).equals("Completed"); i++) {
      cluster.pass();
      cluster.run();
      cluster.report();
    }
    assertThat(phase(cluster)).isEqualTo("Completed");
    return cluster;
  }

  @Test
  void takesABackupOfWhatWasRestoredOnceItIsOver() {
    var cluster = restored();
    cluster.pass();

    String uid = Json.uid(cluster.get("Restore", "r"));
    ObjectNode backup = cluster.get("Backup", "r-after-" + uid.substring(0, 6));
    assertThat(backup.at("/spec/cluster/name").asText()).isEqualTo("c");
    assertThat(Json.label(backup, "howdah.dev/made-for")).isEqualTo(uid);
    assertThat(cluster.get("Restore", "r").path("metadata").path("finalizers")).isEmpty();
  }

  @Test
  void isOverWhenThePrimaryTakesWritesThoughNoStandbyCanBeCloned() {
    var cluster = restored();

    assertThat(cluster.names("Pod")).containsExactly("c-1");
    assertThat(status(cluster).path("message").asText()).contains("howdah restore c --undo");
  }

  @Test
  void aReplicaIsNotTakenBackByItself() {
    var cluster =
        asked(
            two(
                STORE
                    + """
                      bootstrap: {pg_basebackup: {source: far}}
                      replica: {enabled: true, source: far}
                      externalClusters:
                        - {name: far, connectionParameters: {host: far}}
                    """));

    cluster.pass();
    cluster.pass();

    assertThat(phase(cluster)).isEqualTo("Failed");
    assertThat(status(cluster).path("message").asText()).contains("follows far", "promote");
  }

  @Test
  void givesUpTheOtherVolumesAndTheLeaseOnlyWhenRestored() {
    var cluster = atWork();
    said(cluster, "Restored");

    passUntil(cluster, "Starting");

    assertThat(cluster.names("PersistentVolumeClaim")).containsExactly("c-1");
    assertThat(cluster.status("currentPrimary")).isEmpty();
    assertThat(cluster.status("targetPrimary")).isEqualTo("c-1");
    cluster.pass();
    assertThat(cluster.names("Pod")).containsExactly("c-1");
    assertThat(cluster.names("Job")).isEmpty();
  }

  @Test
  void goesOnAsBeforeWhenTheDataIsUnchanged() {
    var cluster = atWork();
    said(cluster, "Unchanged");

    passUntil(cluster, "Failed");
    cluster.pass();

    assertThat(status(cluster).path("message").asText())
        .isEqualTo("why. The data is as it was before.");
    assertThat(cluster.names("PersistentVolumeClaim")).containsExactly("c-1", "c-2");
    assertThat(cluster.status("currentPrimary")).isEqualTo("c-1");
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2");
  }

  @Test
  void refusesWithoutAnArchiveAndTouchesNothing() {
    var cluster = asked(two(""));

    cluster.pass();
    cluster.pass();

    assertThat(phase(cluster)).isEqualTo("Failed");
    assertThat(status(cluster).path("message").asText())
        .contains("no archive", "barmanObjectStore");
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2");
  }

  @Test
  void takesAllVolumesOfTheOtherInstancesAwayTogether() {
    var cluster =
        asked(
            two(
                STORE
                    + "  walStorage: {size: 1Gi}\n  tablespaces: [{name: t, storage: {size: 1Gi}}]\n"));
    passUntil(cluster, "Restoring");
    cluster.pass();
    said(cluster, "Restored");

    passUntil(cluster, "Starting");

    assertThat(cluster.names("PersistentVolumeClaim"))
        .containsExactly("c-1", "c-1-tbs-t", "c-1-wal");
  }

  @Test
  void isCalledOffByItsDeletionBeforeAnyDataIsTouched() {
    var cluster = asked(two(STORE));
    passUntil(cluster, "Stopping");
    cluster.change(
        "Restore",
        "r",
        r -> r.withObject("/metadata").put("deletionTimestamp", "2026-03-01T12:00:00Z"));

    cluster.pass();

    ObjectNode restore = cluster.get("Restore", "r");
    assertThat(restore.path("metadata").path("finalizers")).isEmpty();
    cluster.delete("Restore", Json.name(restore));
    cluster.settle();
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2");
  }

  /// Restored on c-1, whose server can't run anywhere.
  private static SimulatedCluster restoredButDown() {
    var cluster = atWork();
    said(cluster, "Restored");
    passUntil(cluster, "Starting");
    for (int i = 0; i < 3; i++) {
      cluster.pass();
    }
    cluster.change(
        "Pod",
        "c-1",
        pod ->
            pod.putObject("status")
                .put("phase", "Pending")
                .putArray("conditions")
                .addObject()
                .put("type", "PodScheduled")
                .put("status", "False")
                .put("reason", "Unschedulable")
                .put("message", "no node has room"));
    return cluster;
  }

  private static void undo(SimulatedCluster cluster) {
    cluster.put(
        SimulatedCluster.parse(
            """
            apiVersion: howdah.dev/v1alpha1
            kind: Restore
            metadata: {name: undo, namespace: db, creationTimestamp: "2026-03-01T12:30:00Z"}
            spec: {cluster: {name: c}, undo: true}
            """));
  }

  private static String undoPhase(SimulatedCluster cluster) {
    return cluster.get("Restore", "undo").at("/status/phase").asText("");
  }

  @Test
  void saysWhyTheRestoredServerDoesNotTakeWritesAndWhatHelps() {
    var cluster = restoredButDown();
    assertThat(status(cluster).path("message").asText()).contains("the restored server starts");
    cluster.now = cluster.now.plusSeconds(301);

    cluster.pass();

    assertThat(phase(cluster)).isEqualTo("Starting");
    assertThat(status(cluster).path("message").asText())
        .contains("c-1 doesn't take writes: Unschedulable: no node has room", "restore c --undo");
    cluster.notes.clear();
    cluster.pass();
    assertThat(cluster.notes).isEmpty();
  }

  @Test
  void anUndoNeedsNotWaitForAServerThatDoesNotStart() {
    var cluster = restoredButDown();
    undo(cluster);

    for (int i = 0; i < 12 && !undoPhase(cluster).equals("Restoring"); i++) {
      cluster.pass();
    }
    cluster.pass();

    assertThat(phase(cluster)).isEqualTo("Failed");
    assertThat(status(cluster).path("message").asText()).contains("undo takes the data of before");
    assertThat(cluster.names("Backup")).isEmpty();
    assertThat(undoPhase(cluster)).isEqualTo("Restoring");
    assertThat(cluster.get("Restore", "undo").at("/status/instance").asText()).isEqualTo("c-1");
    assertThat(cluster.names("Job")).containsExactly("c-1-full-recovery");
  }

  @Test
  void anUndoFindsTheDataThoughTheRestoreWasDeletedAndNobodyEverLed() {
    var cluster = restoredButDown();
    cluster.delete("Restore", "r");
    undo(cluster);

    for (int i = 0; i < 12 && !undoPhase(cluster).equals("Restoring"); i++) {
      cluster.pass();
    }

    assertThat(undoPhase(cluster)).isEqualTo("Restoring");
  }
}
