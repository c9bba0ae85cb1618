// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.plan.Action;
import dev.howdah.operator.tree.Tree;
import java.util.List;
import org.junit.jupiter.api.Test;

/// When the Lease of a holder may be cut short: only with proof that its run is dead.
class ProofOfDeathTest {
  private static List<Action> freeing(SimulatedCluster cluster) {
    return cluster.decide().actions().stream().filter(a -> a instanceof Action.FreeLease).toList();
  }

  private static SimulatedCluster three() {
    return ClusterPlanTest.three();
  }

  @Test
  void aContainerThatEndedAfterTheLastRenewalIsProof() {
    var cluster = three();
    cluster.crash("c-1", cluster.now.plusSeconds(3));
    cluster.now = cluster.now.plusSeconds(3);

    assertThat(freeing(cluster))
        .extracting(Action::text)
        .containsExactly("frees the Lease: the container of c-1 has ended");
  }

  @Test
  void aContainerThatEndedBeforeTheLastRenewalIsNone() {
    var cluster = three();
    cluster.crash("c-1", cluster.now.minusSeconds(3));
    cluster.now = cluster.now.plusSeconds(9);

    assertThat(freeing(cluster)).isEmpty();
  }

  @Test
  void withinTheSameSecondItTakesASecondLook() {
    var cluster = three();
    var renewed = cluster.now;
    cluster.crash("c-1", renewed);
    cluster.memory = new ClusterView.Memory(renewed, renewed, renewed);
    cluster.now = renewed.plusMillis(300);
    assertThat(freeing(cluster)).isEmpty();
    assertThat(cluster.decide().lookAgain()).hasMillis(701);

    cluster.now = renewed.plusMillis(1001);

    assertThat(freeing(cluster)).hasSize(1);
  }

  @Test
  void aPodThatIsNotReadyIsNoProof() {
    var cluster = three().notReady("c-1");
    cluster.now = cluster.now.plusSeconds(60);

    assertThat(freeing(cluster)).isEmpty();
  }

  /// The pod collector calls a pod `Failed` when the node's object is gone, and sees nothing of it.
  @Test
  void aPodThatIsOnlyCalledFailedIsNone() {
    var cluster = three();
    failed(cluster);
    assertThat(freeing(cluster)).isEmpty();

    cluster.crash("c-1", cluster.now.minusSeconds(3));
    failed(cluster);

    assertThat(freeing(cluster))
        .extracting(Action::text)
        .containsExactly("frees the Lease: the pod of c-1 has ended");
  }

  private static void failed(SimulatedCluster cluster) {
    cluster.change("Pod", "c-1", o -> o.withObject("/status").put("phase", "Failed"));
  }

  @Test
  void aPodThatIsGoneIsProofOnlyWhenItHadEnded() {
    var cluster = three();
    String uid = cluster.view().lease().pod();
    cluster.delete("Pod", "c-1");
    assertThat(freeing(cluster)).isEmpty();

    cluster.dead.add(uid);

    assertThat(freeing(cluster))
        .extracting(Action::text)
        .containsExactly("frees the Lease: the pod of c-1 has ended");
  }

  @Test
  void aNodeThatWasStartedAnewSinceTheRunWasSeenIsProof() {
    var cluster = three();
    cluster.put(ClusterPlanTest.node("node-1", false));
    seenOn(cluster, "boot-1");
    startedAnew(cluster, "boot-2");
    assertThat(freeing(cluster)).as("its container runs").isEmpty();

    down(cluster);

    assertThat(freeing(cluster))
        .extracting(Action::text)
        .containsExactly("frees the Lease: the node of c-1 was started anew");
  }

  /// In a virtual machine of its own the kernel is never the node's.
  @Test
  void aKernelThatNeverWasTheNodesIsNone() {
    var cluster = three();
    cluster.put(ClusterPlanTest.node("node-1", false));
    startedAnew(cluster, "boot-of-the-host");
    assertThat(freeing(cluster)).isEmpty();

    seenOn(cluster, "boot-of-the-host");
    down(cluster);

    assertThat(freeing(cluster)).isEmpty();
  }

  /// The kubelet tells of the node's new kernel after the new run took the Lease on it.
  @Test
  void aNodeWhoseNewKernelIsTheRunsIsNone() {
    var cluster = three();
    cluster.put(ClusterPlanTest.node("node-1", false));
    seenOn(cluster, "boot-0");
    down(cluster);

    assertThat(freeing(cluster)).isEmpty();
  }

  private static void seenOn(SimulatedCluster cluster, String boot) {
    cluster.memory =
        new ClusterView.Memory(cluster.now, cluster.now, null).renewed(cluster.now, boot);
  }

  private static void startedAnew(SimulatedCluster cluster, String boot) {
    cluster.change(
        "Node", "node-1", n -> n.withObject("/status").withObject("/nodeInfo").put("bootID", boot));
  }

  /// Nothing is known of when it ended.
  private static void down(SimulatedCluster cluster) {
    cluster.change(
        "Pod",
        "c-1",
        o ->
            o.withObject("/status")
                .set(
                    "containerStatuses",
                    Tree.list(
                        Tree.map(
                            "name",
                            "postgres",
                            "restartCount",
                            0,
                            "state",
                            Tree.map("waiting", Tree.map("reason", "Unknown"))))));
  }

  @Test
  void aNodeThatIsDeclaredOffIsProofAndOneThatIsNotReadyIsNone() {
    var cluster = three();
    cluster.put(ClusterPlanTest.node("node-1", false));
    cluster.change(
        "Node",
        "node-1",
        n ->
            n.withObject("/status")
                .set("conditions", Tree.list(Tree.map("type", "Ready", "status", "Unknown"))));
    assertThat(freeing(cluster)).isEmpty();

    cluster.change(
        "Node",
        "node-1",
        n ->
            n.withObject("/spec")
                .set(
                    "taints",
                    Tree.list(
                        Tree.map(
                            "key", "node.kubernetes.io/out-of-service", "effect", "NoExecute"))));

    assertThat(freeing(cluster)).hasSize(1);
  }

  @Test
  void theLeaseOfAFencedHolderStays() {
    var cluster = three().annotate("cnpg.io/fencedInstances", "[\"*\"]");
    cluster.crash("c-1", cluster.now.plusSeconds(3));

    assertThat(freeing(cluster)).isEmpty();
  }

  @Test
  void theLeaseOfAHolderWithoutDiskSpaceStays() {
    var cluster = three();
    cluster.crash("c-1", cluster.now.plusSeconds(3));
    cluster.change(
        "Pod",
        "c-1",
        o ->
            ((ObjectNode) o.at("/status/containerStatuses/0/state/terminated")).put("exitCode", 4));

    assertThat(freeing(cluster)).isEmpty();
    assertThat(cluster.decide().phase()).isEqualTo("Not enough disk space");
  }

  @Test
  void theOnlyInstanceKeepsItsLease() {
    var cluster = ClusterPlanTest.of(1);
    cluster.crash("c-1", cluster.now.plusSeconds(3));

    assertThat(freeing(cluster)).isEmpty();
  }
}
