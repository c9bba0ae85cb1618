// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.ApiServer;
import dev.howdah.apiserver.PodBackend;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.tree.Tree;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.CertifiedKey;
import dev.howdah.service.pki.LeafRequest;
import dev.howdah.service.pki.Pem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebhookRenewalIT {
  private static final String NAMESPACE = "howdah-system";
  private static final String CONFIGURATION = "cnpg-validating-webhook-configuration";
  private static final Resource VALIDATING =
      new Resource(
          "admissionregistration.k8s.io",
          "v1",
          "validatingwebhookconfigurations",
          "ValidatingWebhookConfiguration",
          false);
  private static final Duration SOON = Duration.ofMillis(200);

  @TempDir Path home;

  @Test
  void aCertificateNearItsEndIsReplacedUnderTheRunningServerAndItsAuthorityIsMadeKnown()
      throws Exception {
    Instant now = Instant.now();
    var time = new AtomicReference<>(now.minus(Duration.ofDays(89)));
    InstantSource clock = time::get;
    var settings = OperatorSettings.of(List.of(Map.of("OPERATOR_NAMESPACE", NAMESPACE)));
    try (var api =
        ApiServer.start(
            new ApiServer.Settings(home.resolve("api"), "127.0.0.1", 0),
            List.of(),
            PodBackend.none())) {
      api.writeKubeconfig(home.resolve("admin"));
      try (KubeClient client = new KubeClient(KubeSettings.fromKubeconfig(home.resolve("admin")))) {
        client.create(Resource.NAMESPACES, Json.object(Resource.NAMESPACES, "", NAMESPACE));
        client.create(VALIDATING, configuration());
        try (var certificates = WebhookCertificates.open(client, () -> settings, clock, SOON);
            var server =
                WebhookServer.start(
                    new InetSocketAddress("127.0.0.1", 0),
                    certificates.context(),
                    () -> new AdmissionReviews(new ResourceReview(settings)),
                    () -> true)) {
          X509Certificate short1 = shown(server.port(), bundle(client));
          String bundle1 = bundle(client);
          assertThat(short1.getNotAfter().toInstant()).isBefore(now.plus(Duration.ofDays(2)));

          time.set(now);

          await()
              .atMost(Duration.ofSeconds(90))
              .until(() -> !shown(server.port(), bundle(client)).equals(short1));
          X509Certificate long1 = shown(server.port(), bundle(client));
          assertThat(long1.getNotAfter().toInstant()).isAfter(now.plus(Duration.ofDays(80)));
          assertThat(certificates.end()).isEqualTo(long1.getNotAfter().toInstant());
          assertThat(bundle(client)).isNotEqualTo(bundle1);

          client.delete(Resource.SECRETS, NAMESPACE, "cnpg-ca-secret", DeleteOptions.DEFAULT);

          await()
              .atMost(Duration.ofSeconds(90))
              .ignoreExceptionsInstanceOf(IOException.class) // the moment between the two
              .until(() -> !shown(server.port(), bundle(client)).equals(long1));
        }
      }
    }
  }

  @Test
  void whatIsLostOrOverwrittenIsPutRightLongBeforeTheNextLook() throws Exception {
    var settings = OperatorSettings.of(List.of(Map.of("OPERATOR_NAMESPACE", NAMESPACE)));
    try (var api =
        ApiServer.start(
            new ApiServer.Settings(home.resolve("api"), "127.0.0.1", 0),
            List.of(),
            PodBackend.none())) {
      api.writeKubeconfig(home.resolve("admin"));
      try (KubeClient client = new KubeClient(KubeSettings.fromKubeconfig(home.resolve("admin")))) {
        client.create(Resource.NAMESPACES, Json.object(Resource.NAMESPACES, "", NAMESPACE));
        client.create(VALIDATING, configuration());
        try (var certificates =
                WebhookCertificates.open(
                    client, () -> settings, InstantSource.system(), Duration.ofHours(1));
            var server =
                WebhookServer.start(
                    new InetSocketAddress("127.0.0.1", 0),
                    certificates.context(),
                    () -> new AdmissionReviews(new ResourceReview(settings)),
                    () -> true)) {
          X509Certificate first = shown(server.port(), bundle(client));

          client.delete(Resource.SECRETS, NAMESPACE, "cnpg-ca-secret", DeleteOptions.DEFAULT);

          await()
              .atMost(Duration.ofSeconds(90))
              .ignoreExceptionsInstanceOf(IOException.class) // the moment between the two
              .until(() -> !shown(server.port(), bundle(client)).equals(first));
          X509Certificate second = shown(server.port(), bundle(client));

          client.delete(Resource.SECRETS, NAMESPACE, "cnpg-webhook-cert", DeleteOptions.DEFAULT);

          await()
              .atMost(Duration.ofSeconds(90))
              .until(() -> !shown(server.port(), bundle(client)).equals(second));
          String known = bundle(client);

          // as a tool does that applies the manifests again
          client.delete(VALIDATING, "", CONFIGURATION, DeleteOptions.DEFAULT);
          client.create(VALIDATING, configuration());

          await()
              .atMost(Duration.ofSeconds(90))
              .untilAsserted(() -> assertThat(bundle(client)).isEqualTo(known));
        }
      }
    }
  }

  /// As with cert-manager: it writes the files, and its injector tells the API server whom to
  /// trust.
  @Test
  void filesOfSomebodyElseAreShownAsTheyAreRenewedAndItsAuthorityIsLeftAlone() throws Exception {
    Path files = Files.createDirectory(home.resolve("mounted"));
    var root = CertificateAuthority.create("root", "", Duration.ofDays(2), InstantSource.system());
    var settings =
        OperatorSettings.of(
            List.of(Map.of("OPERATOR_NAMESPACE", NAMESPACE, "WEBHOOK_CERT_DIR", files.toString())));
    String injected = root.self().certificatePem();
    try (var api =
        ApiServer.start(
            new ApiServer.Settings(home.resolve("api"), "127.0.0.1", 0),
            List.of(),
            PodBackend.none())) {
      api.writeKubeconfig(home.resolve("admin"));
      try (KubeClient client = new KubeClient(KubeSettings.fromKubeconfig(home.resolve("admin")))) {
        ObjectNode configuration = configuration();
        configuration
            .path("webhooks")
            .forEach(webhook ->
                ((ObjectNode) webhook.path("clientConfig"))
                    .put(
                        "caBundle",
                        Base64.getEncoder()
                            .encodeToString(injected.getBytes(StandardCharsets.UTF_8))));
        client.create(VALIDATING, configuration);
        CertifiedKey first = issue(root, files);
        try (var certificates =
                WebhookCertificates.open(client, () -> settings, InstantSource.system());
            var server =
                WebhookServer.start(
                    new InetSocketAddress("127.0.0.1", 0),
                    certificates.context(),
                    () -> new AdmissionReviews(new ResourceReview(settings)),
                    () -> true)) {
          assertThat(shown(server.port(), bundle(client))).isEqualTo(first.certificate());

          Files.writeString(files.resolve("tls.crt"), "half a ren");
          CertifiedKey second = issue(root, files);

          await()
              .atMost(Duration.ofSeconds(90))
              .ignoreExceptionsInstanceOf(IOException.class) // between its two files
              .until(() -> shown(server.port(), bundle(client)).equals(second.certificate()));
          assertThat(certificates.end()).isEqualTo(second.certificate().getNotAfter().toInstant());
          assertThat(bundle(client)).isEqualTo(injected);
          assertThat(client.find(Resource.SECRETS, NAMESPACE, "cnpg-webhook-cert")).isEmpty();
        }
      }
    }
  }

  /// The key is written as cert-manager does by default (SEC 1).
  private static CertifiedKey issue(CertificateAuthority authority, Path folder)
      throws IOException {
    CertifiedKey key = authority.issue(LeafRequest.server("s", List.of("s"), Duration.ofHours(1)));
    Files.writeString(folder.resolve("tls.crt"), key.certificatePem());
    Files.writeString(folder.resolve("tls.key"), key.sec1Pem());
    return key;
  }

  private static ObjectNode configuration() {
    ObjectNode configuration = Json.object();
    configuration.put("apiVersion", VALIDATING.apiVersion()).put("kind", VALIDATING.kind());
    configuration.set("metadata", Tree.map("name", CONFIGURATION));
    configuration.set("webhooks", Tree.list(webhook("a.cnpg.io"), webhook("b.howdah.dev")));
    return configuration;
  }

  private static ObjectNode webhook(String name) {
    ObjectNode service = Tree.map("name", "s", "namespace", NAMESPACE, "path", "/v");
    return Tree.map(
        "name",
        name,
        "sideEffects",
        "None",
        "admissionReviewVersions",
        Tree.list("v1"),
        "clientConfig",
        Tree.map("service", service));
  }

  /// What the API server is told to trust; the same for each webhook.
  private static String bundle(KubeClient client) {
    ObjectNode configuration = client.get(VALIDATING, "", CONFIGURATION);
    String first = configuration.at("/webhooks/0/clientConfig/caBundle").asText();
    assertThat(configuration.at("/webhooks/1/clientConfig/caBundle").asText()).isEqualTo(first);
    return new String(Base64.getDecoder().decode(first), StandardCharsets.UTF_8);
  }

  /// The certificate that the server shows to somebody who trusts this bundle only.
  private static X509Certificate shown(int port, String bundle)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("ca", Pem.certificates(bundle).getFirst());
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    try (var socket = (SSLSocket) tls.getSocketFactory().createSocket("127.0.0.1", port)) {
      socket.startHandshake();
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }
}
