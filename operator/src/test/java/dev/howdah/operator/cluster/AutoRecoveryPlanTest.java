// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.plan.Action;
import dev.howdah.operator.cluster.plan.AutoRecoveryPlan;
import dev.howdah.operator.cluster.plan.ClusterPlan;
import dev.howdah.operator.cluster.plan.Plan;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A Cluster without any volume is made anew from its archive only where that was asked for, and
/// never while its data may come back.
class AutoRecoveryPlanTest {
  private static final String STORE =
      """
        backup:
          barmanObjectStore:
            destinationPath: s3://b/x
            s3Credentials: {inheritFromIAMRole: true}
      """;

  /// One whose pods and volumes are gone, for long.
  private static SimulatedCluster lost(String more) {
    var cluster =
        new SimulatedCluster(
                """
                metadata: {name: c}
                spec:
                  instances: 2
                  storage: {size: 1Gi}
                """
                    + more)
            .bootstrapped();
    for (String kind : List.of("Pod", "Job", "PersistentVolumeClaim")) {
      List.copyOf(cluster.names(kind)).forEach(name -> cluster.delete(kind, name));
    }
    cluster.now = cluster.now.plus(Duration.ofMinutes(5));
    return cluster;
  }

  private static SimulatedCluster asked(String more) {
    return lost(more).annotate(AutoRecoveryPlan.POLICY, "enabled");
  }

  private static Plan decide(SimulatedCluster cluster, List<String> remains) {
    return ClusterPlan.decide(cluster.view().withRemains(remains));
  }

  private static List<String> made(Plan plan) {
    return plan.actions().stream()
        .filter(action -> action instanceof Action.Create)
        .map(Action::what)
        .toList();
  }

  private static void assertWaits(Plan plan, String... why) {
    assertThat(plan.actions())
        .noneMatch(a -> a instanceof Action.ForgetPrimary || a instanceof Action.Delete);
    assertThat(made(plan)).isEmpty();
    assertThat(plan.phaseReason()).contains(why);
    assertThat(plan.status().path("conditions").toString()).contains("DataLost", why[0]);
  }

  @Test
  void withoutThePolicyItSaysTheCommands() {
    Plan plan = ClusterPlan.decide(lost(STORE).view());

    assertWaits(
        plan,
        "No volume of the Cluster is left",
        "kubectl annotate cluster -n db c howdah.dev/autoRecovery=enabled",
        "spec.bootstrap.recovery");
  }

  @Test
  void withoutAnArchiveNothingCanBeDone() {
    assertWaits(decide(asked(""), List.of()), "It has no archive");
  }

  @Test
  void nothingIsDoneWhileAVolumeMayComeBack() {
    for (String remains :
        List.of(
            "PersistentVolume pv-7 of claim c-1 (Released)",
            "PersistentVolumeClaim c-2 (Lost)",
            "Pod c-1 (Unknown)")) {
      assertWaits(decide(asked(STORE), List.of(remains)), "may come back", remains);
    }
  }

  @Test
  void nothingIsDoneWhenItCantBeKnownWhatIsLeft() {
    ClusterView view = asked(STORE).view();

    assertThat(AutoRecoveryPlan.asksForRemains(view)).isTrue();
    assertWaits(
        ClusterPlan.decide(view),
        "can't be read",
        "persistentvolumes",
        "autoRecovery.listPersistentVolumes");
  }

  @Test
  void nothingIsDoneWhileTheHolderOfTheLeaseMayStillRun() {
    var cluster = asked(STORE);
    cluster.memory = new ClusterView.Memory(cluster.now, cluster.now, null);

    assertWaits(decide(cluster, List.of()), "c-1 holds the Lease");
  }

  @Test
  void whatExistsIsNeverRecoveredFromTheArchive() {
    var cluster =
        new SimulatedCluster(
                "metadata: {name: c}\nspec:\n  instances: 2\n  storage: {size: 1Gi}\n" + STORE)
            .bootstrapped()
            .annotate(AutoRecoveryPlan.POLICY, "enabled");
    List.copyOf(cluster.names("Pod")).forEach(name -> cluster.delete("Pod", name));

    assertThat(AutoRecoveryPlan.asksForRemains(cluster.view())).isFalse();
    cluster.pass();

    assertThat(cluster.names("Job")).isEmpty();
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2");
  }

  /// The primary was still there when the replacement of a lost standby was begun.
  private static SimulatedCluster cloning() {
    var cluster =
        new SimulatedCluster(
                "metadata: {name: c}\nspec:\n  instances: 2\n  storage: {size: 1Gi}\n" + STORE)
            .bootstrapped();
    cluster.delete("Pod", "c-2");
    cluster.delete("PersistentVolumeClaim", "c-2");
    cluster.pass();
    assertThat(cluster.names("Job")).containsExactly("c-2-join");
    cluster.delete("Pod", "c-1");
    cluster.delete("PersistentVolumeClaim", "c-1");
    cluster.now = cluster.now.plus(Duration.ofMinutes(5));
    return cluster.annotate(AutoRecoveryPlan.POLICY, "enabled");
  }

  @Test
  void aCloneThatMayStillBeCompletedIsWaitedFor() {
    assertWaits(
        decide(cloning(), List.of()),
        "A clone",
        "may still be completed",
        "delete job -n db c-2-join");
  }

  @Test
  void volumesWithoutTheirDataAreNamedAndStay() {
    var whole =
        new SimulatedCluster(
                "metadata: {name: c}\nspec:\n  instances: 1\n  storage: {size: 1Gi}\n  walStorage: {size: 1Gi}\n"
                    + STORE)
            .bootstrapped()
            .annotate(AutoRecoveryPlan.POLICY, "enabled");
    whole.delete("Pod", "c-1");
    whole.delete("PersistentVolumeClaim", "c-1");
    whole.now = whole.now.plus(Duration.ofMinutes(5));

    assertThat(AutoRecoveryPlan.asksForRemains(whole.view())).isTrue();
    assertThat(AutoRecoveryPlan.emptyClaims(whole.view())).isEmpty();
    assertWaits(
        decide(whole, List.of("PersistentVolumeClaim c-1-wal (Bound)")),
        "may come back",
        "c-1-wal");
  }

  @Test
  void aCloneThatWasCompletedIsTheCluster() {
    var cluster = cloning();
    cluster.jobDone("c-2-join");

    assertThat(AutoRecoveryPlan.asksForRemains(cluster.view())).isFalse();
    cluster.pass();
    assertThat(cluster.names("PersistentVolumeClaim")).containsExactly("c-2");
    assertThat(cluster.names("Pod")).containsExactly("c-2");
  }

  @Test
  void aCloneThatWasNeverCompletedGoesAndTheArchiveComes() {
    var cluster = cloning();
    cluster.delete("Job", "c-2-join");

    for (int i = 0; i < 4; i++) {
      cluster.pass(List.of());
    }

    assertThat(cluster.names("PersistentVolumeClaim")).containsExactly("c-1");
    assertThat(cluster.get("Job", "c-1-full-recovery").toString()).contains("--own-archive");
  }

  @Test
  void recoversFromTheOwnArchiveStepByStep() {
    var cluster = asked(STORE);

    cluster.pass(List.of());
    assertThat(cluster.has("Lease", "c") && !cluster.view().holder().isEmpty()).isFalse();
    cluster.pass(List.of());
    cluster.pass(List.of());

    assertThat(cluster.status("targetPrimary")).isEqualTo("c-1");
    assertThat(cluster.names("PersistentVolumeClaim")).containsExactly("c-1");
    assertThat(cluster.get("Job", "c-1-full-recovery").toString()).contains("--own-archive");
    // the operator dies, and the job with its node
    cluster.delete("Job", "c-1-full-recovery");
    cluster.pass();
    assertThat(cluster.get("Job", "c-1-full-recovery").toString()).contains("--own-archive");
    cluster.jobDone("c-1-full-recovery");
    cluster.pass();
    cluster.pass();
    assertThat(cluster.names("Pod")).containsExactly("c-1");
    assertThat(cluster.status("currentPrimary")).isEmpty();
  }
}
