// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static dev.howdah.operator.cluster.SimulatedCluster.said;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.operator.cluster.observed.InstanceReport;
import dev.howdah.operator.cluster.plan.Action;
import dev.howdah.operator.cluster.plan.Note;
import dev.howdah.operator.cluster.plan.Plan;
import dev.howdah.operator.tree.Tree;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ClusterPlanTest {
  static final String THREE =
      """
      metadata: {name: c}
      spec:
        instances: 3
        imageName: example.org/postgresql:17.2
        storage: {size: 1Gi}
        bootstrap:
          initdb: {database: app, owner: app}
      """;

  static SimulatedCluster three() {
    return new SimulatedCluster(THREE).bootstrapped();
  }

  static SimulatedCluster of(int instances) {
    return new SimulatedCluster(THREE.replace("instances: 3", "instances: " + instances))
        .bootstrapped();
  }

  @Test
  void namesTheTargetBeforeItMakesTheFirstInstance() {
    var cluster = new SimulatedCluster(THREE);

    List<Action> actions = cluster.decide().actions();

    var instance = actions.stream().filter(a -> a.subject().equals("c-1")).toList();
    assertThat(instance)
        .extracting(Action::what)
        .containsExactly(
            "makes c-1 the target primary",
            "creates PersistentVolumeClaim c-1",
            "creates Job c-1-initdb");
  }

  @Test
  void bringsUpThreeInstancesAndRests() {
    var cluster = new SimulatedCluster(THREE);

    cluster.settle();
    assertThat(cluster.status("phase")).isEqualTo("Setting up primary");
    assertThat(cluster.status("phaseReason")).isEqualTo("Creating primary instance c-1");
    cluster.run().settle();
    assertThat(cluster.names("Pod")).containsExactly("c-1");
    assertThat(cluster.names("Job")).isEmpty();
    assertThat(cluster.condition("Initialized").path("status").asText()).isEqualTo("True");
    cluster.settle(); // it has seen its own status
    assertThat(cluster.names("Job")).containsExactly("c-2-join", "c-3-join");
    assertThat(cluster.status("phaseReason")).isEqualTo("c-2 is cloned when the primary is ready");
    cluster.ready("c-1").lead("c-1").report().settle();
    assertThat(cluster.status("phase")).isEqualTo("Creating a new replica");
    cluster.run().report().settle();
    cluster.run().report();
    Plan plan = cluster.settle();

    assertThat(plan.settled()).isTrue();
    assertThat(cluster.status("phase")).isEqualTo("Cluster in healthy state");
    assertThat(cluster.condition("Ready").path("reason").asText()).isEqualTo("ClusterIsReady");
    assertThat(cluster.cluster().path("status").path("readyInstances").asInt()).isEqualTo(3);
    assertThat(cluster.role("c-1")).isEqualTo("primary");
    assertThat(cluster.role("c-2")).isEqualTo("replica");
    assertThat(cluster.get("Pod", "c-1").path("metadata").path("labels").path("cnpg.io/role"))
        .hasToString("\"primary\"");
  }

  @Test
  void neverMakesASecondInstanceFromNothingWhileTheFirstStarts() {
    var cluster = new SimulatedCluster(THREE);
    cluster.settle();
    cluster.run().settle();
    cluster.settle();
    cluster.notReady("c-1").delete("Job", "c-2-join");

    assertThat(cluster.decide().actions()).noneMatch(a -> a.what().contains("Job c-2"));

    cluster.ready("c-1").lead("c-1").report();
    assertThat(cluster.decide().actions())
        .extracting(Action::what)
        .contains("creates Job c-2-join");
  }

  @Test
  void writesNothingAtTheFixpoint() {
    var cluster = three();
    ObjectNode before = cluster.cluster().deepCopy();

    Plan plan = cluster.pass();

    assertThat(plan.actions()).isEmpty();
    assertThat(cluster.cluster()).isEqualTo(before);
    assertThat(plan.lookAgain()).isGreaterThan(Duration.ofMinutes(1));
  }

  @Test
  void makesTheServersCertificateForNamesAndAddressesOfTheServices() {
    var cluster = three();

    var facts = cluster.view().secrets().get("c-server").certificate();

    assertThat(facts.dnsNames())
        .contains("c-rw", "c-rw.db", "c-rw.db.svc", "c-rw.db.svc.cluster.local", "c-ro", "c-r");
    assertThat(facts.ipAddresses())
        .contains(cluster.get("Service", "c-rw").path("spec").path("clusterIP").asText());
  }

  @Test
  void makesAPodAnewThatWasDeleted() {
    var cluster = three().delete("Pod", "c-2");

    Plan plan = cluster.pass();

    assertThat(plan.actions()).extracting(Action::what).containsExactly("creates Pod c-2");
    assertThat(cluster.status("phase")).isEqualTo("Waiting for the instances to become active");
    assertThat(cluster.status("phaseReason")).contains("c-2");
    assertThat(cluster.role("c-2")).isEqualTo("replica");
  }

  @Test
  void repairsAStandbyWhileAnotherIsBroken() {
    var cluster = three().notReady("c-3").delete("Pod", "c-2");

    assertThat(cluster.decide().actions())
        .extracting(Action::what)
        .containsExactly("creates Pod c-2");
  }

  @Test
  void rebuildsAStandbyWhoseVolumeAndPodAreGone() {
    var cluster = three().delete("Pod", "c-2").delete("PersistentVolumeClaim", "c-2");

    assertThat(cluster.decide().actions())
        .extracting(Action::what)
        .containsExactly("creates PersistentVolumeClaim c-2", "creates Job c-2-join");
  }

  @Test
  void waitsForAVolumeThatIsBeingDeletedAndTakesThePodAwayThatHoldsIt() {
    var cluster = three();
    cluster.change(
        "PersistentVolumeClaim",
        "c-2",
        o -> o.withObject("/metadata").put("deletionTimestamp", "2026-03-01T12:00:00Z"));

    Plan plan = cluster.decide();

    assertThat(plan.actions())
        .filteredOn(a -> a.subject().equals("c-2"))
        .extracting(Action::what)
        .containsExactly("deletes Pod c-2");
  }

  @Test
  void neverTakesThePrimaryAwayForItsVolumesDeletion() {
    var cluster = three();
    cluster.change(
        "PersistentVolumeClaim",
        "c-1",
        o -> o.withObject("/metadata").put("deletionTimestamp", "2026-03-01T12:00:00Z"));

    Plan plan = cluster.decide();

    assertThat(plan.actions()).noneMatch(a -> a instanceof Action.Delete);
    assertThat(plan.notes()).extracting(Note::reason).contains("VolumeDeletionPending");
  }

  @Test
  void makesNothingAnewWhenAllVolumesOfAnInitializedClusterAreGone() {
    var cluster = three();
    cluster.names("PersistentVolumeClaim").forEach(n -> cluster.delete("PersistentVolumeClaim", n));
    cluster.names("Pod").forEach(n -> cluster.delete("Pod", n));

    Plan plan = cluster.decide();

    assertThat(plan.actions()).noneMatch(a -> a instanceof Action.Create);
    assertThat(plan.phase()).isEqualTo("Cluster is unrecoverable and needs manual intervention");
  }

  @Test
  void scalesUpWithTheLowestFreeNumbers() {
    var cluster = three().delete("Pod", "c-2").delete("PersistentVolumeClaim", "c-2");
    cluster.spec(spec -> spec.put("instances", 5));

    assertThat(cluster.decide().actions())
        .filteredOn(a -> a instanceof Action.Create c && c.resource().kind().equals("Job"))
        .extracting(Action::subject)
        .containsExactly("c-2", "c-4", "c-5");
  }

  @Test
  void scalesDownTheNewestStandbyAndOneAtATime() {
    var cluster = of(4);
    cluster.spec(spec -> spec.put("instances", 2));

    assertThat(cluster.decide().actions())
        .filteredOn(a -> a instanceof Action.Delete && !a.subject().isEmpty())
        .extracting(Action::what)
        .containsExactly("deletes PersistentVolumeClaim c-4", "deletes Pod c-4");
    cluster.settle();
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2");
  }

  /// Evictions must not leave those that are to go.
  @Test
  void budgetsCountInstancesThatAreTooManyUntilTheyAreGone() {
    var cluster = of(5).notReady("c-1");
    cluster.spec(spec -> spec.put("instances", 2));

    cluster.pass();

    assertThat(cluster.names("Pod")).hasSize(5);
    assertThat(cluster.get("PodDisruptionBudget", "c").at("/spec/minAvailable").asInt())
        .isEqualTo(3);
    cluster.ready("c-1").settle();
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2");
    assertThat(cluster.names("PodDisruptionBudget")).containsExactly("c-primary");
  }

  @Test
  void scalesDownToThePrimaryWhateverItsNumber() {
    var cluster = three().lead("c-3").report();
    cluster.spec(spec -> spec.put("instances", 1));

    cluster.settle();

    assertThat(cluster.names("Pod")).containsExactly("c-3");
    assertThat(cluster.names("PersistentVolumeClaim")).containsExactly("c-3");
  }

  @Test
  void takesNothingAwayWithoutAReadyPrimary() {
    var cluster = three().notReady("c-1");
    cluster.spec(spec -> spec.put("instances", 1));

    assertThat(cluster.decide().actions())
        .noneMatch(a -> a instanceof Action.Delete && !a.subject().isEmpty());
  }

  @Test
  void saysThatAFailoverIsUnderWayAndDoesNothingAboutIt() {
    var cluster = three().notReady("c-1");

    Plan plan = cluster.pass();

    assertThat(plan.actions()).isEmpty();
    assertThat(plan.phase()).isEqualTo("Failing over");
    assertThat(plan.phaseReason()).isEqualTo("Initiating a failover from c-1");
    assertThat(cluster.status("currentPrimaryFailingSinceTimestamp")).isNotEmpty();
    cluster.lead("c-2").report();
    cluster.ready("c-1").settle();
    assertThat(cluster.status("currentPrimaryFailingSinceTimestamp")).isEmpty();
    assertThat(cluster.role("c-1")).isEqualTo("replica");
    assertThat(cluster.role("c-2")).isEqualTo("primary");
  }

  @Test
  void mirrorsTheHolderWhoCouldNotWriteItselfDown() {
    var cluster = three().hold("c-3").report();

    assertThat(cluster.decide().actions()).noneMatch(a -> a instanceof Action.MirrorHolder);
    cluster.now = cluster.now.plusSeconds(6);

    assertThat(cluster.decide().actions())
        .filteredOn(a -> a instanceof Action.MirrorHolder)
        .extracting(Action::what)
        .containsExactly("records c-3 as the primary");
  }

  /// Its data is what makes it the primary while its PostgreSQL is stopped.
  @Test
  void doesNotSayOfAHolderThatItTakesWritesAsThatIsNotKnown() {
    var cluster = three().hold("c-3").report();
    cluster.now = cluster.now.plusSeconds(6);

    assertThat(cluster.decide().actions())
        .filteredOn(a -> a instanceof Action.MirrorHolder)
        .extracting(Action::reason)
        .containsExactly("it holds the Lease and says that it is the primary");
  }

  @Test
  void waitsDuringASwitchoverAndForgetsATargetThatIsGone() {
    var cluster = three();
    cluster.target("c-2");
    assertThat(cluster.decide().phase()).isEqualTo("Switchover in progress");
    assertThat(cluster.decide().actions()).isEmpty();

    cluster.target("c-9");
    Plan plan = cluster.decide();

    assertThat(plan.actions())
        .extracting(Action::text)
        .containsExactly("makes c-1 the target primary: c-9 can't become the primary");
    assertThat(plan.notes()).extracting(Note::reason).contains("SwitchoverAbandoned");
  }

  @Test
  void movesThePrimaryOffANodeThatIsBeingEmptied() {
    var cluster = three();
    cluster.report("c-3", SimulatedCluster.said(false, "0/6000000", false, false));
    cluster.put(node("node-1", true));
    cluster.put(node("node-2", false));
    cluster.put(node("node-3", false));

    Plan plan = cluster.decide();

    assertThat(plan.actions()).extracting(Action::what).contains("makes c-3 the target primary");
    assertThat(plan.phase()).isEqualTo("Switchover in progress");
  }

  static ObjectNode node(String name, boolean unschedulable) {
    ObjectNode node = Json.object();
    node.put("kind", "Node");
    node.set("metadata", Tree.map("name", name));
    node.set("spec", Tree.map("unschedulable", unschedulable));
    node.set("status", Tree.map("nodeInfo", Tree.map("bootID", "boot-1")));
    return node;
  }

  @Test
  void saysWhichSecretLacksWhichKey() {
    var cluster =
        new SimulatedCluster(
            """
            metadata: {name: c}
            spec:
              instances: 1
              imageName: example.org/postgresql:17
              storage: {size: 1Gi}
              enableSuperuserAccess: true
              superuserSecret: {name: mine}
              bootstrap:
                initdb: {database: app, owner: app}
            """);
    assertThat(cluster.decide().phaseReason())
        .isEqualTo(
            "Secret mine (spec.superuserSecret) doesn't exist in namespace db; create it with the"
                + " keys username and password");

    ObjectNode secret = Json.object();
    secret.put("kind", "Secret");
    secret.put("type", "Opaque");
    secret.set("metadata", Tree.map("name", "mine", "namespace", "db"));
    secret.set("stringData", Tree.map("username", "admin", "password", "p"));
    cluster.put(dev.howdah.operator.forecast.ImaginedWorld.stored(secret));

    assertThat(cluster.decide().phaseReason())
        .isEqualTo(
            "Secret mine (spec.superuserSecret) names user \"admin\", but it must be \"postgres\";"
                + " correct its key username");
  }

  @Test
  void saysThatAllInstancesAreOutOfReach() {
    var cluster = three();
    cluster
        .names("Pod")
        .forEach(p -> cluster.report(p, InstanceReport.unreachable("connection refused")));

    assertThat(cluster.decide().phase())
        .isEqualTo("Instance Status Extraction Error: HTTP communication issue");
  }

  @Test
  void givesATargetUpThatThePrimaryHasGivenUp() {
    var cluster = three();
    cluster.target("c-2");
    cluster.change(
        "Cluster",
        "c",
        c -> c.withObject("/status").put("targetPrimaryTimestamp", cluster.now.toString()));
    cluster.report("c-1", givenUp("c-2"));

    Plan early = cluster.decide();
    cluster.now = cluster.now.plusSeconds(6);
    Plan late = cluster.decide();

    assertThat(early.actions()).isEmpty(); // it may speak of an earlier attempt
    assertThat(late.actions())
        .extracting(Action::what)
        .containsExactly("makes c-1 the target primary");
    assertThat(late.notes()).extracting(Note::reason).contains("SwitchoverAbandoned");
  }

  private static InstanceReport givenUp(String target) {
    return InstanceReport.of(
        Tree.map("isPrimary", true, "timeLineID", 1, "switchoverAborted", target));
  }

  private static InstanceReport standby(boolean streaming, int timeline, boolean rewinding) {
    return InstanceReport.of(
        Tree.map(
            "isPrimary",
            false,
            "timeLineID",
            timeline,
            "isWalReceiverActive",
            streaming,
            "isPgRewindRunning",
            rewinding));
  }

  @Test
  void isHealthyOnlyWhileAllStandbysStreamFromThePrimary() {
    var cluster = three();
    assertThat(cluster.decide().phase()).isEqualTo("Cluster in healthy state");

    cluster.report("c-2", standby(false, 1, false));
    assertUnwell(cluster, "Not ready: c-2 (doesn't stream from the primary yet)");
    cluster.report("c-2", standby(true, 2, false));
    assertUnwell(cluster, "Not ready: c-2 (doesn't stream from the primary yet)");
    cluster.report("c-2", standby(false, 0, true));
    assertUnwell(cluster, "Not ready: c-2 (is made a standby of the new primary)");
    cluster.report("c-2", said(true)); // what it said before it lost the Lease
    assertUnwell(cluster, "Not ready: c-2 (doesn't stream from the primary yet)");
    cluster.report("c-2", InstanceReport.unreachable("timeout"));
    assertUnwell(cluster, "Not ready: c-2 (doesn't answer the operator: timeout)");
    cluster.report("c-2", said(false)).report("c-1", standby(true, 1, false));
    assertUnwell(cluster, "Not ready: c-1 (doesn't accept writes yet)");

    cluster.report();
    assertThat(cluster.decide().settled()).isTrue();
  }

  private static void assertUnwell(SimulatedCluster cluster, String reason) {
    Plan plan = cluster.decide();
    assertThat(plan.phase()).isEqualTo("Waiting for the instances to become active");
    assertThat(plan.phaseReason()).isEqualTo(reason);
    assertThat(plan.settled()).isFalse();
  }

  @Test
  void believesTheStatusUntilAnOperatorThatWasJustStartedHasAsked() {
    var cluster = three();
    cluster.reports.clear();

    assertThat(cluster.decide().phase()).isEqualTo("Cluster in healthy state");

    cluster.delete("Pod", "c-2").pass();
    cluster.ready("c-2");
    assertThat(cluster.decide().phase()).isEqualTo("Waiting for the instances to become active");
  }

  @Test
  void growsVolumesAndNeverShrinksThem() {
    var cluster = three();
    cluster.spec(spec -> spec.withObject("/storage").put("size", "2Gi"));
    cluster.settle();
    assertThat(
            cluster
                .get("PersistentVolumeClaim", "c-2")
                .path("spec")
                .path("resources")
                .path("requests")
                .path("storage")
                .asText())
        .isEqualTo("2Gi");

    cluster.spec(spec -> spec.withObject("/storage").put("size", "512Mi"));
    Plan plan = cluster.decide();

    assertThat(plan.actions()).isEmpty();
    assertThat(plan.notes()).extracting(Note::reason).contains("VolumeNotShrunk");
  }

  @Test
  void deletesServicesAndBudgetsThatAreNotAskedForAnyMore() {
    var cluster = three();
    cluster.spec(spec -> {
      spec.put("enablePDB", false);
      spec.withObject("/managed")
          .withObject("/services")
          .set("disabledDefaultServices", Tree.list("ro"));
    });

    cluster.settle();

    assertThat(cluster.names("Service")).containsExactly("c-r", "c-rw");
    assertThat(cluster.names("PodDisruptionBudget")).isEmpty();
  }

  /// They are made with the label's selector, as the API describes them.
  @Test
  void leadsServicesForWritesToTheHolderOfTheLeaseByName() {
    var cluster = three();
    cluster.spec(spec -> additional(spec, "patch"));
    cluster.settle();
    assertThat(selector(cluster, "c-rw")).containsEntry("cnpg.io/instanceName", "c-1");

    cluster.hold("c-2").settle();

    var byName =
        Map.of(
            "cnpg.io/cluster", "c", "cnpg.io/instanceName", "c-2", "cnpg.io/podRole", "instance");
    assertThat(selector(cluster, "c-rw")).isEqualTo(byName);
    assertThat(selector(cluster, "outside")).isEqualTo(byName);
    assertThat(selector(cluster, "c-r")).doesNotContainKey("cnpg.io/instanceName");
    assertThat(selector(cluster, "c-ro")).containsEntry("cnpg.io/instanceRole", "replica");

    cluster.hold("");

    assertThat(cluster.decide().actions()).noneMatch(a -> a.what().contains("Service"));

    cluster.change(
        "Service",
        "c-rw",
        service -> service.withObject("/spec/selector").put("cnpg.io/instanceRole", "replica"));
    cluster.settle();

    assertThat(selector(cluster, "c-rw")).isEqualTo(byName);
  }

  @Test
  void doesNotReplaceAServiceBecauseThePrimaryIsAnother() {
    var cluster = three();
    cluster.spec(spec -> additional(spec, "replace"));
    cluster.settle();

    cluster.hold("c-2");

    assertThat(cluster.decide().actions()).noneMatch(Action.Delete.class::isInstance);
    cluster.settle();
    assertThat(selector(cluster, "outside")).containsEntry("cnpg.io/instanceName", "c-2");
  }

  private static void additional(ObjectNode spec, String strategy) {
    spec.withObject("/managed")
        .withObject("/services")
        .set(
            "additional",
            Tree.list(
                Tree.map(
                    "selectorType",
                    "rw",
                    "updateStrategy",
                    strategy,
                    "serviceTemplate",
                    Tree.map("metadata", Tree.map("name", "outside")))));
  }

  private static Map<String, String> selector(SimulatedCluster cluster, String service) {
    var selector = new TreeMap<String, String>();
    cluster
        .get("Service", service)
        .at("/spec/selector")
        .properties()
        .forEach(pair -> selector.put(pair.getKey(), pair.getValue().asText()));
    return selector;
  }

  @Test
  void hibernatesThePrimaryLastAndWakesUpAgain() {
    var cluster = three().annotate("cnpg.io/hibernation", "on");

    cluster.pass();
    cluster.pass();
    assertThat(cluster.names("Pod")).containsExactly("c-1");
    cluster.hold("").settle();
    assertThat(cluster.names("Pod")).isEmpty();
    assertThat(cluster.condition("cnpg.io/hibernation").path("reason").asText())
        .isEqualTo("Hibernated");
    assertThat(cluster.names("PersistentVolumeClaim")).hasSize(3);
    cluster.annotate("cnpg.io/hibernation", "off").settle();
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2", "c-3");
    assertThat(cluster.condition("cnpg.io/hibernation").isMissingNode()).isTrue();
  }

  @Test
  void makesAnInstanceAnewThatIsAnnotatedAsUnrecoverable() {
    var cluster = three();
    cluster.change(
        "Pod",
        "c-2",
        o ->
            o.withObject("/metadata")
                .withObject("/annotations")
                .put("alpha.cnpg.io/unrecoverable", "true"));

    Plan plan = cluster.pass();

    assertThat(plan.actions())
        .extracting(Action::what)
        .contains("deletes PersistentVolumeClaim c-2", "deletes Pod c-2");
    assertThat(plan.notes()).extracting(Note::reason).contains("DeleteUnrecoverableInstance");
  }

  @Test
  void makesOneInstanceAnewAtATime() {
    var cluster = three();
    cluster.spec(spec ->
        spec.withObject("/nodeMaintenanceWindow").put("inProgress", true).put("reusePVC", false));
    for (String pod : List.of("c-2", "c-3")) {
      cluster.change(
          "Pod",
          pod,
          o ->
              o.withObject("/status")
                  .set(
                      "conditions",
                      Tree.list(Tree.map("type", "PodScheduled", "status", "False"))));
    }

    cluster.pass();

    assertThat(cluster.names("PersistentVolumeClaim")).containsExactly("c-1", "c-3");
    cluster.pass();
    cluster.pass();
    assertThat(cluster.names("PersistentVolumeClaim")).contains("c-1", "c-3");
    assertThat(cluster.names("Pod")).contains("c-3");
  }

  @Test
  void takesOverVolumesThatAnEarlierClusterLeftBehind() {
    var cluster = withLeftVolumes();

    cluster.settle();

    assertThat(cluster.names("Job")).isEmpty();
    assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2", "c-3");
    assertThat(cluster.status("targetPrimary")).isEqualTo("c-2");
  }

  /// Who led would ask nobody if it didn't know of the others.
  @Test
  void takesAllOfThemOverWhereverItWasInterruptedAndNamesAllBeforeAnyRuns() {
    for (int steps = 0; steps < 12; steps++) {
      var cluster = withLeftVolumes();
      cluster.interrupted(steps);
      for (int pass = 0; pass < 20 && cluster.names("Pod").isEmpty(); pass++) {
        int named = cluster.cluster().at("/status/instanceNames").size();
        cluster.pass();
        assertThat(named == 3 || cluster.names("Pod").isEmpty()).as("%d steps", steps).isTrue();
      }
      cluster.settle();

      assertThat(cluster.names("Job")).as("%d steps", steps).isEmpty();
      assertThat(cluster.names("Pod")).containsExactly("c-1", "c-2", "c-3");
      assertThat(cluster.status("targetPrimary")).isEqualTo("c-2");
    }
  }

  private static SimulatedCluster withLeftVolumes() {
    var before = three().lead("c-2").report();
    before.settle();
    var cluster = new SimulatedCluster(THREE);
    for (String claim : before.names("PersistentVolumeClaim")) {
      ObjectNode volume = before.get("PersistentVolumeClaim", claim).deepCopy();
      volume.withObject("/metadata").remove("ownerReferences");
      cluster.put(volume);
    }
    return cluster;
  }

  @Test
  void keepsOneCredentialWhereTheApplicationIsTheSuperuser() {
    var cluster =
        new SimulatedCluster(
            THREE.replace("owner: app", "owner: postgres").replace("instances: 3", "instances: 1")
                + "  superuserSecret: {name: mine}\n");
    ObjectNode secret = Json.object();
    secret.put("kind", "Secret");
    secret.set("metadata", Tree.map("name", "mine", "namespace", "db"));
    secret.set("stringData", Tree.map("username", "postgres", "password", "p"));
    cluster.put(dev.howdah.operator.forecast.ImaginedWorld.stored(secret));
    cluster.bootstrapped();

    cluster.change("Secret", "mine", o -> o.withObject("/data").put("password", "cQ=="));

    assertThat(cluster.decide().actions())
        .extracting(Action::text)
        .containsExactly(
            "makes Secret c-app for user postgres: the password in Secret mine may have changed");
    assertThat(cluster.settle().settled()).isTrue();
  }
}
