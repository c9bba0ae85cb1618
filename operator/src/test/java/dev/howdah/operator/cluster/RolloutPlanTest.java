// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static dev.howdah.operator.cluster.SimulatedCluster.said;
import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.operator.cluster.observed.InstanceReport;
import dev.howdah.operator.cluster.plan.Action;
import dev.howdah.operator.cluster.plan.Note;
import dev.howdah.operator.cluster.plan.Plan;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RolloutPlanTest {
  private static SimulatedCluster three() {
    return ClusterPlanTest.three();
  }

  private static SimulatedCluster image(SimulatedCluster cluster, String tag) {
    return cluster.spec(spec -> spec.put("imageName", "example.org/postgresql:" + tag));
  }

  /// Restarts what the plans ask for until nothing is asked for any more; answers in which order.
  private static List<String> restarts(SimulatedCluster cluster) {
    var order = new ArrayList<String>();
    for (int i = 0; i < 20; i++) {
      Plan plan = cluster.pass();
      plan.actions().stream()
          .filter(a -> a instanceof Action.Delete)
          .map(Action::subject)
          .forEach(order::add);
      cluster.settleInstances();
    }
    return order;
  }

  @Test
  void restartsTheStandbyThatLagsMostFirstAndThePrimaryLast() {
    var cluster = three();
    cluster.report("c-2", said(false, "0/4000000", false, false));
    image(cluster, "17.3");

    Plan first = cluster.decide();
    assertThat(first.phase()).isEqualTo("Upgrading cluster");
    assertThat(first.phaseReason())
        .isEqualTo(
            "Restarting instance c-2, because: the instance is using a different image:"
                + " example.org/postgresql:17.2 -> example.org/postgresql:17.3");
    assertThat(first.actions()).extracting(Action::what).containsExactly("deletes Pod c-2");
    assertThat(restarts(cluster)).containsExactly("c-2", "c-3", "c-1");
    assertThat(cluster.pass().settled()).isTrue();
  }

  /// The new primary is labelled before the operator hears of it.
  @Test
  void doesNotRestartAStandbyThatHasBecomeThePrimaryMeanwhile() {
    var cluster = image(three(), "17.3");

    assertThat(cluster.decide().actions())
        .singleElement()
        .isInstanceOfSatisfying(
            Action.Delete.class,
            delete -> assertThat(delete.guard()).isEqualTo(Action.Guard.UNCHANGED));
  }

  @Test
  void stopsAtTheFirstInstanceThatDoesNotComeBack() {
    var cluster = image(three(), "17.3");
    cluster.pass();
    cluster.pass();
    assertThat(cluster.names("Pod")).hasSize(3);

    for (int i = 0; i < 5; i++) {
      assertThat(cluster.pass().actions()).isEmpty();
    }
  }

  @Test
  void replacesAPodThatNeverCameUpWhenItsImageIsCorrected() {
    var cluster = image(three(), "17.9");
    cluster.pass();
    cluster.pass();
    String stuck = cluster.names("Pod").getLast();
    cluster.change("Pod", stuck, o -> o.withObject("/status").put("phase", "Pending"));
    image(cluster, "17.2");

    assertThat(cluster.decide().actions())
        .extracting(Action::what)
        .containsExactly("deletes Pod " + stuck);
  }

  @Test
  void switchesOverInsteadOfRestartingThePrimaryWhereAsked() {
    var cluster = three();
    cluster.spec(spec -> spec.put("primaryUpdateMethod", "switchover"));
    image(cluster, "17.3");
    restart(cluster, "c-3");
    restart(cluster, "c-2");
    cluster.report("c-2", said(false, "0/6000000", false, false));

    Plan plan = cluster.pass();

    assertThat(plan.actions())
        .extracting(Action::what)
        .containsExactly("makes c-2 the target primary");
    assertThat(plan.phase()).isEqualTo("Switchover in progress");
    cluster.lead("c-2").report();
    assertThat(restarts(cluster)).containsExactly("c-1");
  }

  @Test
  void saysThatThePrimaryOnlyRestartsBeforeItsPodGoesAndLetsNobodyHelpTheOthersMeanwhile() {
    var cluster = image(three(), "17.3");
    restart(cluster, "c-3");
    restart(cluster, "c-2");

    assertThat(cluster.pass().actions()).as("first the status says so").isEmpty();
    assertThat(cluster.status("phase"))
        .isEqualTo("Primary instance is being restarted without a switchover");
    assertThat(cluster.pass().actions())
        .extracting(Action::what)
        .containsExactly("deletes Pod c-1");
    assertThat(cluster.pass().actions())
        .extracting(Action::what)
        .as("the Lease isn't freed for others")
        .contains("creates Pod c-1")
        .noneMatch(what -> what.contains("Lease"));
    cluster.notReady("c-1");
    assertThat(cluster.pass().phase())
        .isEqualTo("Primary instance is being restarted without a switchover");
    cluster.settleInstances();
    cluster.pass();
    assertThat(cluster.pass().phase()).isEqualTo("Cluster in healthy state");
    assertThat(cluster.status("currentPrimary")).isEqualTo("c-1");
  }

  private static void restart(SimulatedCluster cluster, String pod) {
    Plan plan = cluster.pass();
    assertThat(plan.actions()).extracting(Action::subject).containsExactly(pod);
    cluster.settleInstances();
  }

  @Test
  void leavesThePrimaryToAPersonWhereSupervised() {
    var cluster = three();
    cluster.spec(spec -> spec.put("primaryUpdateStrategy", "supervised"));
    image(cluster, "17.3");

    assertThat(restarts(cluster)).containsExactlyInAnyOrder("c-2", "c-3");
    assertThat(cluster.status("phase")).isEqualTo("Waiting for user action");
    assertThat(cluster.status("phaseReason")).isEqualTo("User must issue a supervised switchover");
  }

  @Test
  void restartsPostgresOfThePrimaryInPlaceForASetting() {
    var cluster = three();
    cluster.report("c-1", said(true, "0/5000000", true, false));

    Plan plan = cluster.pass();

    assertThat(plan.actions()).isEmpty();
    assertThat(plan.phase()).isEqualTo("Primary instance is being restarted in-place");
  }

  @Test
  void restartsStandbysFirstForASettingThatGrows() {
    var cluster = three();
    cluster.report("c-1", said(true, "0/5000000", true, false));
    cluster.report("c-2", said(false, "0/5000000", true, false));

    assertThat(cluster.decide().actions())
        .extracting(Action::what)
        .containsExactly("deletes Pod c-2");
  }

  @Test
  void leavesThePrimaryAloneUntilAllStandbysHaveReadTheNewConfiguration() {
    var cluster = three();
    cluster.report("c-1", said(true, "0/5000000", true, false));
    cluster.report("c-2", with(said(false, "0/5000000", false, false), "older", true));

    Plan early = cluster.decide();
    cluster.report("c-2", with(said(false, "0/5000000", true, false), "hash", true));

    assertThat(early.actions()).isEmpty();
    assertThat(early.phase()).isNotEqualTo("Primary instance is being restarted in-place");
    assertThat(cluster.decide().actions())
        .extracting(Action::what)
        .containsExactly("deletes Pod c-2");
  }

  @Test
  void restartsAStandbyThatCannotFollowWithItsOldSetting() {
    var cluster = three();
    cluster.report("c-2", with(said(false, "0/5000000", true, false), "hash", false));

    assertThat(cluster.decide().actions())
        .extracting(Action::what)
        .containsExactly("deletes Pod c-2");
  }

  private static InstanceReport with(InstanceReport said, String hash, boolean streaming) {
    return new InstanceReport(
        said.reachable(),
        said.trouble(),
        said.primary(),
        said.timeline(),
        said.systemId(),
        said.received(),
        said.replayed(),
        said.current(),
        streaming,
        said.pendingRestart(),
        said.pendingDecrease(),
        said.rewinding(),
        said.unavailable(),
        said.archiving(),
        hash,
        said.executable(),
        said.version(),
        said.session(),
        said.refused());
  }

  @Test
  void restartsThePrimaryFirstForASettingThatStandbysMustNotFallBelow() {
    var cluster = three();
    cluster.report("c-1", said(true, "0/5000000", true, true));
    cluster.report("c-2", said(false, "0/5000000", true, false));

    Plan plan = cluster.decide();

    assertThat(plan.actions()).isEmpty();
    assertThat(plan.phaseReason()).isEqualTo("Decrease of hot standby sensitive parameters");
  }

  @Test
  void restartsEachPodOnceForTheAnnotation() {
    var cluster = three().annotate("kubectl.kubernetes.io/restartedAt", "2026-03-01T12:00:00Z");

    assertThat(restarts(cluster)).containsExactly("c-3", "c-2", "c-1");
  }

  @Test
  void leavesPodsAloneWhoseSpecificationIsNotToBeReconciled() {
    var cluster = three().annotate("cnpg.io/reconcilePodSpec", "disabled");
    cluster.spec(spec -> spec.put("schedulerName", "mine"));

    assertThat(cluster.decide().actions()).isEmpty();
  }

  @Test
  void saysWhichPartOfThePodDiffers() {
    var cluster = three();
    cluster.spec(spec -> spec.put("schedulerName", "mine"));

    assertThat(cluster.decide().notes())
        .extracting(Note::message)
        .containsExactly(
            "Restarting instance c-3, because: original and target PodSpec differ in scheduler-name");
  }

  @Test
  void passesFencedInstancesBy() {
    var cluster = three().annotate("cnpg.io/fencedInstances", "[\"c-3\"]");
    cluster.notReady("c-3");
    image(cluster, "17.3");

    assertThat(cluster.decide().actions())
        .extracting(Action::what)
        .containsExactly("deletes Pod c-2");
  }

  @Test
  void mountsAVolumeThatIsNewByRestartingTheInstances() {
    var cluster = three();
    cluster.spec(spec -> spec.withObject("/walStorage").put("size", "1Gi"));

    cluster.pass();
    assertThat(cluster.names("PersistentVolumeClaim")).contains("c-1-wal", "c-2-wal", "c-3-wal");
    assertThat(cluster.names("Pod")).hasSize(3);
    assertThat(restarts(cluster)).containsExactly("c-3", "c-2", "c-1");
  }
}
