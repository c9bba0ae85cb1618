// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// What a Restore has kept may be the only copy of what was written before it: for a day nothing
/// takes its volumes away, whoever is the primary by then.
class KeptDataTest {
  private static final Instant RESTORED = Instant.parse("2026-03-01T11:00:00Z");

  /// Restored on c-1, which isn't the primary any more; the Restore itself was deleted.
  private static SimulatedCluster failedOver(int instances, String more) {
    var cluster =
        new SimulatedCluster(
                """
                metadata: {name: c}
                spec:
                  instances: %d
                  storage: {size: 1Gi}
                  backup:
                    barmanObjectStore:
                      destinationPath: s3://b/x
                      s3Credentials: {inheritFromIAMRole: true}
                """
                        .formatted(instances)
                    + more)
            .bootstrapped();
    cluster.change(
        "PersistentVolumeClaim",
        "c-1",
        claim ->
            claim
                .withObject("/metadata/annotations")
                .put("howdah.dev/keptDataSince", RESTORED.toString()));
    cluster.lead("c-2");
    cluster.report();
    for (int i = 0; i < 3; i++) {
      cluster.settle();
      cluster.run();
      cluster.report();
    }
    cluster.notes.clear();
    return cluster;
  }

  private static JsonNode restore(SimulatedCluster cluster, String spec) {
    cluster.put(
        SimulatedCluster.parse(
            """
            apiVersion: howdah.dev/v1alpha1
            kind: Restore
            metadata: {name: r, namespace: db}
            spec: {cluster: {name: c}, %s}
            """
                .formatted(spec)));
    cluster.pass();
    cluster.pass();
    return cluster.get("Restore", "r").path("status");
  }

  @Test
  void anotherRestoreDoesNotTakeItAway() {
    var cluster = failedOver(2, "");

    JsonNode status = restore(cluster, "recoveryTarget: {targetTime: \"2026-03-01T11:30:00Z\"}");

    assertThat(status.path("phase").asText()).isEqualTo("Failed");
    assertThat(status.path("message").asText())
        .contains("the volumes of c-1 keep", "howdah promote c c-1", "howdah restore c --forget");
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2");
  }

  @Test
  void anUndoFindsItThoughTheRestoreIsGone() {
    var cluster = failedOver(2, "");

    JsonNode status = restore(cluster, "undo: true");

    assertThat(status.path("phase").asText()).isEqualTo("Failed");
    assertThat(status.path("message").asText())
        .contains("kept on the volumes of c-1", "howdah promote c c-1");
  }

  @Test
  void isNotInTheWayWhenItsDayIsOverOrAPersonSaysSo() {
    var over = failedOver(2, "");
    over.now = RESTORED.plus(Duration.ofHours(25));
    var said = failedOver(2, "").annotate("howdah.dev/keptDataNotNeeded", "2026-03-01T11:30:00Z");

    for (SimulatedCluster cluster : new SimulatedCluster[] {over, said}) {
      JsonNode status = restore(cluster, "recoveryTarget: {targetTime: \"2026-03-01T11:30:00Z\"}");
      assertThat(status.path("phase").asText()).isEqualTo("Stopping");
    }
  }

  @Test
  void isNotTheOneThatGoesWhenThereAreTooMany() {
    var cluster = failedOver(3, "");
    cluster.notReady("c-1");
    cluster.spec(spec -> spec.put("instances", 2));

    cluster.settle();

    assertThat(cluster.names("PersistentVolumeClaim")).containsExactly("c-1", "c-2");
  }

  @Test
  void staysWhenNoOtherCouldGo() {
    var cluster = failedOver(2, "");
    cluster.spec(spec -> spec.put("instances", 1));

    cluster.settle();

    assertThat(cluster.names("PersistentVolumeClaim")).containsExactly("c-1", "c-2");
    assertThat(cluster.notes)
        .anySatisfy(note ->
            assertThat(note.toString()).contains("NoScaleDown", "howdah restore c --forget"));
  }

  @Test
  void isNotMadeAnewForAVolumeThatIsGone() {
    var cluster = failedOver(2, "  walStorage: {size: 1Gi}\n");
    cluster.delete("Pod", "c-1");
    cluster.delete("PersistentVolumeClaim", "c-1-wal");

    cluster.settle();

    assertThat(cluster.names("PersistentVolumeClaim")).contains("c-1");
    assertThat(cluster.notes)
        .anySatisfy(note ->
            assertThat(note.toString()).contains("KeptDataInTheWay", "howdah restore c --forget"));
  }

  @Test
  void isNotedBeforeAnyOtherVolumeGoes() {
    var cluster = failedOver(2, "");
    cluster.lead("c-1");
    cluster.report();
    restore(cluster, "recoveryTarget: {targetTime: \"2026-03-01T11:30:00Z\"}");
    for (int i = 0; i < 12 && cluster.names("Job").isEmpty(); i++) {
      cluster.pass();
      if (cluster.names("Pod").isEmpty()) {
        cluster.hold("");
      }
    }
    cluster.change(
        "Restore",
        "r",
        r -> r.withObject("/status").putObject("outcome").put("result", "Restored"));
    cluster.jobDone("c-1-full-recovery");

    cluster.pass();

    assertThat(
            Json.annotation(
                cluster.get("PersistentVolumeClaim", "c-1"), "howdah.dev/keptDataSince"))
        .isEqualTo(cluster.now.toString());
    assertThat(cluster.names("PersistentVolumeClaim")).containsExactly("c-1", "c-2");
    cluster.pass();
    assertThat(cluster.names("PersistentVolumeClaim")).containsExactly("c-1");
  }
}
