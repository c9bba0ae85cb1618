// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessIT {
  private static final String TOKEN_PROTOCOL = "base64url.bearer.authorization.k8s.io.";
  private static final String ROLES = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles";
  private static final String BINDINGS =
      "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static ThrowawayServer server;
  private static TestClient admin;

  @BeforeAll
  static void start() {
    server = ThrowawayServer.start();
    admin = TestClient.admin(server.server());
  }

  @AfterAll
  static void stop() {
    admin.close();
    server.close();
  }

  private static TestClient user(String name, String... groups) {
    return TestClient.of(server.server().kubeconfig(User.of(name, groups), "default"));
  }

  private static void grant(String name, String rules, String subject) {
    assertThat(
            admin.post(ROLES, "{metadata: {name: %s}, rules: [%s]}".formatted(name, rules)).code())
        .isEqualTo(201);
    assertThat(
            admin
                .post(
                    BINDINGS,
                    "{metadata: {name: %s}, roleRef: {kind: Role, name: %s}, subjects: [%s]}"
                        .formatted(name, name, subject))
                .code())
        .isEqualTo(201);
  }

  @Test
  void refusesWhoMayNot() {
    try (var bob = user("bob")) {
      var refused = bob.get(MAPS);

      assertThat(refused.code()).isEqualTo(403);
      assertThat(refused.at("/message"))
          .isEqualTo(
              "configmaps is forbidden: User \"bob\" cannot list resource \"configmaps\" in API"
                  + " group \"\" in the namespace \"default\"");
      assertThat(bob.get("/api/v1/nodes/x").at("/message"))
          .isEqualTo(
              "nodes \"x\" is forbidden: User \"bob\" cannot get resource \"nodes\" in API group"
                  + " \"\" at the cluster scope");
      assertThat(bob.get("/metrics").at("/message"))
          .isEqualTo("forbidden: User \"bob\" cannot get path \"/metrics\"");
      assertThat(bob.get("/apis").code()).isEqualTo(200);
    }
  }

  @Test
  void knowsNobodyWithoutCredentials() {
    try (var nobody = admin.withToken(server.server(), "");
        var liar = admin.withToken(server.server(), "not.a.token")) {
      assertThat(nobody.get("/version").code()).isEqualTo(200);
      assertThat(nobody.get(MAPS).at("/message")).contains("system:anonymous");
      assertThat(liar.get("/version").code()).isEqualTo(401);
      assertThat(liar.get("/version").at("/reason")).isEqualTo("Unauthorized");
      assertThat(nobody.getWith("/version", "Sec-WebSocket-Protocol", TOKEN_PROTOCOL + "*").code())
          .as("a token that is no base64")
          .isEqualTo(401);
    }
  }

  @Test
  void letsARoleNameItsObjects() {
    grant(
        "named",
        "{apiGroups: [''], resources: [configmaps], resourceNames: [mine], verbs: [get, update,"
            + " list, watch]}",
        "{kind: User, name: carol}");
    admin.post(MAPS, "{metadata: {name: mine}}");
    admin.post(MAPS, "{metadata: {name: other}}");

    try (var carol = user("carol")) {
      assertThat(carol.get(MAPS + "/mine").code()).isEqualTo(200);
      assertThat(carol.get(MAPS + "/other").code()).isEqualTo(403);
      assertThat(carol.get(MAPS).code()).isEqualTo(403);
      assertThat(carol.get(MAPS + "?fieldSelector=metadata.name%3Dmine").code()).isEqualTo(200);
      assertThat(carol.merge(MAPS + "/mine", "{data: {a: b}}").code()).isEqualTo(403);
    }
  }

  @Test
  void tellsSubresourcesApart() {
    grant(
        "subs",
        "{apiGroups: [''], resources: [pods/status], verbs: [patch, get]}",
        "{kind: Group, name: reporters}");
    admin.post(
        "/api/v1/namespaces/default/pods",
        "{metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}");

    try (var dora = user("dora", "reporters")) {
      var pod = "/api/v1/namespaces/default/pods/p";
      assertThat(dora.merge(pod + "/status", "{status: {message: hi}}").code()).isEqualTo(200);
      assertThat(dora.merge(pod, "{metadata: {labels: {a: b}}}").code()).isEqualTo(403);
      assertThat(dora.get(pod).code()).isEqualTo(403);
    }
  }

  @Test
  void bindsServiceAccountsByTheirTokens() {
    admin.post("/api/v1/namespaces/default/serviceaccounts", "{metadata: {name: robot}}");
    grant(
        "robots",
        "{apiGroups: [''], resources: [secrets], verbs: ['*']}",
        "{kind: ServiceAccount, name: robot, namespace: default}");
    var token =
        admin
            .post(
                "/api/v1/namespaces/default/serviceaccounts/robot/token",
                "{apiVersion: authentication.k8s.io/v1, kind: TokenRequest, spec:"
                    + " {expirationSeconds: 600}}")
            .at("/status/token");

    try (var robot = admin.withToken(server.server(), token)) {
      assertThat(robot.get("/api/v1/namespaces/default/secrets").code()).isEqualTo(200);
      assertThat(robot.get("/api/v1/namespaces/kube-system/secrets").at("/message"))
          .contains("system:serviceaccount:default:robot");

      var review =
          admin.post(
              "/apis/authentication.k8s.io/v1/tokenreviews",
              "{spec: {token: %s}}".formatted(token));
      assertThat(review.at("/status/user/username"))
          .isEqualTo("system:serviceaccount:default:robot");

      admin.delete("/api/v1/namespaces/default/serviceaccounts/robot");
      assertThat(robot.get("/version").code()).isEqualTo(401);
    }
  }

  @Test
  void tiesATokenToItsPod() {
    admin.post("/api/v1/namespaces/default/serviceaccounts", "{metadata: {name: bound}}");
    admin.post(
        "/api/v1/namespaces/default/pods",
        "{metadata: {name: holder}, spec: {serviceAccountName: bound, containers: [{name: c, image:"
            + " i}]}}");
    var token =
        server.server().serviceAccountToken("default", "bound", "holder", Duration.ofHours(1));

    try (var pod = admin.withToken(server.server(), token)) {
      assertThat(pod.get("/version").code()).isEqualTo(200);
      admin.delete("/api/v1/namespaces/default/pods/holder");
      assertThat(pod.get("/version").code()).isEqualTo(401);
    }
    assertThat(
            admin
                .post(
                    "/api/v1/namespaces/default/serviceaccounts/bound/token",
                    "{spec: {expirationSeconds: 5}}")
                .code())
        .isEqualTo(422);
  }

  @Test
  void answersReviews() {
    grant(
        "reviewed",
        "{apiGroups: [apps], resources: [deployments], verbs: [get]}",
        "{kind: User, name: erin}");

    try (var erin = user("erin")) {
      var self = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
      var may =
          "{spec: {resourceAttributes: {namespace: default, verb: %s, group: apps, resource:"
              + " deployments}}}";
      assertThat(erin.post(self, may.formatted("get")).at("/status/allowed")).isEqualTo("true");
      assertThat(erin.post(self, may.formatted("list")).at("/status/allowed")).isEqualTo("false");
      var rules =
          erin.post(
              "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
              "{spec: {namespace: default}}");
      assertThat(rules.body().at("/status/resourceRules").toString()).contains("deployments");
      assertThat(rules.at("/status/incomplete")).isEqualTo("false");
      assertThat(
              admin
                  .post(
                      "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                      "{spec: {user: erin, resourceAttributes: {namespace: default, verb: get,"
                          + " group: apps, resource: deployments}}}")
                  .at("/status/allowed"))
          .isEqualTo("true");
    }
    try (var nobody =
        admin.withToken(
            server.server(),
            server
                .server()
                .serviceAccountToken("kube-public", "default", "", Duration.ofHours(1)))) {
      var rules =
          nobody.post(
              "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
              "{spec: {namespace: default}}");
      assertThat(rules.body().at("/status/resourceRules").isArray()).isTrue();
    }
  }

  @Test
  void lendsThePowersOfDefaultRoles() {
    admin.post(
        BINDINGS,
        "{metadata: {name: viewers}, roleRef: {kind: ClusterRole, name: view}, subjects: [{kind:"
            + " User, name: vic}]}");
    admin.post(
        BINDINGS,
        "{metadata: {name: editors}, roleRef: {kind: ClusterRole, name: edit}, subjects: [{kind:"
            + " User, name: ed}]}");

    try (var vic = user("vic");
        var ed = user("ed")) {
      assertThat(vic.get(MAPS).code()).isEqualTo(200);
      assertThat(vic.get("/api/v1/namespaces/default/secrets").code()).isEqualTo(403);
      assertThat(vic.get("/api/v1/namespaces/kube-system/configmaps").code()).isEqualTo(403);
      assertThat(ed.get("/api/v1/namespaces/default/secrets").code()).isEqualTo(200);
      assertThat(ed.post(MAPS, "{metadata: {name: eds}}").code()).isEqualTo(201);
      assertThat(ed.get(ROLES).code()).isEqualTo(403);
    }
  }

  @Test
  void addsUpRolesThatAskForIt() {
    var roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    admin.post(
        roles,
        "{metadata: {name: more-view, labels: {rbac.authorization.k8s.io/aggregate-to-view:"
            + " 'true'}}, rules: [{apiGroups: [example.com], resources: [widgets], verbs:"
            + " [get]}]}");

    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> admin.get(roles + "/admin").body().path("rules").toString().contains("widgets"));
  }

  @Test
  void refusesToHandOutWhatOneDoesNotHave() {
    grant(
        "limited",
        "{apiGroups: [rbac.authorization.k8s.io], resources: [roles, rolebindings], verbs: [create,"
            + " update]}, {apiGroups: [''], resources: [pods], verbs: [get]}",
        "{kind: User, name: oscar}");

    try (var oscar = user("oscar")) {
      var own =
          oscar.post(
              ROLES,
              "{metadata: {name: o1}, rules: [{apiGroups: [''], resources: [pods], verbs:"
                  + " [get]}]}");
      var more =
          oscar.post(
              ROLES,
              "{metadata: {name: o2}, rules: [{apiGroups: [''], resources: [secrets], verbs:"
                  + " [get]}]}");
      var bind =
          oscar.post(
              BINDINGS,
              "{metadata: {name: o3}, roleRef: {kind: ClusterRole, name: cluster-admin}, subjects:"
                  + " [{kind: User, name: oscar}]}");

      assertThat(own.code()).isEqualTo(201);
      assertThat(more.code()).isEqualTo(403);
      assertThat(more.at("/message"))
          .contains("attempting to grant RBAC permissions not currently held", "secrets");
      assertThat(bind.code()).isEqualTo(403);
    }
  }

  @Test
  void fillsTokensIntoSecrets() {
    admin.post(
        "/api/v1/namespaces/default/secrets",
        "{metadata: {name: lasting, annotations: {kubernetes.io/service-account.name: default}},"
            + " type: kubernetes.io/service-account-token}");

    var secret = admin.get("/api/v1/namespaces/default/secrets/lasting");

    var token = new String(Base64.getDecoder().decode(secret.at("/data/token")));
    try (var holder = admin.withToken(server.server(), token)) {
      assertThat(holder.get("/version").code()).isEqualTo(200);
    }
  }

  @Test
  void freesItsPortWhenItStops() {
    try (var restarted = ThrowawayServer.start()) {
      for (var round = 0; round < 10; round++) {
        // each with a client of its own, whose connection the restart cuts
        try (var client = TestClient.admin(restarted.server())) {
          assertThat(client.get("/version").code()).isEqualTo(200);
          restarted.restart(); // on the same port, at once
        }
      }
    }
  }

  @Test
  void writesCredentialsForTheirOwnerOnly(@TempDir Path folder) throws IOException {
    var file = folder.resolve("config");

    server.server().writeKubeconfig(file);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void refusesASecondServerOnItsFolderAndATakenPort(@TempDir Path folder) {
    var settings = new ApiServer.Settings(folder.resolve("data"), "127.0.0.1", 0);
    try (var first = ApiServer.start(settings, java.util.List.of(), PodBackend.none())) {
      assertThatThrownBy(() -> ApiServer.start(settings, java.util.List.of(), PodBackend.none()))
          .isInstanceOf(ApiServer.StartException.class)
          .hasMessageContaining("another API server is using");
      var samePort =
          new ApiServer.Settings(folder.resolve("other"), "127.0.0.1", first.uri().getPort());
      assertThatThrownBy(() -> ApiServer.start(samePort, java.util.List.of(), PodBackend.none()))
          .isInstanceOf(ApiServer.StartException.class)
          .hasMessageContaining("is in use by another program");
      var everywhere = new ApiServer.Settings(folder.resolve("third"), "0.0.0.0", 0);
      assertThatThrownBy(() -> ApiServer.start(everywhere, java.util.List.of(), PodBackend.none()))
          .hasMessageContaining("no loopback address");
    }
  }
}
