// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.operator.cluster.plan.Action;
import dev.howdah.operator.cluster.plan.Plan;
import dev.howdah.operator.tree.Tree;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Maintenance of nodes, and hibernation of a cluster that isn't whole.
class MaintenancePlanTest {
  private static final String HIBERNATION = "cnpg.io/hibernation";

  /// No node may run that pod: where its volume is, is being maintained.
  private static SimulatedCluster homeless(String pod, boolean reuse) {
    var cluster = ClusterPlanTest.three();
    cluster.spec(
        spec -> spec.set("nodeMaintenanceWindow", Tree.map("inProgress", true, "reusePVC", reuse)));
    cluster.settle();
    return cluster.notReady(pod).change("Pod", pod, MaintenancePlanTest::unscheduled);
  }

  private static void unscheduled(ObjectNode pod) {
    pod.withObject("/spec").remove("nodeName");
    ObjectNode status = pod.withObject("/status");
    status.put("phase", "Pending");
    status.set(
        "conditions",
        Tree.list(Tree.map("type", "PodScheduled", "status", "False", "reason", "Unschedulable")));
  }

  @Test
  void aVolumeThatIsReusedWaitsForItsNode() {
    Plan plan = homeless("c-2", true).pass();

    assertThat(plan.actions()).extracting(Action::what).noneMatch(what -> what.contains("deletes"));
  }

  @Test
  void aVolumeThatNeedNotBeKeptIsMadeAnewElsewhere() {
    Plan plan = homeless("c-2", false).pass();

    assertThat(plan.actions())
        .extracting(Action::what)
        .contains("deletes PersistentVolumeClaim c-2", "deletes Pod c-2");
  }

  @Test
  void theVolumeOfThePrimaryIsAlwaysKept() {
    Plan plan = homeless("c-1", false).pass();

    assertThat(plan.actions())
        .extracting(Action::what)
        .noneMatch(what -> what.contains("PersistentVolumeClaim c-1"));
  }

  @Test
  void hibernationWaitsForTheEndOfAFailover() {
    var cluster = ClusterPlanTest.three();
    cluster.notReady("c-1").hold("").settle();
    cluster.annotate(HIBERNATION, "on").settle();

    assertThat(cluster.condition(HIBERNATION).path("reason").asText())
        .isEqualTo("WaitingForHealthy");
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2", "c-3");

    cluster.lead("c-2").run().report();
    for (int i = 0; i < 10; i++) {
      cluster.settle();
    }
    cluster.hold("").settle();
    assertThat(cluster.names("Pod")).isEmpty();
    assertThat(cluster.names("PersistentVolumeClaim")).containsExactly("c-1", "c-2", "c-3");
  }

  @Test
  void hibernationWaitsForHealthAlsoWhereItWasAskedForWronglyFirst() {
    var cluster = ClusterPlanTest.three();
    cluster.notReady("c-1").hold("").settle();
    cluster.annotate("cnpg.io/validation", "disabled").annotate(HIBERNATION, "yes").settle();
    assertThat(cluster.condition(HIBERNATION).path("reason").asText())
        .isEqualTo("WrongAnnotationValue");

    cluster.annotate(HIBERNATION, "on").settle();

    assertThat(cluster.condition(HIBERNATION).path("reason").asText())
        .isEqualTo("WaitingForHealthy");
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2", "c-3");
  }

  /// The API refuses such a value, unless its validation is disabled.
  @ParameterizedTest
  @ValueSource(strings = {"yes", "On", ""})
  void aWrongValueNeitherWakesAClusterUpNorSendsItToSleep(String wrong) {
    var cluster = ClusterPlanTest.three().annotate("cnpg.io/validation", "disabled");
    cluster.annotate(HIBERNATION, wrong).settle();
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2", "c-3");
    cluster.annotate(HIBERNATION, "on");
    cluster.pass();
    assertThat(cluster.names("Pod")).hasSize(2);

    cluster.annotate(HIBERNATION, wrong).settle();
    cluster.hold("").settle();

    assertThat(cluster.names("Pod")).isEmpty();
    var condition = cluster.condition(HIBERNATION);
    assertThat(condition.path("reason").asText()).isEqualTo("Hibernated");
    assertThat(condition.path("message").asText()).contains("\"" + wrong + "\"; write on or off");
    assertThat(cluster.notes).anyMatch(n -> n.warning() && n.message().contains("write on or off"));
    cluster.annotate(HIBERNATION, "off").settle();
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2", "c-3");
  }

  /// What the status says is of the last pass.
  @Test
  void hibernationDoesNotBeginWhereThePrimaryHasFailedSinceTheLastPass() {
    var cluster = ClusterPlanTest.three();
    cluster.notReady("c-1").annotate(HIBERNATION, "on");

    cluster.pass();

    assertThat(cluster.condition(HIBERNATION).path("reason").asText())
        .isEqualTo("WaitingForHealthy");
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2", "c-3");
  }

  @Test
  void hibernationThatHasBegunGoesOnWhateverFails() {
    var cluster = ClusterPlanTest.three().annotate(HIBERNATION, "on");
    cluster.pass();
    assertThat(cluster.names("Pod")).hasSize(2);

    cluster.notReady("c-1").hold("").settle();

    assertThat(cluster.names("Pod")).isEmpty();
    assertThat(cluster.condition(HIBERNATION).path("reason").asText()).isEqualTo("Hibernated");
  }

  @Test
  void aVolumeThatTheClusterGetsInItsSleepCostsNoCopyOfTheData() {
    var cluster = ClusterPlanTest.three().annotate(HIBERNATION, "on");
    for (int i = 0; i < 3; i++) {
      cluster.pass();
    }
    cluster.hold("").settle();
    cluster.spec(spec -> spec.withObject("/walStorage").put("size", "1Gi"));
    String before = volume(cluster, "c-2") + volume(cluster, "c-3");

    cluster.annotate(HIBERNATION, "off").settle();
    cluster.ready("c-1").lead("c-1").report().settle();

    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2", "c-3");
    assertThat(volume(cluster, "c-2") + volume(cluster, "c-3")).isEqualTo(before);
    assertThat(cluster.names("PersistentVolumeClaim")).contains("c-1-wal", "c-2-wal", "c-3-wal");
  }

  @Test
  void aStandbyOfWhichAVolumeIsGoneIsMadeAnew() {
    var cluster = ClusterPlanTest.three();
    cluster.spec(spec -> spec.withObject("/walStorage").put("size", "1Gi"));
    for (int i = 0; i < 12; i++) {
      cluster.pass();
      cluster.settleInstances();
    }
    cluster.delete("Pod", "c-2").delete("PersistentVolumeClaim", "c-2-wal");

    assertThat(cluster.pass().actions())
        .extracting(Action::what)
        .contains("deletes PersistentVolumeClaim c-2");
  }

  /// The operator was lost before all had the new volume, together with a pod.
  @Test
  void aVolumeThatOnlyOthersHaveYetCostsNoCopyOfTheData() {
    var cluster = ClusterPlanTest.three();
    cluster.spec(spec -> spec.withObject("/walStorage").put("size", "1Gi"));
    for (int i = 0; i < 10 && !cluster.has("PersistentVolumeClaim", "c-1-wal"); i++) {
      cluster.interrupted(1);
    }
    assertThat(cluster.names("PersistentVolumeClaim"))
        .contains("c-1-wal")
        .doesNotContain("c-2-wal");
    cluster.delete("Pod", "c-2");

    assertThat(cluster.pass().actions())
        .extracting(Action::what)
        .contains("creates PersistentVolumeClaim c-2-wal", "creates Pod c-2")
        .doesNotContain("deletes PersistentVolumeClaim c-2");
  }

  /// Its name is taken, so it can't be made again: trying that in each pass helps nobody.
  @Test
  void aClaimThatHasLostItsVolumeIsNotMadeOnceMore() {
    var cluster = ClusterPlanTest.three();
    cluster.spec(spec -> spec.withObject("/walStorage").put("size", "1Gi"));
    cluster.pass();
    cluster.change(
        "PersistentVolumeClaim",
        "c-1-wal",
        claim -> claim.withObject("/status").put("phase", "Lost"));

    Plan plan = cluster.decide();

    assertThat(plan.actions())
        .extracting(Action::what)
        .doesNotContain("creates PersistentVolumeClaim c-1-wal");
    assertThat(plan.notes())
        .anyMatch(
            note -> note.reason().equals("VolumeNotUsable") && note.message().contains("c-1-wal"));
  }

  @Test
  void ofInstancesThatServeOneIsMadeAnewAfterTheOther() {
    var cluster = ClusterPlanTest.three();
    for (String pod : List.of("c-2", "c-3")) {
      cluster.change(
          "Pod",
          pod,
          o -> o.withObject("/metadata/annotations").put("alpha.cnpg.io/unrecoverable", "true"));
    }

    String second = volume(cluster, "c-3");
    cluster.pass();
    cluster.pass();
    cluster.pass();
    assertThat(volume(cluster, "c-3")).isEqualTo(second);

    for (int i = 0; i < 5; i++) {
      cluster.run().report();
      cluster.pass();
    }
    assertThat(cluster.log).anyMatch(step -> step.startsWith("deletes PersistentVolumeClaim c-3"));
  }

  private static String volume(SimulatedCluster cluster, String name) {
    return Json.uid(cluster.get("PersistentVolumeClaim", name)) + ' ';
  }
}
