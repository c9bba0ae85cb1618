// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.WebSocket;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ListWatchIT {
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

  private static String maps(String namespace) {
    var made = client.post("/api/v1/namespaces", "{metadata: {name: %s}}".formatted(namespace));
    assertThat(made.code()).isEqualTo(201); // each test has one of its own
    return "/api/v1/namespaces/" + namespace + "/configmaps";
  }

  private static void map(String path, String name, String labels) {
    var answer = client.post(path, "{metadata: {name: %s, labels: {%s}}}".formatted(name, labels));
    assertThat(answer.code()).isEqualTo(201);
  }

  private static List<String> names(JsonNode list) {
    return list.path("items").valueStream().map(i -> i.at("/metadata/name").asText()).toList();
  }

  private static List<String> select(String path, String query) {
    return names(client.get(path + query).body());
  }

  @Test
  void selectsByLabelsAndFields() {
    var path = maps("selectors");
    map(path, "a", "app: x, tier: one");
    map(path, "b", "app: y, tier: two");
    map(path, "c", "app: x");

    assertThat(select(path, "?labelSelector=app%3Dx")).containsExactly("a", "c");
    assertThat(select(path, "?labelSelector=app!%3Dx,app")).containsExactly("b");
    assertThat(select(path, "?labelSelector=app+in+(x,y),tier")).containsExactly("a", "b");
    assertThat(select(path, "?labelSelector=tier+notin+(one)")).contains("b", "c");
    assertThat(select(path, "?labelSelector=app,!tier")).containsExactly("c");
    assertThat(select(path, "?fieldSelector=metadata.name%3Db")).containsExactly("b");
    assertThat(select(path, "?fieldSelector=metadata.name!%3Db,metadata.namespace%3Dselectors"))
        .contains("a", "c")
        .doesNotContain("b");
    assertThat(client.get(path + "?fieldSelector=data.x%3D1").code()).isEqualTo(400);
    assertThat(client.get(path + "?labelSelector=a%3Db%3Dc").code()).isEqualTo(400);
    assertThat(client.get(path + "?labelSelector=a%3D-").code()).isEqualTo(400);
  }

  @Test
  void selectsByTheFieldsACustomTypeOffers() {
    client.post(
        Widgets.PATH,
        "{apiVersion: example.com/v1, kind: Widget, metadata: {name: r}, spec: {color: red}}");

    assertThat(select(Widgets.PATH, "?fieldSelector=spec.color%3Dred")).containsExactly("r");
    assertThat(client.get(Widgets.PATH + "?fieldSelector=spec.size%3D1").code()).isEqualTo(400);
  }

  @Test
  void listsInPagesThatShowOneState() {
    var path = maps("pages");
    for (var i = 0; i < 10; i++) {
      map(path, "p" + i, "page: 'yes'");
    }
    var query = "?labelSelector=page&limit=4";

    var first = client.get(path + query);
    map(path, "p45", "page: 'yes'");
    client.delete(path + "/p7");
    var second = client.get(path + query + "&continue=" + first.at("/metadata/continue"));
    var third = client.get(path + query + "&continue=" + second.at("/metadata/continue"));

    assertThat(names(first.body())).containsExactly("p0", "p1", "p2", "p3");
    assertThat(names(second.body())).containsExactly("p4", "p5", "p6", "p7");
    assertThat(names(third.body())).containsExactly("p8", "p9");
    assertThat(third.at("/metadata/continue")).isEmpty();
    assertThat(second.at("/metadata/resourceVersion"))
        .isEqualTo(first.at("/metadata/resourceVersion"));
    assertThat(client.get(path + "?continue=nonsense").code()).isEqualTo(400);
  }

  @Test
  void saysWhenAPageIsTooOldAndHowToGoOn() {
    var path = maps("oldpages");
    for (var i = 0; i < 3; i++) {
      map(path, "p" + i, "");
    }
    var first = client.get(path + "?limit=2");
    for (var i = 0; i < 1100; i++) {
      client.merge(path + "/p0", "{data: {n: '%d'}}".formatted(i));
    }

    var gone = client.get(path + "?limit=2&continue=" + first.at("/metadata/continue"));

    assertThat(gone.code()).isEqualTo(410);
    assertThat(gone.at("/reason")).isEqualTo("Expired");
    var rest = client.get(path + "?limit=9&continue=" + gone.at("/metadata/continue"));
    assertThat(names(rest.body())).contains("p2").doesNotContain("p0");

    try (var watch =
        client.watch(path + "?watch=1&resourceVersion=" + first.at("/metadata/resourceVersion"))) {
      var error = watch.next();
      assertThat(error.type()).isEqualTo("ERROR");
      assertThat(error.object().path("code").asInt()).isEqualTo(410);
      assertThat(error.object().path("reason").asText()).isEqualTo("Expired");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void listsAnEarlierStateExactly() {
    var path = maps("exact");
    map(path, "a", "");
    var before = client.get(path).at("/metadata/resourceVersion");
    map(path, "b", "");

    var past = client.get(path + "?resourceVersionMatch=Exact&resourceVersion=" + before);

    assertThat(names(past.body())).contains("a").doesNotContain("b");
    assertThat(client.get(path + "?resourceVersion=99999999").code()).isEqualTo(504);
  }

  @Test
  void tellsWatchersEverythingFromAVersionOn() throws Exception {
    var path = maps("watched");
    var from = client.get(path).at("/metadata/resourceVersion");
    map(path, "w", "");
    client.merge(path + "/w", "{data: {x: y}}");
    client.delete(path + "/w");

    try (var watch = client.watch(path + "?watch=true&resourceVersion=" + from)) {
      var added = watch.next();
      var modified = watch.next();
      var deleted = watch.next();

      assertThat(List.of(added.type(), modified.type(), deleted.type()))
          .containsExactly("ADDED", "MODIFIED", "DELETED");
      assertThat(modified.object().at("/data/x").asText()).isEqualTo("y");
      assertThat(Long.parseLong(deleted.version()))
          .isGreaterThan(Long.parseLong(modified.version()));

      try (var again = client.watch(path + "?watch=true&resourceVersion=" + added.version())) {
        assertThat(again.next().version()).isEqualTo(modified.version());
      }
    }
  }

  @Test
  void beginsAWatchWithoutVersionWithWhatThereIs() throws Exception {
    var path = maps("fresh");
    map(path, "one", "");

    try (var watch = client.watch(path + "?watch=true")) {
      var seen = new HashSet<String>();
      seen.add(watch.next().name());
      seen.add(watch.next().name());

      assertThat(seen).containsExactlyInAnyOrder("one", "kube-root-ca.crt");
    }
  }

  @Test
  void streamsListsWithABookmarkAtTheirEnd() throws Exception {
    var path = maps("streamed");
    map(path, "one", "s: 'yes'");

    try (var watch =
        client.watch(
            path
                + "?watch=true&labelSelector=s&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan")) {
      assertThat(watch.next().name()).isEqualTo("one");
      var mark = watch.next();
      assertThat(mark.type()).isEqualTo("BOOKMARK");
      assertThat(mark.object().at("/metadata/annotations/k8s.io~1initial-events-end").asText())
          .isEqualTo("true");
      map(path, "two", "s: 'yes'");
      assertThat(watch.next().name()).isEqualTo("two");
    }
    assertThat(client.get(path + "?watch=true&sendInitialEvents=true").code()).isEqualTo(422);
  }

  @Test
  void reportsWhatEntersAndLeavesASelection() throws Exception {
    var path = maps("moving");
    map(path, "m", "in: 'no'");

    try (var watch = client.watch(path + "?watch=true&labelSelector=in%3Dyes")) {
      client.merge(path + "/m", "{metadata: {labels: {in: 'yes'}}}");
      assertThat(watch.next().type()).isEqualTo("ADDED");
      client.merge(path + "/m", "{metadata: {labels: {in: 'no'}}}");
      var left = watch.next();
      assertThat(left.type()).isEqualTo("DELETED");
      assertThat(left.object().at("/metadata/labels/in").asText()).isEqualTo("yes");
    }
  }

  @Test
  void endsAWatchWhenItsTimeIsOver() throws Exception {
    var path = maps("short");
    var from = client.get(path).at("/metadata/resourceVersion");

    try (var watch =
        client.watch(
            path
                + "?watch=true&timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion="
                + from)) {
      assertThat(watch.next().type()).isEqualTo("BOOKMARK");
      assertThat(watch.next().type()).isEqualTo("END");
    }
  }

  @Test
  void waitsForAVersionOfTheFuture() throws Exception {
    var path = maps("future");

    try (var watch = client.watch(path + "?watch=true&timeoutSeconds=1&resourceVersion=99999999")) {
      assertThat(watch.next().type()).isEqualTo("END");
    }
  }

  @Test
  void watchesOverWebSockets() throws Exception {
    var path = maps("sockets");
    var messages = new LinkedBlockingQueue<String>();
    var uri =
        java.net.URI.create(
            client.server().toString().replace("https", "wss")
                + path
                + "?watch=true&fieldSelector=metadata.name%3Dover");
    var socket =
        client
            .webSocket()
            .buildAsync(
                uri,
                new WebSocket.Listener() {
                  private final StringBuilder text = new StringBuilder();

                  @Override
                  public CompletionStage<?> onText(WebSocket ws, CharSequence data, boolean last) {
                    text.append(data);
                    if (last) {
                      messages.add(text.toString());
                      text.setLength(0);
                    }
                    ws.request(1);
                    return null;
                  }
                })
            .get(60, TimeUnit.SECONDS);

    map(path, "over", "");

    var event = TestClient.JSON.readTree(messages.poll(60, TimeUnit.SECONDS));
    assertThat(event.path("type").asText()).isEqualTo("ADDED");
    assertThat(event.at("/object/metadata/name").asText()).isEqualTo("over");
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(60, TimeUnit.SECONDS);
  }

  @Test
  void showsTablesAndMetadataOnRequest() {
    var path = maps("shapes");
    map(path, "s", "");

    var table = client.getAs(path, "application/json;as=Table;v=v1;g=meta.k8s.io");
    var metadata =
        client.getAs(path, "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io");

    assertThat(table.at("/kind")).isEqualTo("Table");
    assertThat(table.body().path("rows")).hasSize(2);
    assertThat(metadata.at("/kind")).isEqualTo("PartialObjectMetadataList");
    assertThat(metadata.body().at("/items/0").has("data")).isFalse();
  }

  @Test
  void servesEventsInBothGroups() {
    maps("twofold");
    client.post(
        "/api/v1/namespaces/twofold/events",
        """
        {metadata: {name: e}, involvedObject: {kind: Pod, name: p, namespace: twofold},
         reason: Started, message: it runs, type: Normal, source: {component: me}, count: 2}\
        """);

    var modern = client.get("/apis/events.k8s.io/v1/namespaces/twofold/events/e");

    assertThat(modern.at("/apiVersion")).isEqualTo("events.k8s.io/v1");
    assertThat(modern.at("/note")).isEqualTo("it runs");
    assertThat(modern.at("/regarding/name")).isEqualTo("p");
    assertThat(modern.at("/deprecatedCount")).isEqualTo("2");
    assertThat(
            select(
                "/api/v1/namespaces/twofold/events",
                "?fieldSelector=involvedObject.name%3Dp,involvedObject.kind%3DPod"))
        .containsExactly("e");
    assertThat(
            select(
                "/apis/events.k8s.io/v1/namespaces/twofold/events",
                "?fieldSelector=regarding.name%3Dp"))
        .containsExactly("e");
  }
}
