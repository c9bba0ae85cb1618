// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.observed.InstanceReport;
import dev.howdah.operator.cluster.observed.ObservedPod;
import dev.howdah.operator.tree.Tree;
import dev.howdah.operator.work.Key;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// When the data of an instance may be deleted: `c-1` is the primary, and one of `c-2` and `c-3`
/// confirms each commit.
class OtherCopiesTest {
  private static final Key CLUSTER = new Key("db", "c");

  private final Map<String, InstanceReport> said = new HashMap<>();
  private UnaryOperator<InstanceReport> next = UnaryOperator.identity();
  private ObjectNode lease = lease("c-1", "any");

  private static ObjectNode lease(String holder, String run) {
    ObjectNode lease = Json.object(Resource.LEASES, "db", "c");
    lease.set("spec", Tree.map("holderIdentity", holder, "leaseDurationSeconds", 15));
    lease
        .withObject("/metadata")
        .set(
            "annotations",
            Tree.map(
                "leadership.howdah.dev/incarnation", "uid-" + holder + "/" + run,
                "leadership.howdah.dev/voters", "c-2=volume-2,c-3=volume-3",
                "leadership.howdah.dev/w", "1"));
    return lease;
  }

  private static ObservedPod pod(String name) {
    ObjectNode pod = Json.object(Resource.PODS, "db", name);
    pod.withObject("/metadata").put("uid", "uid-" + name);
    return ObservedPod.of(pod);
  }

  private OtherCopiesTest says(String name, String lsn) {
    said.put("uid-" + name, SimulatedCluster.said(name.equals("c-1"), lsn, false, false));
    return this;
  }

  private OtherCopiesTest all(String first, String second, String third) {
    return says("c-1", first).says("c-2", second).says("c-3", third);
  }

  private boolean have(String instance) {
    return new OtherCopies(
            _ -> Optional.of(lease),
            _ -> List.of(pod("c-1"), pod("c-2"), pod("c-3")),
            (_, pod) -> next.apply(said.getOrDefault(pod, InstanceReport.unreachable("no answer"))))
        .have(CLUSTER, instance);
  }

  @Test
  void whoeverThePrimaryAndAnotherVoterKeepUpWithMayGo() {
    all("0/500", "0/500", "0/500");

    assertThat(have("c-3")).isTrue();
  }

  /// Its machine is lost, and its disk; the Lease still names it, and its pod is still ready.
  @Test
  void thePrimaryMustAnswerAndNotOnlyBeNamed() {
    all("0/500", "0/500", "0/500").said.remove("uid-c-1");

    assertThat(have("c-3")).isFalse();
  }

  @Test
  void theOnlyVoterThatHasTheLastCommitStays() {
    all("0/500", "0/400", "0/500");

    assertThat(have("c-3")).isFalse();
    assertThat(have("c-2")).isTrue();
  }

  @Test
  void itWaitsForTheOtherToCatchUp() {
    all("0/500", "0/400", "0/500");
    next =
        report -> {
          says("c-2", "0/500");
          return report;
        };

    assertThat(have("c-3")).isTrue();
  }

  @Test
  void aVoterThatStreamsStaysWhileTheOtherIsAway() {
    all("0/500", "0/400", "0/500").said.remove("uid-c-2");

    assertThat(have("c-3")).isFalse();
  }

  @Test
  void whatIsBrokenIsMadeAnewThoughTheOtherIsBrokenToo() {
    says("c-1", "0/500");

    assertThat(have("c-3")).isTrue();
  }

  /// As StatusReport has it of a designated primary: that writes nothing, so it has no
  /// `currentLsn`.
  @Test
  void thePrimaryOfAClusterThatFollowsAnotherOneIsAPrimary() {
    all("0/500", "0/500", "0/400")
        .said
        .put(
            "uid-c-1",
            InstanceReport.of(
                Tree.map("isPrimary", true, "replayLsn", "0/500", "isWalReceiverActive", true)));

    assertThat(have("c-3")).isTrue();
    assertThat(have("c-2")).as("c-3 lags").isFalse();
  }

  @Test
  void aHolderThatChangesMeanwhileIsNoProof() {
    all("0/500", "0/500", "0/500");
    next =
        report -> {
          lease = lease("c-1", "another");
          return report;
        };

    assertThat(have("c-3")).isFalse();
  }

  @Test
  void theHolderItselfStaysAndNobodyGoesWhileThereIsNone() {
    all("0/500", "0/500", "0/500");
    assertThat(have("c-1")).isFalse();

    lease = lease("", "any");
    assertThat(have("c-3")).isFalse();
  }
}
