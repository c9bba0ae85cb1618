// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import static dev.howdah.e2e.kubernetes.Programs.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Resource;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What a cluster on Kubernetes lives through, while a client writes through `-rw` all the time.
@EnabledIfSystemProperty(
    named = "howdah.e2e",
    matches = "kubernetes",
    disabledReason = "needs a Kubernetes: e2e/run brings one up")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LifeOfAClusterIT {
  private static final Duration LONG = Stage.LONG;

  @RegisterExtension static final Stage STAGE = new Stage("life");

  private static Scene scene() {
    return STAGE.scene();
  }

  private static Database database() {
    return STAGE.database();
  }

  @Test
  @Order(10)
  void isHealthyAndTakesRowsOverVerifiedTls() throws Exception {
    STAGE.build(3);
    STAGE.write("");
    STAGE.check("bootstrap");

    assertThat(scene().list(Resource.LEASES, "")).hasSize(1);
    assertThat(scene().inNamespace("get", "events")).doesNotContain("violates PodSecurity");
  }

  @Test
  @Order(20)
  void replacesADeletedStandby() throws Exception {
    STAGE.begin();
    String standby = database().standby();
    String uid = database().uids().get(standby);
    scene().inNamespace("delete", "pod", standby, "--wait=false");

    await("another pod", LONG, () -> !uid.equals(database().uids().get(standby)));
    database().awaitHealthy(3, LONG);
    STAGE.check("standby's pod deleted");
  }

  @Test
  @Order(30)
  void survivesTheLossOfThePrimarysPod() throws Exception {
    STAGE.begin();
    String primary = database().primary();
    String uid = database().uids().get(primary);
    scene().inNamespace("delete", "pod", primary, "--grace-period=0", "--force", "--wait=false");

    await("another pod", LONG, () -> !uid.equals(database().uids().getOrDefault(primary, uid)));
    database().awaitHealthy(3, LONG);
    STAGE.check("primary's pod force-deleted");
  }

  @Test
  @Order(40)
  void makesAStandbyAnewWhoseVolumeIsGone() throws Exception {
    STAGE.begin();
    String standby = database().standby();
    scene().inNamespace("delete", "pvc", standby, "--wait=false");
    scene().inNamespace("delete", "pod", standby, "--wait=false");

    await(
        "the pod is gone",
        LONG,
        () ->
            !database().pods().containsKey(standby)
                || database()
                    .pods()
                    .get(standby)
                    .at("/metadata/deletionTimestamp")
                    .isMissingNode());
    database().awaitHealthy(3, LONG);
    STAGE.check("standby's volume and pod deleted");
  }

  @Test
  @Order(50)
  void changesWhatAReloadCanWithoutARestart() throws Exception {
    STAGE.begin();
    Map<String, String> before = database().uids();
    database().patch("{\"spec\":{\"postgresql\":{\"parameters\":{\"work_mem\":\"7MB\"}}}}");

    for (String pod : before.keySet()) {
      await("reloaded", LONG, () -> database().sql(pod, "show work_mem").equals("7MB"));
    }
    assertThat(database().uids()).isEqualTo(before);
    STAGE.check("reload");
  }

  @Test
  @Order(60)
  void restartsForWhatNeedsItStandbysFirst() throws Exception {
    STAGE.begin();
    database().patch("{\"spec\":{\"postgresql\":{\"parameters\":{\"max_connections\":\"80\"}}}}");

    for (String pod : database().pods().keySet()) {
      await("restarted", LONG, () -> database().sql(pod, "show max_connections").equals("80"));
    }
    database().awaitHealthy(3, LONG);
    STAGE.check("max_connections raised");
  }

  @Test
  @Order(70)
  void refusesWhatCannotBe() throws Exception {
    String said =
        scene()
            .refused(
                "patch",
                "clusters.postgresql.cnpg.io",
                "db",
                "--type=merge",
                "-p",
                "{\"spec\":{\"postgresql\":{\"parameters\":{\"shared_buffers\":\"lots\"}}}}");

    assertThat(said).contains("shared_buffers", "not a size");
    assertThat(
            refusedManifest(
                """
                apiVersion: howdah.dev/v1alpha1
                kind: RestoreDrill
                metadata: {name: bad}
                spec: {cluster: {name: db}, schedule: "every other day"}
                """))
        .contains("spec.schedule", "has 3 fields instead of six");
    assertThat(
            refusedManifest(
                """
                apiVersion: howdah.dev/v1alpha1
                kind: Restore
                metadata: {name: bad}
                spec: {cluster: {name: db}, recoveryTarget: {targetTime: "yesterday"}}
                """))
        .contains("spec.recoveryTarget.targetTime", "no moment in time");
  }

  private static String refusedManifest(String manifest) throws Exception {
    var ended =
        scene()
            .attempt(
                manifest,
                Duration.ofSeconds(60),
                "-n",
                scene().namespace(),
                "apply",
                "--dry-run=server",
                "-f",
                "-");
    assertThat(ended.exit()).as(ended.said()).isNotZero();
    return ended.said();
  }

  /// What is deleted here is what the API server trusts when it asks about Clusters.
  @Test
  @Order(75)
  void putsTheWebhooksCertificatesRightAtOnce() throws Exception {
    String before = authority();
    scene().kubectl("-n", "howdah-system", "delete", "secret", "cnpg-ca-secret");

    await(
        "another authority, and the API server is told of it",
        LONG,
        () -> {
          String now = authority();
          return !now.isEmpty() && !now.equals(before) && now.equals(trusted());
        });
    await(
        "Clusters are reviewed again, by each operator",
        LONG,
        () -> {
          for (int i = 0; i < 8; i++) { // which of the two is asked is chance
            if (database()
                .reviewed("{\"spec\":{\"postgresql\":{\"parameters\":{\"work_mem\":\"5MB\"}}}}")
                .contains("failed calling webhook")) {
              return false;
            }
          }
          return true;
        });
  }

  private static String authority() throws Exception {
    return scene()
        .kubectl(
            "-n",
            "howdah-system",
            "get",
            "secret",
            "cnpg-ca-secret",
            "--ignore-not-found",
            "-o",
            "jsonpath={.data.ca\\.crt}");
  }

  private static String trusted() throws Exception {
    return scene()
        .kubectl(
            "get",
            "validatingwebhookconfiguration",
            "cnpg-validating-webhook-configuration",
            "-o",
            "jsonpath={.webhooks[0].clientConfig.caBundle}");
  }

  @Test
  @Order(78)
  void takesItsBudgetsAwayAndBackAsAsked() throws Exception {
    database().patch("{\"spec\":{\"enablePDB\":false}}");
    await("no budget", LONG, () -> scene().list(Resource.POD_DISRUPTION_BUDGETS, "").isEmpty());

    database().patch("{\"spec\":{\"enablePDB\":true}}");
    await(
        "the primary's budget and the standbys'",
        LONG,
        () -> scene().list(Resource.POD_DISRUPTION_BUDGETS, "").size() == 2);
  }

  @Test
  @Order(80)
  void handsOverOnRequest() throws Exception {
    STAGE.begin();
    String target = database().standby();
    scene()
        .inNamespace(
            "patch",
            "clusters.postgresql.cnpg.io",
            "db",
            "--subresource=status",
            "--type=merge",
            "-p",
            "{\"status\":{\"targetPrimary\":\"%s\",\"phase\":\"Switchover in progress\"}}"
                .formatted(target));

    await(target + " is primary", LONG, () -> database().primary().equals(target));
    database().awaitHealthy(3, LONG);
    await(
        "the service leads to " + target,
        LONG,
        () ->
            scene()
                .inNamespace(
                    "get",
                    "service",
                    "db-rw",
                    "-o",
                    "jsonpath={.spec.selector.cnpg\\.io/instanceName}")
                .contains(target));
    STAGE.check("switchover");
  }

  @Test
  @Order(90)
  void growsAndShrinks() throws Exception {
    Stage.secondGroup();
    STAGE.begin();
    database().patch("{\"spec\":{\"instances\":5}}");
    database().awaitHealthy(5, LONG);
    STAGE.check("3 to 5 instances");

    STAGE.begin();
    database().patch("{\"spec\":{\"instances\":1,\"postgresql\":{\"synchronous\":null}}}");
    await("one pod", LONG, () -> database().pods().size() == 1);
    database().awaitHealthy(1, LONG);
    STAGE.check("5 to 1 instances");

    STAGE.begin();
    database()
        .patch(
            "{\"spec\":{\"instances\":3,\"postgresql\":{\"synchronous\":{\"method\":\"any\",\"number\":1}}}}");
    database().awaitHealthy(3, LONG);
    STAGE.check("1 to 3 instances");
  }

  @Test
  @Order(100)
  void isLeftAloneWhenTheOperatorGoes() throws Exception {
    STAGE.begin();
    Map<String, String> before = database().uids();
    Map<String, String> restarts = restarts();
    String leader = leader();
    Instant begin = Instant.now();
    scene().kubectl("-n", "howdah-system", "delete", "pod", leader.split("_")[0], "--wait=false");

    await("another leader", LONG, () -> !leader().isEmpty() && !leader().equals(leader));
    Stage.say(
        "the leading operator's pod deleted: another leads after %.1f s"
            .formatted(Stage.since(begin)));
    scene().awaitOperators(LONG);
    assertThat(database().uids()).isEqualTo(before);
    assertThat(restarts()).isEqualTo(restarts);
    STAGE.check("operator's leader deleted");
  }

  private static String leader() throws Exception {
    return scene()
        .kubectl(
            "-n",
            "howdah-system",
            "get",
            "lease",
            "db9c8771.cnpg.io",
            "-o",
            "jsonpath={.spec.holderIdentity}");
  }

  private static Map<String, String> restarts() {
    var restarts = new TreeMap<String, String>();
    for (Map.Entry<String, JsonNode> pod : database().pods().entrySet()) {
      restarts.put(
          pod.getKey(), pod.getValue().at("/status/containerStatuses/0/restartCount").asText());
    }
    return restarts;
  }

  @Test
  @Order(110)
  void letsInstancesReadOnlyWhatIsTheirs() throws Exception {
    scene().inNamespace("create", "secret", "generic", "somebody-elses", "--from-literal=a=b");
    String account = "--as=system:serviceaccount:" + scene().namespace() + ":db";

    assertThat(mayI(account, "get", "secret/db-app")).isEqualTo("yes");
    for (var forbidden :
        List.of(
            List.of("get", "secret/somebody-elses"),
            List.of("list", "secrets"),
            List.of("create", "pods"),
            List.of("create", "pods/exec"),
            List.of("delete", "pods"),
            List.of("get", "nodes"))) {
      assertThat(mayI(account, forbidden.get(0), forbidden.get(1)))
          .as(forbidden.toString())
          .isEqualTo("no");
    }
  }

  private static String mayI(String account, String verb, String what) throws Exception {
    var ended =
        scene()
            .attempt(
                "",
                Duration.ofSeconds(60),
                "-n",
                scene().namespace(),
                "auth",
                "can-i",
                verb,
                what,
                account,
                "--quiet=false");
    return ended
        .said()
        .lines()
        .filter(l -> l.equals("yes") || l.startsWith("no"))
        .findFirst()
        .orElse("?")
        .split(" ")[0];
  }

  @Test
  @Order(200)
  void goesAltogetherWhenDeleted() throws Exception {
    STAGE.writer().stop();
    scene().inNamespace("delete", "clusters.postgresql.cnpg.io", "db", "--wait=false");

    for (Resource kind :
        List.of(
            Resource.PODS,
            Resource.PERSISTENT_VOLUME_CLAIMS,
            Resource.JOBS,
            Resource.SERVICES,
            Resource.LEASES,
            Resource.POD_DISRUPTION_BUDGETS,
            Resource.ROLES,
            Resource.ROLE_BINDINGS)) {
      await("no " + kind.kind() + " is left", LONG, () -> scene().list(kind, "").isEmpty());
    }
    await(
        "no generated Secret is left",
        LONG,
        () -> scene().list(Resource.SECRETS, "cnpg.io/cluster=db").isEmpty());
  }
}
