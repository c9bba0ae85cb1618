// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ObjectsIT {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
  private static ThrowawayServer server;
  private static TestClient client;

  @BeforeAll
  static void start() {
    server = ThrowawayServer.start();
    client = TestClient.admin(server.server());
    client.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", Widgets.DEFINITION);
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static String map(String name) {
    return "{apiVersion: v1, kind: ConfigMap, metadata: {name: %s}, data: {a: b}}".formatted(name);
  }

  @Test
  void createsAnObjectWithWhatBelongsToTheServer() {
    var made = client.post(MAPS, map("made"));

    assertThat(made.code()).isEqualTo(201);
    assertThat(made.at("/metadata/uid")).hasSize(36);
    assertThat(made.at("/metadata/namespace")).isEqualTo("default");
    assertThat(made.at("/metadata/resourceVersion")).matches("\\d+");
    assertThat(made.at("/metadata/creationTimestamp")).endsWith("Z");
    assertThat(client.get(MAPS + "/made").body()).isEqualTo(made.body());
  }

  @Test
  void refusesASecondObjectOfTheSameName() {
    client.post(MAPS, map("twice"));

    var second = client.post(MAPS, map("twice"));

    assertThat(second.code()).isEqualTo(409);
    assertThat(second.at("/reason")).isEqualTo("AlreadyExists");
    assertThat(second.at("/message")).isEqualTo("configmaps \"twice\" already exists");
    assertThat(second.at("/details/kind")).isEqualTo("configmaps");
  }

  @Test
  void saysWhatItDoesNotHave() {
    var missing = client.get(MAPS + "/missing");
    var nowhere = client.post("/api/v1/namespaces/nowhere/configmaps", map("x"));
    var unknown = client.get("/apis/unknown.example/v1/things");

    assertThat(missing.code()).isEqualTo(404);
    assertThat(missing.at("/reason")).isEqualTo("NotFound");
    assertThat(missing.at("/message")).isEqualTo("configmaps \"missing\" not found");
    assertThat(nowhere.code()).isEqualTo(404);
    assertThat(nowhere.at("/message")).isEqualTo("namespaces \"nowhere\" not found");
    assertThat(unknown.code()).isEqualTo(404);
  }

  @Test
  void refusesAnUpdateOfAnOldState() {
    var first = client.post(MAPS, map("stale"));
    client.merge(MAPS + "/stale", "{data: {a: c}}");

    var stale = client.put(MAPS + "/stale", first.body());

    assertThat(stale.code()).isEqualTo(409);
    assertThat(stale.at("/reason")).isEqualTo("Conflict");
    assertThat(stale.at("/message"))
        .isEqualTo(
            "Operation cannot be fulfilled on configmaps \"stale\": the object has been modified;"
                + " please apply your changes to the latest version and try again");
  }

  @Test
  void letsOneOfManyWinARace() throws Exception {
    var lease = client.post(LEASES, "{metadata: {name: race}, spec: {holderIdentity: none}}");
    assertThat(lease.code()).isEqualTo(201);
    var won = new AtomicInteger();
    var lost = new AtomicInteger();

    var tasks = new ArrayList<Callable<Void>>();
    for (var i = 0; i < 8; i++) {
      var body = (ObjectNode) lease.body().deepCopy();
      body.withObjectProperty("spec").put("holderIdentity", "racer-" + i);
      tasks.add(() -> {
        var code = client.put(LEASES + "/race", body).code();
        (code == 200 ? won : lost).incrementAndGet();
        return null;
      });
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var done : threads.invokeAll(tasks)) {
        done.get();
      }
    }

    assertThat(won).hasValue(1);
    assertThat(lost).hasValue(7);
  }

  @Test
  void losesNoPatchOfMany() throws Exception {
    client.post(MAPS, map("many"));

    var tasks = new ArrayList<Callable<Integer>>();
    for (var i = 0; i < 20; i++) {
      var key = "k" + i;
      tasks.add(() -> client.merge(MAPS + "/many", "{data: {%s: x}}".formatted(key)).code());
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var done : threads.invokeAll(tasks)) {
        assertThat(done.get()).isEqualTo(200);
      }
    }

    assertThat(client.get(MAPS + "/many").body().path("data")).hasSize(21);
  }

  @Test
  void keepsTheVersionWhenNothingChanges() {
    var made = client.post(MAPS, map("same"));

    var again = client.merge(MAPS + "/same", "{data: {a: b}}");

    assertThat(again.at("/metadata/resourceVersion"))
        .isEqualTo(made.at("/metadata/resourceVersion"));
  }

  @Test
  void generatesNames() {
    var body = "{metadata: {generateName: auto-}, data: {}}";

    var one = client.post(MAPS, body);
    var two = client.post(MAPS, body);

    assertThat(one.at("/metadata/name")).matches("auto-[a-z0-9]{5}");
    assertThat(two.at("/metadata/name")).isNotEqualTo(one.at("/metadata/name"));
  }

  @Test
  void storesNothingInADryRun() {
    var made = client.post(MAPS + "?dryRun=All", map("dry"));

    assertThat(made.code()).isEqualTo(201);
    assertThat(client.get(MAPS + "/dry").code()).isEqualTo(404);

    client.post(MAPS, map("dry2"));
    assertThat(client.send("DELETE", MAPS + "/dry2?dryRun=All", "", "").code()).isEqualTo(200);
    assertThat(client.get(MAPS + "/dry2").code()).isEqualTo(200);
  }

  @Test
  void checksThePreconditionsOfADeletion() {
    var made = client.post(MAPS, map("guarded"));

    var wrong = client.delete(MAPS + "/guarded", "{preconditions: {uid: other}}");
    var old = client.delete(MAPS + "/guarded", "{preconditions: {resourceVersion: '1'}}");
    var right =
        client.delete(
            MAPS + "/guarded", "{preconditions: {uid: %s}}".formatted(made.at("/metadata/uid")));

    assertThat(wrong.code()).isEqualTo(409);
    assertThat(old.code()).isEqualTo(409);
    assertThat(right.code()).isEqualTo(200);
    assertThat(right.at("/status")).isEqualTo("Success");
    assertThat(right.at("/details/uid")).isEqualTo(made.at("/metadata/uid"));
  }

  @Test
  void deletesCollections() {
    for (var i = 0; i < 5; i++) {
      client.post(MAPS, "{metadata: {name: all-%d, labels: {all: '%d'}}}".formatted(i, i % 2));
    }

    var answer = client.delete(MAPS + "?labelSelector=all%3D0");

    assertThat(answer.code()).isEqualTo(200);
    assertThat(answer.body().path("items")).hasSize(3);
    assertThat(client.get(MAPS + "?labelSelector=all").body().path("items")).hasSize(2);
  }

  @Test
  void refusesBadNamesLabelsAndBodies() {
    assertThat(client.post(MAPS, map("Not_Good")).at("/reason")).isEqualTo("Invalid");
    assertThat(client.post(MAPS, "{metadata: {name: l, labels: {a: 'b c'}}}").code())
        .isEqualTo(422);
    assertThat(client.send("POST", MAPS, "application/json", "{").code()).isEqualTo(400);
    assertThat(client.send("POST", MAPS, "text/html", "x").code()).isEqualTo(415);
    assertThat(client.post(MAPS, "{apiVersion: v1, kind: Secret, metadata: {name: x}}").code())
        .isEqualTo(400);
    assertThat(client.getAs(MAPS, "text/html").code()).isEqualTo(406);
    assertThat(client.send("POST", MAPS + "/x", "", "").code()).isEqualTo(405);
  }

  @Test
  void understandsAllKindsOfPatches() {
    client.post(MAPS, map("patched"));
    var path = MAPS + "/patched";

    var json =
        client.send(
            "PATCH",
            path,
            "application/json-patch+json",
            "[{\"op\":\"add\",\"path\":\"/data/j\",\"value\":\"1\"}]");
    var merge = client.merge(path, "{data: {a: null, m: '2'}}");
    var strategic =
        client.send(
            "PATCH", path, "application/strategic-merge-patch+json", "{\"data\":{\"s\":\"3\"}}");
    var apply =
        client.apply(
            path + "?fieldManager=me",
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: patched}, data: {x: '4'}}");
    var nothing = client.send("PATCH", path, "application/json", "{}");

    assertThat(json.at("/data/j")).isEqualTo("1");
    assertThat(merge.body().path("data").has("a")).isFalse();
    assertThat(strategic.at("/data/s")).isEqualTo("3");
    assertThat(apply.at("/data/x")).isEqualTo("4");
    assertThat(apply.at("/data/s")).isEqualTo("3");
    assertThat(nothing.code()).isEqualTo(415);
  }

  @Test
  void createsByServerSideApply() {
    var body = "{apiVersion: v1, kind: ConfigMap, metadata: {name: applied}, data: {x: '%s'}}";

    var made = client.apply(MAPS + "/applied?fieldManager=one", body.formatted("1"));
    var same = client.apply(MAPS + "/applied?fieldManager=one", body.formatted("1"));
    var other = client.apply(MAPS + "/applied?fieldManager=two", body.formatted("2"));
    var forced = client.apply(MAPS + "/applied?fieldManager=two&force=true", body.formatted("2"));
    var anonymous = client.apply(MAPS + "/applied", body.formatted("1"));

    assertThat(made.code()).isEqualTo(201);
    assertThat(same.code()).isEqualTo(200);
    assertThat(same.at("/metadata/resourceVersion"))
        .isEqualTo(made.at("/metadata/resourceVersion"));
    assertThat(other.code()).isEqualTo(409);
    assertThat(other.at("/details/causes/0/reason")).isEqualTo("FieldManagerConflict");
    assertThat(forced.at("/data/x")).isEqualTo("2");
    assertThat(anonymous.code()).isEqualTo(422);
  }

  @Test
  void countsGenerationsOfTheDesiredStateOnly() {
    var path = Widgets.PATH + "/counted";
    client.post(Widgets.PATH, Widgets.widget("counted", 1));

    var labelled = client.merge(path, "{metadata: {labels: {a: b}}}");
    var changed = client.merge(path, "{spec: {size: 2}}");
    var reported = client.merge(path + "/status", "{status: {ready: 1}}");

    assertThat(labelled.at("/metadata/generation")).isEqualTo("1");
    assertThat(changed.at("/metadata/generation")).isEqualTo("2");
    assertThat(reported.at("/metadata/generation")).isEqualTo("2");
  }

  @Test
  void keepsStatusAndSpecApart() {
    var path = Widgets.PATH + "/apart";
    var made =
        client.post(
            Widgets.PATH,
            "{apiVersion: example.com/v1, kind: Widget, metadata: {name: apart}, spec: {size: 1}, status: {ready: 5}}");

    assertThat(made.body().has("status")).isFalse();

    var main = client.merge(path, "{spec: {size: 2}, status: {ready: 5}}");
    assertThat(main.body().has("status")).isFalse();

    var status = client.merge(path + "/status", "{spec: {size: 9}, status: {ready: 7}}");
    assertThat(status.at("/spec/size")).isEqualTo("2");
    assertThat(status.at("/status/ready")).isEqualTo("7");
    assertThat(client.get(path + "/status").at("/status/ready")).isEqualTo("7");
  }

  @Test
  void scalesCustomResources() {
    client.post(Widgets.PATH, Widgets.widget("scaled", 3));
    var path = Widgets.PATH + "/scaled/scale";

    var before = client.get(path);
    var after = client.merge(path, "{spec: {replicas: 5}}");

    assertThat(before.at("/kind")).isEqualTo("Scale");
    assertThat(before.at("/spec/replicas")).isEqualTo("3");
    assertThat(after.at("/spec/replicas")).isEqualTo("5");
    assertThat(client.get(Widgets.PATH + "/scaled").at("/spec/size")).isEqualTo("5");
    assertThat(client.merge(path, "{spec: {replicas: -1}}").code()).isEqualTo(422);
  }

  @Test
  void wantsAVersionForUpdatesOfCustomResources() {
    var made = (ObjectNode) client.post(Widgets.PATH, Widgets.widget("versioned", 1)).body();
    made.withObjectProperty("metadata").remove("resourceVersion");

    var answer = client.put(Widgets.PATH + "/versioned", made);

    assertThat(answer.code()).isEqualTo(422);
    assertThat(answer.at("/message")).contains("metadata.resourceVersion", "must be specified");
  }

  @Test
  void createsALeaseByUpdate() {
    var body =
        TestClient.tree(
            "{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: put, namespace: default}}");

    assertThat(client.put(LEASES + "/put", body).code()).isEqualTo(201);
  }

  @Test
  void speaksYaml() {
    client.post(MAPS, map("yaml"));

    var answer = client.getAs(MAPS + "/yaml", "application/yaml");

    assertThat(new String(answer.raw().body(), java.nio.charset.StandardCharsets.UTF_8))
        .contains("kind: \"ConfigMap\"");
  }

  @Test
  void refusesABodyThatIsTooLarge() {
    var body = "{\"data\":\"" + "x".repeat(4 * 1024 * 1024) + "\"}";

    for (int i = 0; i < 20; i++) { // closing too early loses some of the answers
      assertThat(client.send("POST", MAPS, "application/json", body).code()).isEqualTo(413);
    }
  }
}
