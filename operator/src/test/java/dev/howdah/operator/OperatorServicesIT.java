// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.howdah.apiserver.ApiServer;
import dev.howdah.apiserver.PodBackend;
import dev.howdah.kube.CertificateCheck;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Tls;
import dev.howdah.operator.admission.AdmissionReviews;
import dev.howdah.operator.admission.ResourceReview;
import dev.howdah.operator.admission.WebhookCertificates;
import dev.howdah.operator.admission.WebhookServer;
import dev.howdah.operator.lead.OperatorLease;
import dev.howdah.operator.tree.Tree;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What surrounds the operator on Kubernetes: its own leader election, its webhooks.
class OperatorServicesIT {
  private static final String NAMESPACE = "howdah-system";

  /// So long that no pause of this machine ends it.
  private static final OperatorLease.Timing LONG =
      new OperatorLease.Timing(
          Duration.ofSeconds(120), Duration.ofSeconds(90), Duration.ofSeconds(1));

  @TempDir static Path home;
  private static ApiServer api;
  private static KubeClient client;

  @BeforeAll
  static void start() throws Exception {
    api =
        ApiServer.start(
            new ApiServer.Settings(home.resolve("api"), "127.0.0.1", 0),
            List.of(),
            PodBackend.none());
    api.writeKubeconfig(home.resolve("admin"));
    client = new KubeClient(KubeSettings.fromKubeconfig(home.resolve("admin")));
    client.create(Resource.NAMESPACES, Json.object(Resource.NAMESPACES, "", NAMESPACE));
  }

  @AfterAll
  static void stop() {
    client.close();
    api.close();
  }

  @Test
  void oneOperatorLeadsAndTheNextGoesOnAtOnceWhenItStops() throws Exception {
    var first = new OperatorLease(client, NAMESPACE, "one", "a", LONG).start();
    first.awaitLeading();
    try (var second = new OperatorLease(client, NAMESPACE, "one", "b", LONG).start()) {
      await()
          .during(Duration.ofSeconds(3))
          .atMost(Duration.ofSeconds(60))
          .until(() -> first.leads() && !second.leads());

      first.close();

      await().atMost(Duration.ofSeconds(60)).until(second::leads); // half of what a Lease lasts
      assertThat(first.leads()).isFalse();
    }
  }

  @Test
  void anOperatorWhoseLeaseIsTakenStopsLeading() throws Exception {
    try (var first = new OperatorLease(client, NAMESPACE, "two", "a", LONG).start()) {
      first.awaitLeading();

      client.merge(
          Resource.LEASES,
          NAMESPACE,
          "two",
          Tree.map("spec", Tree.map("holderIdentity", "somebody else")));

      first.awaitLost();
      assertThat(first.leads()).isFalse();
    }
  }

  @Test
  void settingsChangeWithTheirObjectsAndStayWhenTheseAreWrong() throws Exception {
    var config = Json.object(Resource.CONFIG_MAPS, NAMESPACE, "settings");
    config.set("data", Tree.map("CERTIFICATE_DURATION", "30"));
    client.create(Resource.CONFIG_MAPS, config);
    try (var live =
        LiveSettings.follow(
            Map.of("OPERATOR_NAMESPACE", NAMESPACE, "CREATE_ANY_SERVICE", "true"),
            client,
            "settings",
            "settings")) {
      var first = live.current();
      assertThat(first.certificateDuration()).isEqualTo(Duration.ofDays(30));
      assertThat(first.createAnyService()).isTrue();

      config.set("data", Tree.map("CERTIFICATE_DURATION", "40"));
      client.merge(Resource.CONFIG_MAPS, NAMESPACE, "settings", config);
      live.awaitOther(first, Duration.ofSeconds(60));
      var second = live.current();
      assertThat(second.certificateDuration()).isEqualTo(Duration.ofDays(40));

      config.set("data", Tree.map("CERTIFICATE_DURATION", "soon"));
      client.merge(Resource.CONFIG_MAPS, NAMESPACE, "settings", config);
      config.set(
          "data", Tree.map("CERTIFICATE_DURATION", "40", "KUBERNETES_CLUSTER_DOMAIN", "other"));
      client.merge(Resource.CONFIG_MAPS, NAMESPACE, "settings", config);
      live.awaitOther(second, Duration.ofSeconds(60));
      assertThat(live.current().clusterDomain()).isEqualTo("other");
      assertThat(live.current().certificateDuration()).isEqualTo(Duration.ofDays(40));
    }
  }

  @Test
  void settingsFollowTheSecretToo() throws Exception {
    try (var live =
        LiveSettings.follow(
            Map.of("OPERATOR_NAMESPACE", NAMESPACE, "PULL_SECRET_NAME", "registry"),
            client,
            "no-such-settings",
            "secret-settings")) {
      var first = live.current();
      assertThat(first.pullSecret()).isEmpty(); // there is none of that name

      var secret = Json.object(Resource.SECRETS, NAMESPACE, "secret-settings");
      secret.set("data", Tree.map("CERTIFICATE_DURATION", encoded("31")));
      client.create(Resource.SECRETS, secret);
      var second = other(live, first);
      assertThat(second.certificateDuration()).isEqualTo(Duration.ofDays(31));

      client.create(Resource.SECRETS, Json.object(Resource.SECRETS, NAMESPACE, "registry"));
      var third = other(live, second);
      assertThat(third.pullSecret()).isEqualTo("registry");

      client.delete(Resource.SECRETS, NAMESPACE, "secret-settings", DeleteOptions.DEFAULT);
      var fourth = other(live, third);
      assertThat(fourth.certificateDuration()).isEqualTo(Duration.ofDays(90));
    }
  }

  @Test
  void leavesIdsToAPlatformThatGivesThem() throws Exception {
    Map<String, String> own = Map.of("OPERATOR_NAMESPACE", NAMESPACE);
    try (var live = LiveSettings.follow(own, client, "none", "none")) {
      assertThat(live.current().platformIds()).isFalse();
    }
    String group = "security.openshift.io";
    String plural = "securitycontextconstraints";
    ObjectNode crd = Json.object(Resource.CRDS, "", plural + "." + group);
    crd.set(
        "spec",
        Json.parse(
            """
            {"group": "%s", "scope": "Cluster", "names": {"plural": "%s", "singular": "%s", "kind": "SecurityContextConstraints"},
             "versions": [{"name": "v1", "served": true, "storage": true,
               "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}
            """
                .formatted(group, plural, plural)));
    client.create(Resource.CRDS, crd);
    try {
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> {
            try (var live = LiveSettings.follow(own, client, "none", "none")) {
              assertThat(live.current().platformIds()).isTrue();
            }
          });
    } finally {
      client.delete(Resource.CRDS, "", plural + "." + group, DeleteOptions.DEFAULT);
    }
  }

  private static OperatorSettings other(LiveSettings live, OperatorSettings known)
      throws InterruptedException {
    live.awaitOther(known, Duration.ofSeconds(60));
    return live.current();
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void webhooksFillInDefaultsAndRefuseWithAllReasonsAtOnce() throws Exception {
    var settings = OperatorSettings.of(List.of(Map.of("OPERATOR_NAMESPACE", NAMESPACE)));
    client.create(
        new Resource(
            "admissionregistration.k8s.io",
            "v1",
            "validatingwebhookconfigurations",
            "ValidatingWebhookConfiguration",
            false),
        configuration());
    try (var certificates =
            WebhookCertificates.open(client, () -> settings, InstantSource.system());
        var server =
            WebhookServer.start(
                new InetSocketAddress("127.0.0.1", 0),
                certificates.context(),
                () -> new AdmissionReviews(new ResourceReview(settings)),
                () -> true)) {
      JsonNode mutated =
          post(server.port(), "/mutate-postgresql-cnpg-io-v1-cluster", cluster("size: 1Gi"));
      JsonNode good =
          post(server.port(), "/validate-postgresql-cnpg-io-v1-cluster", cluster("size: 1Gi"));
      JsonNode bad =
          post(
              server.port(),
              "/validate-postgresql-cnpg-io-v1-cluster",
              cluster("size: huge", "imageName: postgresql:latest"));

      assertThat(mutated.path("response").path("allowed").asBoolean()).isTrue();
      assertThat(patch(mutated)).contains("\"database\":\"app\"");
      assertThat(good.path("response").path("allowed").asBoolean()).isTrue();
      assertThat(bad.path("response").path("allowed").asBoolean()).isFalse();
      assertThat(bad.path("response").path("status").path("details").path("causes"))
          .extracting(cause -> cause.path("field").asText())
          .contains("spec.imageName", "spec.storage.size");
      assertThat(bad.path("response").path("uid").asText()).isEqualTo("42");
    }
    assertThat(
            client
                .get(
                    new Resource(
                        "admissionregistration.k8s.io",
                        "v1",
                        "validatingwebhookconfigurations",
                        "ValidatingWebhookConfiguration",
                        false),
                    "",
                    "cnpg-validating-webhook-configuration")
                .at("/webhooks/0/clientConfig/caBundle")
                .asText())
        .isNotEmpty();
  }

  private static ObjectNode configuration() {
    ObjectNode configuration = Json.object();
    configuration.put("apiVersion", "admissionregistration.k8s.io/v1");
    configuration.put("kind", "ValidatingWebhookConfiguration");
    configuration.set("metadata", Tree.map("name", "cnpg-validating-webhook-configuration"));
    configuration.set(
        "webhooks",
        Tree.list(
            Tree.map(
                "name",
                "vcluster.cnpg.io",
                "sideEffects",
                "None",
                "admissionReviewVersions",
                Tree.list("v1"),
                "clientConfig",
                Tree.map(
                    "service",
                    Tree.map(
                        "name", "cnpg-webhook-service", "namespace", NAMESPACE, "path", "/v")))));
    return configuration;
  }

  private static ObjectNode cluster(String storage, String... further) throws Exception {
    String yaml =
        """
        apiVersion: postgresql.cnpg.io/v1
        kind: Cluster
        metadata: {name: c, namespace: db}
        spec:
          instances: 3
          storage: {%s}
          %s
        """
            .formatted(storage, String.join("\n  ", further));
    return Tree.map(
        "apiVersion",
        "admission.k8s.io/v1",
        "kind",
        "AdmissionReview",
        "request",
        Tree.map("uid", "42", "operation", "CREATE", "object", new YAMLMapper().readTree(yaml)));
  }

  private static String patch(JsonNode review) {
    return new String(
        Base64.getDecoder().decode(review.path("response").path("patch").asText()),
        StandardCharsets.UTF_8);
  }

  /// As the API server does: trusting only the authority in the Secret, asking for the Service's
  /// name.
  private static JsonNode post(int port, String path, ObjectNode body) throws Exception {
    String pem =
        new String(
            Base64.getDecoder()
                .decode(
                    client
                        .get(Resource.SECRETS, NAMESPACE, "cnpg-ca-secret")
                        .path("data")
                        .path("ca.crt")
                        .asText()),
            StandardCharsets.UTF_8);
    CertificateCheck.Rule chain = CertificateCheck.chainTo(pem);
    SSLContext tls =
        Tls.accepting((certificates, type, host) -> {
          chain.check(certificates, type, host);
          assertThat(certificates[0].getSubjectAlternativeNames())
              .anyMatch(name -> name.get(1).equals("cnpg-webhook-service." + NAMESPACE + ".svc"));
        });
    try (HttpClient http = HttpClient.newBuilder().sslContext(tls).build()) {
      HttpResponse<byte[]> answer =
          http.send(
              HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + path))
                  .POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body)))
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      assertThat(answer.statusCode()).isEqualTo(200);
      return Json.parse(answer.body());
    }
  }
}
