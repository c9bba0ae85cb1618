// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DeletionIT {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String PODS = "/api/v1/namespaces/default/pods";
  private static final String DEFINITIONS =
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  private static ThrowawayServer server;
  private static TestClient client;

  @BeforeAll
  static void start() {
    server = ThrowawayServer.start();
    client = TestClient.admin(server.server());
    client.post(DEFINITIONS, Widgets.DEFINITION);
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static TestClient.Answer map(String name, String metadata) {
    var made = client.post(MAPS, "{metadata: {name: %s, %s}}".formatted(name, metadata));
    assertThat(made.code()).as(made.body().toString()).isEqualTo(201);
    return made;
  }

  private static String ownedBy(TestClient.Answer owner, boolean blocks) {
    return "ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: %s, uid: %s, blockOwnerDeletion: %s}]"
        .formatted(owner.at("/metadata/name"), owner.at("/metadata/uid"), blocks);
  }

  private static boolean exists(String path) {
    return client.get(path).code() == 200;
  }

  private static void awaitGone(String path) {
    await().atMost(Duration.ofSeconds(60)).until(() -> !exists(path));
  }

  @Test
  void waitsForFinalizers() {
    map("held", "finalizers: [example.com/hold]");

    var marked = client.delete(MAPS + "/held");

    assertThat(marked.code()).isEqualTo(200);
    assertThat(marked.at("/kind")).isEqualTo("ConfigMap");
    assertThat(marked.at("/metadata/deletionTimestamp")).endsWith("Z");
    assertThat(
            client
                .merge(
                    MAPS + "/held", "{metadata: {finalizers: [example.com/hold, example.com/new]}}")
                .code())
        .isEqualTo(422);
    assertThat(client.merge(MAPS + "/held", "{metadata: {finalizers: null}}").code())
        .isEqualTo(200);
    assertThat(exists(MAPS + "/held")).isFalse();
  }

  @Test
  void collectsDependentsInTheBackground() {
    var owner = map("owner", "");
    var child = map("child", ownedBy(owner, true));
    map("grandchild", ownedBy(child, true));

    client.delete(MAPS + "/owner");

    awaitGone(MAPS + "/grandchild");
    assertThat(exists(MAPS + "/child")).isFalse();
  }

  @Test
  void collectsADependentWhoseOwnerNeverExisted() {
    client.post(
        MAPS,
        "{metadata: {name: stray, ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: none, uid: none}]}}");

    awaitGone(MAPS + "/stray");
  }

  @Test
  void keepsADependentThatHasAnotherOwner() {
    var one = map("one", "");
    var two = map("two", "");
    map(
        "shared",
        "ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: one, uid: %s}, {apiVersion: v1, kind: ConfigMap, name: two, uid: %s}]"
            .formatted(one.at("/metadata/uid"), two.at("/metadata/uid")));

    client.delete(MAPS + "/one");

    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> client.get(MAPS + "/shared").body().at("/metadata/ownerReferences").size() == 1);
    assertThat(client.get(MAPS + "/shared").at("/metadata/ownerReferences/0/name"))
        .isEqualTo("two");
  }

  @Test
  void deletesTheForegroundFirst() {
    var owner = map("front", "");
    map("behind", ownedBy(owner, true) + ", finalizers: [example.com/hold]");

    var answer = client.delete(MAPS + "/front", "{propagationPolicy: Foreground}");

    assertThat(answer.body().at("/metadata/finalizers").toString()).contains("foregroundDeletion");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> client.get(MAPS + "/behind").body().at("/metadata").has("deletionTimestamp"));
    assertThat(exists(MAPS + "/front")).isTrue();
    client.merge(MAPS + "/behind", "{metadata: {finalizers: null}}");
    awaitGone(MAPS + "/front");
  }

  @Test
  void letsOrphansGo() {
    var owner = map("parent", "");
    map("orphan", ownedBy(owner, true));

    client.delete(MAPS + "/parent", "{propagationPolicy: Orphan}");

    awaitGone(MAPS + "/parent");
    var orphan = client.get(MAPS + "/orphan");
    assertThat(orphan.code()).isEqualTo(200);
    assertThat(orphan.body().path("metadata").has("ownerReferences")).isFalse();
  }

  @Test
  void orphansThePodsOfAJobUnlessToldOtherwise() {
    var jobs = "/apis/batch/v1/namespaces/default/jobs";
    var job =
        client.post(
            jobs,
            "{metadata: {name: j}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}");
    assertThat(job.code()).as(job.body().toString()).isEqualTo(201);
    client.post(
        PODS,
        "{metadata: {name: jp, ownerReferences: [{apiVersion: batch/v1, kind: Job, name: j, uid: %s}]}, spec: {containers: [{name: c, image: i}]}}"
            .formatted(job.at("/metadata/uid")));

    client.delete(jobs + "/j");

    awaitGone(jobs + "/j");
    assertThat(exists(PODS + "/jp")).isTrue();
  }

  @Test
  void givesARunningPodTimeToEnd() {
    client.post(
        PODS,
        "{metadata: {name: slow}, spec: {nodeName: here, terminationGracePeriodSeconds: 20, containers: [{name: c, image: i}]}}");

    var answer = client.delete(PODS + "/slow");

    assertThat(answer.at("/metadata/deletionGracePeriodSeconds")).isEqualTo("20");
    assertThat(exists(PODS + "/slow")).isTrue();
    var shorter = client.delete(PODS + "/slow", "{gracePeriodSeconds: 5}");
    assertThat(shorter.at("/metadata/deletionGracePeriodSeconds")).isEqualTo("5");
    var longer = client.delete(PODS + "/slow", "{gracePeriodSeconds: 50}");
    assertThat(longer.at("/metadata/deletionGracePeriodSeconds")).isEqualTo("5");
    client.delete(PODS + "/slow", "{gracePeriodSeconds: 0}");
    assertThat(exists(PODS + "/slow")).isFalse();
  }

  @Test
  void deletesAPodWithoutANodeAtOnce() {
    client.post(PODS, "{metadata: {name: waiting}, spec: {containers: [{name: c, image: i}]}}");

    assertThat(client.delete(PODS + "/waiting").at("/kind")).isEqualTo("Pod");
    assertThat(exists(PODS + "/waiting")).isFalse();
  }

  @Test
  void emptiesANamespaceBeforeItGoes() {
    client.post("/api/v1/namespaces", "{metadata: {name: doomed}}");
    client.post(
        "/api/v1/namespaces/doomed/configmaps",
        "{metadata: {name: held, finalizers: [example.com/hold]}}");
    client.post(Widgets.PATH.replace("default", "doomed"), Widgets.widget("w", 1));

    var answer = client.delete("/api/v1/namespaces/doomed");

    assertThat(answer.at("/status/phase")).isEqualTo("Terminating");
    awaitGone(Widgets.PATH.replace("default", "doomed") + "/w");
    var refused = client.post("/api/v1/namespaces/doomed/configmaps", "{metadata: {name: late}}");
    assertThat(refused.code()).isEqualTo(403);
    assertThat(refused.at("/details/causes/0/reason")).isEqualTo("NamespaceTerminating");
    assertThat(exists("/api/v1/namespaces/doomed")).isTrue();
    client.merge("/api/v1/namespaces/doomed/configmaps/held", "{metadata: {finalizers: null}}");
    awaitGone("/api/v1/namespaces/doomed");
    assertThat(client.delete("/api/v1/namespaces/default").code()).isEqualTo(403);
  }

  @Test
  void furnishesNamespaces() {
    client.post("/api/v1/namespaces", "{metadata: {name: fresh}}");

    assertThat(exists("/api/v1/namespaces/fresh/serviceaccounts/default")).isTrue();
    assertThat(
            client.get("/api/v1/namespaces/fresh/configmaps/kube-root-ca.crt").at("/data/ca.crt"))
        .isEqualTo(server.server().caPem());

    client.delete("/api/v1/namespaces/fresh/serviceaccounts/default");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> exists("/api/v1/namespaces/fresh/serviceaccounts/default"));
  }

  @Test
  void deletesADefinitionWithItsObjects() {
    var gadgets =
        Widgets.DEFINITION
            .replace("widget", "gadget")
            .replace("Widget", "Gadget")
            .replace("wg", "gg");
    var path = Widgets.PATH.replace("widgets", "gadgets");
    var made = client.post(DEFINITIONS, gadgets);
    assertThat(made.body().at("/status/conditions").toString())
        .contains("\"type\":\"Established\",\"status\":\"True\"");
    client.post(
        path,
        "{apiVersion: example.com/v1, kind: Gadget, metadata: {name: g, finalizers: [example.com/hold]}, spec: {}}");

    client.delete(DEFINITIONS + "/gadgets.example.com");

    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> client.get(path + "/g").body().at("/metadata").has("deletionTimestamp"));
    client.merge(path + "/g", "{metadata: {finalizers: null}}");
    awaitGone(DEFINITIONS + "/gadgets.example.com");
    assertThat(client.get(path).code()).isEqualTo(404);
  }

  @Test
  void keepsAClaimWhileAPodUsesIt() {
    var claims = "/api/v1/namespaces/default/persistentvolumeclaims";
    client.post(
        claims,
        "{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}");
    client.post(
        PODS,
        "{metadata: {name: user}, spec: {containers: [{name: c, image: i}], volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]}}");

    client.delete(claims + "/data");

    assertThat(client.get(claims + "/data").body().path("metadata").has("deletionTimestamp"))
        .isTrue();
    client.delete(PODS + "/user");
    awaitGone(claims + "/data");
  }

  @Test
  void spendsDisruptionBudgets() {
    client.post(
        "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
        "{metadata: {name: b}, spec: {minAvailable: 1, selector: {matchLabels: {app: b}}}}");
    for (var name : new String[] {"b1", "b2"}) {
      client.post(
          PODS,
          "{metadata: {name: %s, labels: {app: b}}, spec: {containers: [{name: c, image: i}]}}"
              .formatted(name));
      client.merge(
          PODS + "/" + name + "/status",
          "{status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}}");
    }
    var budget = "/apis/policy/v1/namespaces/default/poddisruptionbudgets/b";
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> client.get(budget).at("/status/disruptionsAllowed").equals("1"));

    var eviction = "{apiVersion: policy/v1, kind: Eviction, metadata: {name: %s}}";
    assertThat(client.post(PODS + "/b1/eviction", eviction.formatted("b1")).code()).isEqualTo(201);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> client.get(budget).at("/status/disruptionsAllowed").equals("0"));
    var refused = client.post(PODS + "/b2/eviction", eviction.formatted("b2"));
    assertThat(refused.code()).isEqualTo(429);
    assertThat(refused.at("/details/causes/0/reason")).isEqualTo("DisruptionBudget");
  }
}
