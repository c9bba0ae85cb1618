// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.cluster.desired.ManagerOffer;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.InstanceReport;
import dev.howdah.operator.cluster.plan.Action;
import dev.howdah.operator.cluster.plan.Plan;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UpdatePlanTest {
  private static final ManagerOffer OFFER = new ManagerOffer("new", "amd64", "key");

  private static SimulatedCluster three(String inPlace) {
    var settings =
        OperatorSettings.of(List.of(Map.of("ENABLE_INSTANCE_MANAGER_INPLACE_UPDATES", inPlace)));
    var cluster =
        new SimulatedCluster(
                """
                metadata: {name: c}
                spec: {instances: 3, imageName: "example.org/postgresql:17.2", storage: {size: 1Gi}}
                """,
                settings,
                OFFER)
            .bootstrapped();
    for (String instance : List.of("c-1", "c-2", "c-3")) {
      cluster.report(instance, running(instance, "old", "amd64", ""));
    }
    return cluster;
  }

  private static InstanceReport running(
      String instance, String build, String architecture, String failure) {
    boolean primary = instance.equals("c-1");
    ObjectNode answer = Json.object().put("isPrimary", primary).put("executableHash", build);
    answer.put("instanceArch", architecture).put("updateFailure", failure);
    answer.put("isWalReceiverActive", !primary).put("timeLineID", 1);
    return InstanceReport.of(answer);
  }

  private static List<String> updated(Plan plan) {
    return plan.actions().stream()
        .filter(action -> action instanceof Action.UpdateManager)
        .map(Action::subject)
        .toList();
  }

  @Test
  void goesFromTheLastStandbyToThePrimaryAndRestartsNothing() {
    var cluster = three("true");
    for (String next : List.of("c-3", "c-2", "c-1")) {
      Plan plan = cluster.pass();
      assertThat(updated(plan)).containsExactly(next);
      assertThat(plan.phase()).isEqualTo("Online upgrade in progress");
      assertThat(plan.status().path("operatorCertificateFingerprint").asText()).isEqualTo("key");
      assertThat(plan.actions()).noneMatch(action -> action instanceof Action.Delete);
      cluster.report(next, running(next, "new", "amd64", ""));
    }
    assertThat(cluster.pass().settled()).isTrue();
  }

  @Test
  void leavesAnInstanceAloneWhereItFailedAndSaysSo() {
    var cluster = three("true");
    cluster.pass();
    cluster.report("c-3", running("c-3", "old", "amd64", "no room"));

    Plan plan = cluster.pass();

    assertThat(updated(plan)).containsExactly("c-2");
    assertThat(plan.notes()).anyMatch(note -> note.warning() && note.message().contains("no room"));
  }

  @Test
  void stopsWhereItHasNothingForTheMachine() {
    var cluster = three("true");
    cluster.report("c-2", running("c-2", "old", "aarch64", ""));

    Plan plan = cluster.pass();

    assertThat(plan.phase())
        .isEqualTo(
            "Cluster cannot execute instance online upgrade due to missing architecture binary");
    assertThat(updated(plan)).isEmpty();
  }

  @Test
  void waitsAsLongAsTheRolloutDelaysAsk() {
    var cluster = three("true");
    cluster.pass();
    cluster.memory = ClusterView.Memory.NONE.waiting(Duration.ofSeconds(30));

    Plan plan = cluster.pass();

    assertThat(plan.phase()).isEqualTo("Cluster upgrade delayed");
    assertThat(updated(plan)).isEmpty();
  }

  @Test
  void doesNothingWhenPodsAreMadeAnewInstead() {
    var cluster = three("false");

    Plan plan = cluster.pass();

    assertThat(updated(plan)).isEmpty();
    assertThat(plan.status().has("operatorCertificateFingerprint")).isFalse();
  }
}
