// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.api.names.Annotations;
import dev.howdah.kube.Json;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.cluster.desired.InstancePod;
import dev.howdah.operator.cluster.plan.Plan;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The annotation `cnpg.io/podPatch`.
class PodPatchTest {
  private static final String YAML =
      """
      metadata: {name: c}
      spec: {instances: 1, storage: {size: 1Gi}}
      """;

  private static SimulatedCluster patched(String patch) {
    return new SimulatedCluster(YAML).annotate(Annotations.POD_PATCH, patch);
  }

  private static Preparation prepared(SimulatedCluster cluster) {
    return new Preparer(OperatorSettings.defaults(), _ -> Optional.empty())
        .prepare(cluster.world.observed());
  }

  @Test
  void isAppliedToPods() {
    var cluster =
        patched("[{\"op\":\"add\",\"path\":\"/spec/runtimeClassName\",\"value\":\"gvisor\"}]");

    var pod = InstancePod.desired(cluster.blueprint(), 1, "");

    assertThat(pod.at("/spec/runtimeClassName").asText()).isEqualTo("gvisor");
    assertThat(Json.name(pod)).isEqualTo("c-1");
  }

  @Test
  void thatDoesNotApplyIsRefusedWithFieldAndReason() {
    var cluster = patched("[{\"op\":\"remove\",\"path\":\"/spec/runtimeClassName\"}]");

    assertThat(prepared(cluster))
        .isInstanceOfSatisfying(
            Preparation.Refused.class,
            refused ->
                assertThat(refused.reason())
                    .contains("metadata.annotations[cnpg.io/podPatch]", "/spec/runtimeClassName")
                    .contains("correct it, or remove the annotation"));
  }

  @Test
  void thatRenamesThePodIsRefused() {
    var cluster = patched("[{\"op\":\"replace\",\"path\":\"/metadata/name\",\"value\":\"other\"}]");

    assertThat(prepared(cluster)).isInstanceOf(Preparation.Refused.class);
  }

  @Test
  void aloneDoesNotRestartRunningPods() {
    var cluster = new SimulatedCluster(YAML).bootstrapped();
    cluster.annotate(
        Annotations.POD_PATCH,
        "[{\"op\":\"add\",\"path\":\"/spec/runtimeClassName\",\"value\":\"gvisor\"}]");

    Plan plan = cluster.decide();

    assertThat(plan.actions()).isEmpty();
  }
}
